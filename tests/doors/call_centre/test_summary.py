"""What heads the operators' queue: how a day's tasks stand."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER
from app.ground.clock import SetClock
from app.ground.web.access import Role
from tests.conftest import Statements
from tests.doors.call_centre.test_api import Evening, evening
from tests.factories.call_tasks import FIVE, SEVEN, make_call_task
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

__all__ = ["evening"]

MINUTE = timedelta(minutes=1)
NONE: dict[str, Any] = {
    "total": 0,
    "open": 0,
    "resting": 0,
    "claimed": 0,
    "overdue": 0,
    "done": {"order_taken": 0, "no_order": 0, "no_answer": 0, "wrong_number": 0},
    "cancelled": 0,
    "expired": 0,
    "next_due_at": None,
    "next_available_at": None,
}


async def summary(api: httpx.AsyncClient, headers: dict[str, str], **query: str) -> dict[str, Any]:
    answer = await api.get("/v1/call-tasks/summary", params={"business_date": "2026-11-23"} | query, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_day_without_tasks_has_none(api: httpx.AsyncClient, evening: Evening) -> None:
    assert await summary(api, evening.headers) == NONE


CLAIMED = {"status": "claimed", "claimed_at": FIVE}


@pytest.mark.parametrize(
    ("task", "counted"),
    [
        ({}, {"open": 1, "next_due_at": "2026-11-23T17:00:00Z"}),
        (
            {"available_at": FIVE + MINUTE},
            {"resting": 1, "next_due_at": "2026-11-23T17:00:00Z", "next_available_at": "2026-11-23T15:01:00Z"},
        ),
        (CLAIMED, {"claimed": 1, "next_due_at": "2026-11-23T17:00:00Z"}),
        (CLAIMED | {"claimed_at": FIVE - CLAIM_LAPSES_AFTER}, {"open": 1, "next_due_at": "2026-11-23T17:00:00Z"}),
        ({"due_at": FIVE}, {"overdue": 1}),
        (CLAIMED | {"due_at": FIVE}, {"overdue": 1}),
        ({"status": "done", "outcome": "order_taken"}, {"done": NONE["done"] | {"order_taken": 1}}),
        ({"status": "done", "outcome": "no_answer"}, {"done": NONE["done"] | {"no_answer": 1}}),
        ({"status": "cancelled"}, {"cancelled": 1}),
        ({"status": "expired", "outcome": "no_answer"}, {"expired": 1}),
    ],
)
async def test_a_task_is_counted_once_by_how_it_stands(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening, task: dict[str, Any], counted: dict[str, Any]
) -> None:
    by = {"claimed_by": evening.operator.id} if task.get("status") == "claimed" else {}
    await make_call_task(session, evening.outlet, **task, **by)
    assert await summary(api, evening.headers) == NONE | counted | {"total": 1}


async def test_the_next_deadline_is_the_soonest_of_what_waits(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening
) -> None:
    for due_at, status in ((SEVEN, "open"), (SEVEN - MINUTE, "open"), (SEVEN - 2 * MINUTE, "done")):
        outcome = "no_order" if status == "done" else None
        outlet = await make_outlet(session, evening.territory)
        await make_call_task(session, outlet, due_at=due_at, status=status, outcome=outcome)
    assert (await summary(api, evening.headers))["next_due_at"] == "2026-11-23T16:59:00Z"


async def test_another_day_and_another_territory_are_not_counted(
    api: httpx.AsyncClient, session: AsyncSession, evening: Evening, app: FastAPI
) -> None:
    elsewhere = await make_territory(session)
    await make_call_task(session, evening.outlet)
    await make_call_task(session, await make_outlet(session, elsewhere))
    yesterday = MONDAY - timedelta(days=1)
    await make_call_task(session, evening.outlet, business_date=yesterday, due_at=SEVEN - timedelta(days=1))
    admin = bearer(app, await make_user(session, Role.ADMIN))
    assert (await summary(api, admin))["total"] == 2
    assert (await summary(api, admin, territory_code=elsewhere.code))["total"] == 1
    assert (await summary(api, evening.headers))["total"] == 1
    assert (await summary(api, evening.headers, territory_code=elsewhere.code)) == NONE


async def test_a_day_at_either_end_of_the_world_is_counted_whole(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, evening: Evening, the_clock: SetClock
) -> None:
    the_clock.move_to(FIVE - timedelta(days=2))
    for hours in (-14, 36):
        outlet = await make_outlet(session, evening.territory)
        due_at = FIVE.replace(hour=0) + timedelta(hours=hours)
        await make_call_task(session, outlet, due_at=due_at, available_at=FIVE - timedelta(days=3))
    assert (await summary(api, bearer(app, evening.operator)))["open"] == 2


async def test_the_day_must_be_named(api: httpx.AsyncClient, evening: Evening) -> None:
    assert (await api.get("/v1/call-tasks/summary", headers=evening.headers)).status_code == 422


async def test_it_is_one_statement(api: httpx.AsyncClient, evening: Evening, statements: Statements) -> None:
    await summary(api, evening.headers)
    await statements.taken()
    await summary(api, evening.headers)
    assert sum("call_tasks" in statement for statement in await statements.taken()) == 1
