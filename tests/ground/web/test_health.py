"""The process tells whether it lives and whether it can serve."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.closing.cutoff import service as cutoff
from app.ground.clock import SetClock
from app.ground.db.barrier import BARRIER_CLASS, LEADER_LOCK
from app.ground.db.outages import is_outage
from app.ground.db.revisions import Revision, Revisions
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web import readiness
from app.ground.web.readiness import CheckStatus, Look, Readiness, scheduler_check, schema_check
from tests.databases import connected
from tests.factories.territories import make_territory

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
MOST_SECONDS = 2.0
PATIENCE = 10.0


async def test_a_living_process_answers_healthz(api: httpx.AsyncClient) -> None:
    answer = await api.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readyz_names_the_schema_that_the_database_has(api: httpx.AsyncClient, session: AsyncSession) -> None:
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    assert told["schema_revision"] in told["checks"]["schema"]["detail"]
    assert [told["checks"][name]["status"] for name in ("database", "schema", "closing")] == ["ok"] * 3


async def test_readyz_tells_whether_somebody_leads_and_a_host_without_a_leader_serves(
    api: httpx.AsyncClient, engine: AsyncEngine, session: AsyncSession
) -> None:
    async with connected(engine.url.render_as_string(hide_password=False)) as leader:
        lock = text("SELECT pg_advisory_xact_lock(:class, :lock)")
        await leader.execute(lock, {"class": BARRIER_CLASS, "lock": LEADER_LOCK})
        led = await api.get("/readyz")
    alone = await api.get("/readyz")
    assert [answer.status_code for answer in (led, alone)] == [200, 200]
    assert led.json()["checks"]["scheduler"] == {"status": "ok", "detail": "A scheduler leads."}
    assert alone.json()["checks"]["scheduler"]["status"] == "warning"
    assert REGISTRY.get_sample_value("fieldproof_scheduler_leaders") == 0


async def test_readyz_tells_which_days_should_have_been_closed_and_since_when(
    api: httpx.AsyncClient, session: AsyncSession, the_clock: SetClock
) -> None:
    territory = await make_territory(session, created_at=datetime(2026, 11, 20, 8, tzinfo=UTC))
    the_clock.move_to(datetime(2026, 11, 23, 15, 4, tzinfo=UTC))  # Monday's cutoff was four minutes ago
    one = (await api.get("/readyz")).json()
    assert (one["overdue_days"], one["overdue_since"]) == (1, "2026-11-20T15:00:00Z")
    assert one["checks"]["closing"]["status"] == "warning"
    assert REGISTRY.get_sample_value("fieldproof_days_overdue") == 1
    the_clock.move_to(datetime(2026, 11, 23, 15, 6, tzinfo=UTC))
    await cutoff.close_day(session, territory.id, FRIDAY, triggered_by="test")
    find = Readiness(api._transport.app.state.database, api._transport.app.state.readiness._cutoffs_overdue).find  # type: ignore[attr-defined]
    assert (await find()).overdue == (datetime(2026, 11, 23, 15, tzinfo=UTC),)
    await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")


@pytest.mark.parametrize(("token", "status"), [("", 401), ("Bearer wrong", 401), ("Bearer of-the-monitor", 200)])
async def test_metrics_are_for_whoever_has_the_token_where_one_is_set(
    api: httpx.AsyncClient, app: FastAPI, settings: Settings, token: str, status: int
) -> None:
    assert (await api.get("/metrics")).status_code == 200
    app.state.settings = settings.model_copy(update={"metrics_token": SecretStr("of-the-monitor")})
    assert (await api.get("/metrics", headers={"Authorization": token} if token else {})).status_code == status


@pytest.fixture
def one_revision_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the test the code is of a later revision than the database."""
    revisions = Revisions()
    revisions._line.append(Revision("9998", "later", "One that came later."))
    monkeypatch.setattr(readiness, "_revisions", lambda: revisions)


@pytest.mark.parametrize(
    ("revision", "word"),
    [(None, "empty"), ("0009", "too old"), ("9999", "newer"), ("somebody", "newer"), ("0015", "fieldproof migrate")],
)
@pytest.mark.usefixtures("one_revision_more")
def test_a_schema_that_the_code_does_not_fit_fails_in_words(revision: str | None, word: str) -> None:
    check = schema_check(revision)
    assert check.status is CheckStatus.FAILED
    assert word in check.detail


@pytest.mark.usefixtures("one_revision_more")
async def test_readyz_is_503_over_a_schema_that_is_older_than_the_code(api: httpx.AsyncClient) -> None:
    answer = await api.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["schema"]["status"] == "failed"
    assert answer.json()["detail"] == answer.json()["checks"]["schema"]["detail"]


