"""How the service does, as an admin is told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail.mailbox_state import JOB_ID, MailboxState
from app.doors.order_inbox.mail.models import InboxAnswer
from app.doors.system.schemas import schedule_in_words
from app.ground.db.barrier import BARRIER_CLASS, LEADER_LOCK
from app.ground.db.revisions import Revisions
from app.ground.job_runs import service as job_runs
from app.ground.job_runs.records import LastTurn, Leader, ScheduledJob, TurnOutcome
from app.ground.web.access import Role
from tests.conftest import MONDAY_NOON, Statements
from tests.factories.identity import bearer, make_user
from tests.factories.order_inbox import make_inbox_message
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def admin(session: AsyncSession, app: FastAPI) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.ADMIN))


async def system(api: httpx.AsyncClient, admin: dict[str, str]) -> dict[str, Any]:
    answer = await api.get("/v1/system", headers=admin)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def lead(session: AsyncSession, *jobs: ScheduledJob) -> None:
    """A scheduler leads since five minutes, by a connection that it asks."""
    lock = text("SELECT pg_advisory_xact_lock(:class, :lock)")
    await session.execute(lock, {"class": BARRIER_CLASS, "lock": LEADER_LOCK})
    await job_runs.begin(session, Leader("app-1:4711", MONDAY_NOON - 5 * MINUTE), jobs)


async def test_where_no_scheduler_ever_led_that_is_said(api: httpx.AsyncClient, admin: dict[str, str]) -> None:
    state = await system(api, admin)
    detail = "No scheduler leads: nothing is closed at its cutoff."
    nobody = {"leads": False, "leader": None, "since": None, "last_heartbeat_at": None}
    assert state["scheduler"] == {"status": "warning", "detail": detail} | nobody
    assert state["jobs"] == []


async def test_the_leader_and_its_jobs_are_told(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    await lead(session, ScheduledJob("close_due_days", 30.0, wakes=True), ScheduledJob("heartbeat", 60.0, wakes=False))
    began_at, ended_at = MONDAY_NOON - MINUTE, MONDAY_NOON - MINUTE + timedelta(seconds=2)
    failed = LastTurn("close_due_days", began_at, ended_at, TurnOutcome.FAILED, ended_at, 2, "OperationalError")
    await job_runs.record(session, [failed])

    state = await system(api, admin)

    scheduler = state["scheduler"]
    assert (scheduler["status"], scheduler["leads"], scheduler["leader"]) == ("ok", True, "app-1:4711")
    assert (scheduler["since"], scheduler["last_heartbeat_at"] is not None) == ("2026-11-23T09:55:00Z", True)
    assert state["jobs"] == [
        {
            "id": "close_due_days",
            "schedule": "every 30 s, and as soon as there is something to do",
            "every_seconds": 30.0,
            "running": False,
            "last_started_at": "2026-11-23T09:59:00Z",
            "last_finished_at": "2026-11-23T09:59:02Z",
            "last_outcome": "failed",
            "failures": 2,
            "last_failed_at": "2026-11-23T09:59:02Z",
            "last_error": "OperationalError",
            "next_at": "2026-11-23T09:59:30Z",
        },
        {
            "id": "heartbeat",
            "schedule": "every minute",
            "every_seconds": 60.0,
            "running": False,
            "last_started_at": None,
            "last_finished_at": None,
            "last_outcome": None,
            "failures": 0,
            "last_failed_at": None,
            "last_error": None,
            "next_at": "2026-11-23T09:56:00Z",
        },
    ]


async def test_a_job_that_runs_has_no_next_turn_and_neither_have_those_of_nobody(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    jobs = ScheduledJob("job", 30.0, wakes=False)
    await job_runs.begin(session, Leader("app-1:4711", MONDAY_NOON), [jobs])
    await job_runs.record(session, [LastTurn("job", MONDAY_NOON)])
    (of_nobody,) = (await system(api, admin))["jobs"]
    assert (of_nobody["running"], of_nobody["next_at"]) == (False, None)
    await lead(session, jobs)
    (at_it,) = (await system(api, admin))["jobs"]
    assert (at_it["running"], at_it["next_at"]) == (True, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "every second"),
        (30, "every 30 s"),
        (60, "every minute"),
        (600, "every 10 min"),
        (3600, "every hour"),
        (86400, "every 24 hours"),
        (90, "every 90 s"),
    ],
)
def test_a_schedule_is_told_in_words(seconds: float, words: str) -> None:
    assert schedule_in_words(seconds, wakes=False) == words


async def test_the_mailbox_is_told_as_whoever_works_it_off_has_seen_it(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    nothing = (await system(api, admin))["mailbox"]
    assert nothing == {
        "configured": False,
        "connected": None,
        "last_read_at": None,
        "waiting": None,
        "stuck": 0,
        "trouble": None,
        "set_aside": 0,
        "unanswered": 0,
    }
    await lead(session, ScheduledJob(JOB_ID, 1.0, wakes=False))
    seen = MailboxState(connected=False, read_at=MONDAY_NOON, waiting=3, stuck=1, trouble="The server is away.")
    await job_runs.record(session, [LastTurn(JOB_ID, says=seen.as_json())])
    mailbox = (await system(api, admin))["mailbox"]
    assert (mailbox["connected"], mailbox["last_read_at"]) == (False, "2026-11-23T10:00:00Z")
    assert (mailbox["waiting"], mailbox["stuck"], mailbox["trouble"]) == (3, 1, "The server is away.")


async def test_mails_and_answers_of_the_last_month_are_counted(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    outlet = await make_outlet(session, await make_territory(session))
    day = timedelta(days=1)
    for days, status in ((1, "unreadable"), (29, "unreadable"), (31, "unreadable"), (1, "processed")):
        await make_inbox_message(session, outlet, status=status, received_at=MONDAY_NOON - days * day)
    for days, fields in (
        (1, {"due_at": MONDAY_NOON}),
        (2, {"due_at": MONDAY_NOON}),
        (1, {"failure": "No such address."}),
        (31, {"failure": "No such address."}),
        (1, {"sent_at": MONDAY_NOON}),
    ):
        mail = await make_inbox_message(session, outlet)
        answer = await session.get_one(InboxAnswer, mail.id)
        answer.queued_at, answer.sent_at = MONDAY_NOON - days * day, None
        for name, value in fields.items():
            setattr(answer, name, value)
    await session.flush()
    state = await system(api, admin)
    assert (state["mailbox"]["set_aside"], state["mailbox"]["unanswered"]) == (2, 1)
    assert state["outbox"] == {"waiting": 2, "given_up": 1, "oldest_at": "2026-11-21T10:00:00Z"}


async def test_the_schema_the_size_and_the_version_are_told(api: httpx.AsyncClient, admin: dict[str, str]) -> None:
    state = await system(api, admin)
    database = state["database"]
    assert (database["status"], database["revision"]) == ("ok", Revisions().newest_number)
    assert database["pending"] == []
    assert database["size_bytes"] > 1_000_000
    assert state["version"]
    assert state["at"] == "2026-11-23T10:00:00Z"


async def test_what_is_unsafe_about_the_settings_is_told_and_no_secret(
    api: httpx.AsyncClient, app: FastAPI, admin: dict[str, str]
) -> None:
    state = await system(api, admin)
    assert "FIELDPROOF_METRICS_TOKEN is not set: /metrics answers whoever asks." in [
        finding["detail"] for finding in state["settings"]
    ]
    secret = app.state.settings.token_secret
    assert secret is None or secret.get_secret_value() not in str(state)


async def test_days_that_are_not_closed_are_told(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str]
) -> None:
    assert (await system(api, admin))["closing"] == {
        "status": "ok",
        "detail": "Every day that is due is closed.",
        "overdue_days": 0,
        "overdue_since": None,
    }


async def test_more_jobs_take_no_more_statements(
    api: httpx.AsyncClient, session: AsyncSession, admin: dict[str, str], statements: Statements
) -> None:
    await system(api, admin)
    taken = []
    for count in (1, 30):
        await lead(session, *(ScheduledJob(f"job-{uuid4()}", 30.0, wakes=False) for _ in range(count)))
        await statements.taken()
        await system(api, admin)
        taken.append(len(await statements.taken()))
    assert taken[0] == taken[1]
