"""From when on a changed calendar holds, and that those before it are kept (T6)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.ground.web.upserts import Upserted, UpsertStatus
from app.masters.territories import service as territories
from app.masters.territories.calendar import cutoff_at, is_working_day
from app.masters.territories.rules import CalendarStart
from app.masters.territories.schemas import TerritoryBody
from tests.factories.identity import bearer, make_client, make_user
from tests.factories.territories import make_territory

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


async def put(
    session: AsyncSession, code: str, at: datetime, effective: CalendarStart = CalendarStart.NEXT_DAY, **fields: Any
) -> Upserted:
    rows = [(code, TerritoryBody.model_validate(fields))]
    return (await territories.upsert_territories(session, rows, at, SYSTEM, effective))[0]


async def test_the_calendars_of_a_territory_are_told_the_oldest_first(session: AsyncSession) -> None:
    territory = await make_territory(session, holidays=[date(2026, 12, 25)])
    await put(session, territory.code, NOON, order_cutoff="16:00", holidays=["2026-12-25", "2026-12-26"])
    await put(session, territory.code, NOON + timedelta(hours=1), order_cutoff="15:00", working_weekdays=[7])
    facts = await territories.territory_facts(session, territory.id)
    assert [(past.until, past.valid_until, past.order_cutoff) for past in facts.past] == [
        (NOON, TOMORROW, time(17)),
        (NOON + timedelta(hours=1), TOMORROW, time(16)),
    ]
    assert facts.past[0].holidays == {date(2026, 12, 25)}
    assert facts.past[1].working_weekdays == {1, 2, 3, 4, 5}
    assert cutoff_at(facts, TODAY) == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert cutoff_at(facts, TOMORROW) == datetime(2026, 11, 24, 13, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{"name": "Achaia"}, {}], ids=["another name", "nothing"])
async def test_a_change_of_anything_else_keeps_the_calendar(session: AsyncSession, fields: dict[str, Any]) -> None:
    territory = await make_territory(session)
    await put(session, territory.code, NOON, **fields)
    assert (await territories.territory_facts(session, territory.id)).past == ()


CHANGES: dict[str, tuple[dict[str, Any], tuple[Any, Any]]] = {
    "zone": ({"time_zone": "Asia/Tokyo"}, ((15, True), (8, True))),
    "cutoff": ({"order_cutoff": "18:00"}, ((15, True), (16, True))),
    "working days": ({"working_weekdays": [1]}, ((15, True), (15, False))),
    "holidays": ({"holidays": ["2026-11-23", "2026-11-24"]}, ((15, True), (15, False))),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_holds_from_the_next_day_on(session: AsyncSession, change: str) -> None:
    territory = await make_territory(session)
    fields, expected = CHANGES[change]
    assert (await put(session, territory.code, NOON, **fields)).status is UpsertStatus.UPDATED
    facts = await territories.territory_facts(session, territory.id)
    days = [(cutoff_at(facts, day).hour, is_working_day(facts, day)) for day in (TODAY, TOMORROW)]
    assert tuple(days) == expected


@pytest.mark.parametrize(
    ("at", "order_cutoff", "holds"),
    [
        ("13:59", "18:00", True),
        ("14:00", "18:00", True),
        ("14:01", "18:00", False),
        ("11:59", "13:00", True),
        ("12:01", "13:00", False),
        ("16:59", "23:00", False),
        ("17:01", "23:00", False),
    ],
)
async def test_for_today_a_calendar_may_be_changed_until_an_hour_before_the_earlier_cutoff(
    session: AsyncSession, at: str, order_cutoff: str, *, holds: bool
) -> None:
    territory = await make_territory(session, order_cutoff=time(15))
    hour, minute = at.split(":")
    moment = datetime(2026, 11, 23, int(hour) - 2, int(minute), tzinfo=UTC)
    late = {"call_deadline": "23:30"}
    done = await put(session, territory.code, moment, CalendarStart.TODAY, order_cutoff=order_cutoff, **late)
    facts = await territories.territory_facts(session, territory.id)
    assert (done.status is UpsertStatus.UPDATED) is holds
    assert [problem.code for problem in done.problems] == ([] if holds else ["too_late_for_today"])
    assert cutoff_at(facts, TODAY).hour == (int(order_cutoff[:2]) - 2 if holds else 13)


async def test_a_territory_is_set_up_on_the_day_on_which_it_is_made(session: AsyncSession) -> None:
    await put(session, "NEW", NOON, name="New", time_zone="Europe/Athens", order_cutoff="15:00")
    await put(session, "NEW", NOON + timedelta(hours=1), order_cutoff="14:30", working_weekdays=[1])
    facts = (await territories.territories_by_code(session, ["NEW"]))["NEW"]
    assert [cutoff_at(facts, day).hour for day in (TODAY, TOMORROW)] == [12, 12]
    assert not is_working_day(facts, TOMORROW)


async def test_who_changes_today_is_an_admin_and_stands_in_the_trail(
    app: FastAPI, api: httpx.AsyncClient, session: AsyncSession, the_clock: SetClock
) -> None:
    await make_territory(session, code="PAT")
    root = bearer(app, await make_user(session, Role.ADMIN, username="root"))
    erp = bearer(app, await make_client(session, "master:write"))
    change, today = {"order_cutoff": "16:00"}, {"effective": "today"}
    for call in (api.put, api.patch):
        assert (await call("/v1/territories/PAT", json=change, params=today, headers=erp)).status_code == 403
    put_today = await api.put("/v1/territories/PAT", json=change, params=today, headers=root)
    assert (put_today.status_code, put_today.json()["calendar_from"]) == (200, "2026-11-23")
    patched = await api.patch("/v1/territories/PAT", json={"order_cutoff": "17:00"}, headers=erp)
    assert (patched.status_code, patched.json()["calendar_from"]) == (200, "2026-11-24")
    newest, first = (await api.get("/v1/audit", headers=root)).json()["items"]
    assert (first["actor"], first["after"]) == ("user:root", {"order_cutoff": "16:00", "calendar_from": "2026-11-23"})
    assert (newest["before"], newest["after"]["calendar_from"]) == (
        {"order_cutoff": "16:00", "calendar_from": "2026-11-23"},
        "2026-11-24",
    )
    the_clock.move_to(datetime(2026, 11, 23, 14, 1, tzinfo=UTC))
    root = bearer(app, await make_user(session, Role.ADMIN, username="root2"))
    late = await api.put("/v1/territories/PAT", json={"order_cutoff": "18:00"}, params=today, headers=root)
    assert (late.status_code, late.json()["errors"][0]["code"]) == (422, "too_late_for_today")