@pytest.mark.parametrize("revision", ["", "9999"])
async def test_readyz_is_503_over_a_schema_that_is_missing_or_newer(
    api: httpx.AsyncClient, session: AsyncSession, revision: str
) -> None:
    await session.execute(text("CREATE TEMPORARY TABLE alembic_version (LIKE alembic_version)"))  # it is found first
    if revision:
        await session.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    assert (await api.get("/readyz")).status_code == 503


@pytest.mark.parametrize(
    ("look", "status"),
    [
        (Look("0015", leads=True, silent_seconds=1.0), CheckStatus.OK),
        (Look("0015", leads=True, silent_seconds=None), CheckStatus.OK),
        (Look("0015", leads=True, silent_seconds=60.0), CheckStatus.WARNING),
        (Look("0015", leads=False, silent_seconds=None), CheckStatus.WARNING),
    ],
)
def test_a_leader_that_has_fallen_silent_is_none(look: Look, status: CheckStatus) -> None:
    assert scheduler_check(look).status is status


@contextmanager
def stopped(backend: int) -> Iterator[None]:
    """Within the block the PostgreSQL of a backend hangs: its sockets are open, and nobody answers."""
    postmaster = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    processes = [postmaster, *map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def test_readyz_answers_within_two_seconds_while_the_database_hangs_and_at_once_when_it_goes_on(
    api: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    app = api._transport.app  # type: ignore[attr-defined]
    database = Database(engine.url.render_as_string(hide_password=False), pool_size=1)
    app.state.readiness = Readiness(database, app.state.readiness._cutoffs_overdue)
    async with database.single_statement() as session:  # all connections are busy, which is no reason to be not ready
        backend = await session.scalar(text("SELECT pg_backend_pid()"))
        assert (await api.get("/readyz")).status_code == 200
        with stopped(backend):
            for path, status in (("/readyz", 503), ("/metrics", 200), ("/healthz", 200)):
                started = time.monotonic()
                assert (await api.get(path)).status_code == status
                assert time.monotonic() - started < MOST_SECONDS
    assert (await api.get("/readyz")).status_code == 200
    await database.close()


async def test_an_unknown_address_is_a_problem_with_a_request_id(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == answer.headers["x-request-id"]


async def test_a_body_past_the_limit_is_refused_by_name(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/nothing", content=b"x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["limit_bytes"] == 2 * 1024 * 1024


async def none_overdue(_: AsyncSession) -> list[datetime]:
    return []


async def test_a_look_that_is_being_taken_has_ended_before_the_connections_are_given_back(engine: AsyncEngine) -> None:
    database = Database(engine.url.render_as_string(hide_password=False), pool_size=1)
    looking = Readiness(database, none_overdue)
    asking = asyncio.create_task(looking.find())
    await asyncio.sleep(0)  # it has begun
    await looking.close()
    await database.close()
    assert database.abandon_connections() == 0
    assert (await asking).failed is not None


@pytest.mark.parametrize(
    ("in_use", "rest_seconds", "hangs", "looks"),
    [
        (False, 3600.0, False, 0),  # nobody waits: nobody asks
        (True, 3600.0, False, 20),
        (False, 0.0, False, 20),  # it has rested
        (False, -1.0, True, 20),
    ],
)
async def test_the_database_is_looked_at_while_somebody_waits_for_it_and_else_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, in_use: bool, rest_seconds: float, hangs: bool, looks: int
) -> None:
    monkeypatch.setattr(readiness, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr(readiness, "REST_SECONDS", rest_seconds)
    database: Any = SimpleNamespace(is_in_use=in_use, abandon_connections=lambda: 0)
    looking, looked = Readiness(database, none_overdue), 0

    async def look() -> bool:
        nonlocal looked
        looked += 1
        monkeypatch.setattr(readiness, "REST_SECONDS", 3600.0 if hangs else rest_seconds)
        return hangs

    monkeypatch.setattr(looking, "_hangs", look)
    async with watching(looking):
        for _ in range(30):
            await asyncio.sleep(0)
    assert looked >= looks if looks else looked == 0


@asynccontextmanager
async def watching(looking: Readiness) -> AsyncIterator[None]:
    """Watch over the database within the block; nothing is being asked after it."""
    watch = asyncio.create_task(looking.watch())
    yield
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await looking.close()


async def test_requests_are_let_go_of_where_the_database_hangs(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "WATCH_SECONDS", 0.1)
    database = Database(engine.url.render_as_string(hide_password=False), pool_size=1)
    looking = Readiness(database, none_overdue)
    assert (await looking.find()).failed is None
    async with watching(looking), database.single_statement() as session:
        backend = await session.scalar(text("SELECT pg_backend_pid()"))
        with stopped(backend):
            started = time.monotonic()
            with pytest.raises(Exception) as failed:  # noqa: PT011 # which one is the driver's affair
                await session.execute(text("SELECT 1"))
            assert time.monotonic() - started < PATIENCE
    assert is_outage(failed.value)
    async with database.single_statement() as session:
        assert await session.scalar(text("SELECT 1")) == 1
    await database.close()
