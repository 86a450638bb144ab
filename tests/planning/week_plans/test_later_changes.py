"""What changes after a plan was approved: it warns, and takes off the route what can no longer be made."""

from datetime import date
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.base import CURRENT_XACT
from app.masters.outlets.models import Outlet
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.planning.week_plans.conftest import Desk
from tests.planning.week_plans.test_sync_routes import MONDAY_MORNING, SUNDAY_EVENING, download, stops

MONDAY, TUESDAY, SATURDAY = "2026-11-30", "2026-12-01", "2026-12-05"


async def close(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[0].active = False


async def hand_over(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[0].rep_id = desk.other_rep.id


async def move(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[0].territory_id = (await make_territory(session)).id


async def make_a_holiday(desk: Desk, session: AsyncSession) -> None:
    desk.territory.holidays = [date(2026, 11, 30)]


async def events_of(api: httpx.AsyncClient, link: str) -> Any:
    """What a calendar app reads."""
    return Calendar.from_ical((await api.get(link)).content).walk("VEVENT")


CHANGES = {
    "inactive_outlet": (close, ["PAT-0001"]),
    "outlet_of_another_rep": (hand_over, ["PAT-0001"]),
    "outlet_of_another_territory": (move, ["PAT-0001"]),
    "not_a_working_day": (make_a_holiday, []),
}


@pytest.mark.parametrize("code", CHANGES)
async def test_what_changes_after_the_approval_warns_and_leaves_the_route(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession, code: str
) -> None:
    change, on_the_route = CHANGES[code]
    desk.outlets[0].rep_id = desk.rep.id
    await session.flush()
    approved = await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    link = (await desk.as_rep("POST", "/v1/reps/PAT-R1/calendar-links")).json()["path"]
    await change(desk, session)
    await session.flush()
    view = (await desk.as_supervisor("GET")).json()
    assert view["version"] == approved["version"]
    news = [note for note in view["warnings"] if note not in approved["warnings"]]
    outlet = None if code == "not_a_working_day" else "PAT-0000"
    assert [(note["code"], note["outlet_code"], note["visit_date"]) for note in news] == [(code, outlet, MONDAY)]
    driven = [v["outlet_code"] for v in view["visits"] if v["visit_date"] == MONDAY and not v["withdrawn"]]
    assert driven == on_the_route
    with clock.fixed(MONDAY_MORNING):
        today, tomorrow = (await download(desk))["routes"]
    assert (stops(today), stops(tomorrow)) == (on_the_route, ["PAT-0002"])
    features = (await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.geojson")).json()["features"]
    points = [feature["properties"] for feature in features if feature["properties"].get("outlet_code")]
    assert [point["outlet_code"] for point in points] == on_the_route
    events = await events_of(api, link)
    confirmed = {str(event["description"]) for event in events if str(event["status"]) == "CONFIRMED"}
    assert confirmed == {*on_the_route, "PAT-0002"}


async def test_a_route_is_told_again_when_one_of_its_outlets_has_changed(desk: Desk, session: AsyncSession) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY))
    with clock.fixed(SUNDAY_EVENING):
        token = (await download(desk))["token"]
        change = update(Outlet).where(Outlet.id == desk.outlets[0].id)
        await session.execute(change.values(active=False, changed_in=CURRENT_XACT))
        routes = (await download(desk, token))["routes"]
    assert [stops(route) for route in routes] == [[], ["PAT-0001"]]


async def test_what_was_known_when_the_plan_was_made_stays_on_the_route(desk: Desk, session: AsyncSession) -> None:
    desk.outlets[0].rep_id = desk.other_rep.id  # the rep stands in for a colleague
    await session.flush()
    view = await desk.approved((0, SATURDAY))
    assert [visit["withdrawn"] for visit in view["visits"]] == [False]
    assert [note["code"] for note in view["warnings"]] == ["not_a_working_day"]


async def test_what_is_over_is_not_warned_about(desk: Desk, session: AsyncSession, the_clock: clock.SetClock) -> None:
    before = await desk.approved((0, MONDAY))
    the_clock.move_to(MONDAY_MORNING.replace(month=12, day=1))
    desk.outlets[0].active = False
    await session.flush()
    after = (await desk.as_rep("GET")).json()
    assert after["warnings"] == before["warnings"]


async def test_a_visit_is_expected_when_it_begins_and_waiting_is_told_apart(
    desk: Desk, api: httpx.AsyncClient, session: AsyncSession
) -> None:
    hours = {"visiting_hours": [{"opens": "12:00", "closes": "14:00"}], "service_minutes": 45}
    desk.outlets[1] = await make_outlet(session, desk.territory, code="PAT-NOON", terms=hours)
    body = await desk.approved((0, MONDAY), (1, MONDAY))
    late = body["visits"][1]
    assert (late["expected_at"], late["expected_until"]) == ("2026-11-30T12:00:00+02:00", "2026-11-30T12:45:00+02:00")
    assert late["arrival_at"] < "2026-11-30T09"
    assert late["waiting_minutes"] > 200
    stored = (await desk.as_supervisor("GET", f"/v1/visits?date={MONDAY}")).json()["items"]
    assert "2026-11-30T10:00:00Z" in {visit["expected_at"] for visit in stored}
    with clock.fixed(MONDAY_MORNING):
        stop = (await download(desk))["routes"][0]["stops"][1]
    keys = ("arrival_at", "waiting_minutes", "expected_at", "expected_until")
    assert [stop[key] for key in keys] == [late[key] for key in keys]
    features = (await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.geojson")).json()["features"]
    assert [features[1]["properties"][key] for key in keys] == [late[key] for key in keys]
    gpx = (await desk.as_rep("GET", f"/v1/reps/PAT-R1/routes/{MONDAY}.gpx")).text
    assert "<time>2026-11-30T10:00:00Z</time>" in gpx
    link = (await desk.as_rep("POST", "/v1/reps/PAT-R1/calendar-links")).json()["path"]
    event = (await events_of(api, link))[1]
    assert (event["dtstart"].dt.isoformat(), event["dtend"].dt.isoformat()) == (
        "2026-11-30T10:00:00+00:00",
        "2026-11-30T10:45:00+00:00",
    )
