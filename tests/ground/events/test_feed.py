"""GET /v1/events: in the order of commits, nothing twice, nothing missed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.events.service import record
from app.ground.settings import Settings
from app.ground.web.access import Role
from app.main import create_app
from app.masters.identity.models import Client, User
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.territories import make_territory

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def real_app(committed: Database, tmp_path: Path) -> FastAPI:
    """An app on real connections: only what is committed shows in the feed."""
    return create_app(Settings(home=tmp_path, token_secret="x" * 40), committed)  # type: ignore[arg-type]  # parsed


@pytest.fixture
async def feed(real_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(real_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fieldproof.test") as client:
        yield client


@pytest.fixture
async def admin(committed: Database) -> User:
    async with committed.transaction() as session:
        return await make_user(session, Role.ADMIN)


async def read(
    feed: httpx.AsyncClient, app: FastAPI, caller: User | Client, after: str | None = None, limit: int = 100
) -> tuple[list[str], str]:
    query = {"limit": limit} | ({} if after is None else {"after": after})
    answer = await feed.get("/v1/events", params=query, headers=bearer(app, caller))
    assert answer.status_code == 200, answer.text
    return [item["type"] for item in answer.json()["items"]], answer.json()["after"]


async def tell(committed: Database, *types: str, territory_id: int | None = None) -> None:
    async with committed.transaction() as session:
        for event_type in types:
            await record(session, event_type, territory_id, {"n": 1}, NOON)


async def test_events_come_in_order_page_by_page_and_the_place_is_told_even_where_there_are_none(
    committed: Database, feed: httpx.AsyncClient, real_app: FastAPI, admin: User
) -> None:
    nothing, start = await read(feed, real_app, admin)
    await tell(committed, "a", "b")
    await tell(committed, "c")
    first, place = await read(feed, real_app, admin, start, limit=2)
    second, place = await read(feed, real_app, admin, place, limit=2)
    third, _ = await read(feed, real_app, admin, place, limit=2)
    assert (nothing, first, second, third) == ([], ["a", "b"], ["c"], [])


async def test_an_event_that_commits_late_is_not_skipped(
    committed: Database, feed: httpx.AsyncClient, real_app: FastAPI, admin: User
) -> None:
    async with committed.transaction() as slow:
        await record(slow, "slow", None, {}, NOON)
        await tell(committed, "quick")
        seen, place = await read(feed, real_app, admin)
    later, _ = await read(feed, real_app, admin, place)
    assert seen == []
    assert later == ["slow", "quick"]


async def test_an_event_of_a_transaction_that_failed_never_shows(
    committed: Database, feed: httpx.AsyncClient, real_app: FastAPI, admin: User
) -> None:
    with pytest.raises(RuntimeError):
        await _record_and_fail(committed)
    assert (await read(feed, real_app, admin))[0] == []


async def _record_and_fail(committed: Database) -> None:
    async with committed.transaction() as session:
        await record(session, "never", None, {}, NOON)
        raise RuntimeError("as it happens")


async def test_while_many_write_a_reader_misses_none_and_gets_none_twice(
    committed: Database, feed: httpx.AsyncClient, real_app: FastAPI, admin: User
) -> None:
    names = [f"e{number}" for number in range(100)]
    writing = asyncio.gather(*(tell(committed, name) for name in names))
    got: list[str] = []
    place: str | None = None
    while len(got) < len(names):
        found, place = await read(feed, real_app, admin, place, limit=7)
        got += found
    await writing
    assert sorted(got) == sorted(names)


async def test_a_supervisor_gets_the_events_of_its_territories_a_client_all(
    committed: Database, feed: httpx.AsyncClient, real_app: FastAPI
) -> None:
    async with committed.transaction() as session:
        mine, other = await make_territory(session), await make_territory(session)
        supervisor = await make_user(session, Role.SUPERVISOR, mine)
        client = await make_client(session, "events:read")
    await tell(committed, "mine", territory_id=mine.id)
    await tell(committed, "others", territory_id=other.id)
    await tell(committed, "nobody's")
    assert (await read(feed, real_app, supervisor))[0] == ["mine"]
    assert (await read(feed, real_app, client))[0] == ["mine", "others", "nobody's"]
    answer = await feed.get("/v1/events", headers=bearer(real_app, supervisor))
    assert answer.json()["items"][0]["territory_code"] == mine.code


@pytest.mark.parametrize("after", ["x", "WyJhIiwiYiJd", "WyIxIl0", "WyItMSIsIjAiXQ", "é", "A" * 500])
async def test_a_made_up_place_is_refused(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, after: str
) -> None:
    caller = await make_user(session, Role.ADMIN)
    answer = await api.get("/v1/events", params={"after": after}, headers=bearer(app, caller))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/after")
