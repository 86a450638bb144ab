"""What a handheld downloads of its plan: the routes of today and tomorrow."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan

MONDAY, TUESDAY, WEDNESDAY = "2026-11-30", "2026-12-01", "2026-12-02"
MONDAY_MORNING = datetime(2026, 11, 30, 6, tzinfo=UTC)
SUNDAY_EVENING = datetime(2026, 11, 29, 17, tzinfo=UTC)


async def download(desk: Desk, since: str | None = None) -> dict[str, Any]:
    """The rep's handheld asks for what changed."""
    answer = await desk.as_rep("GET", "/v1/sync" + (f"?since={since}" if since else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def stops(route: dict[str, Any]) -> list[str]:
    """The outlets of a route in their order."""
    return [stop["outlet_code"] for stop in route["stops"]]


async def test_today_and_tomorrow_are_told_with_their_times(desk: Desk) -> None:
    await desk.approved((2, MONDAY), (0, MONDAY), (1, TUESDAY), (3, WEDNESDAY))
    body = (await desk.as_rep("GET")).json()
    with clock.fixed(MONDAY_MORNING):
        today, tomorrow = (await download(desk))["routes"]
    assert (today["visit_date"], tomorrow["visit_date"]) == (MONDAY, TUESDAY)
    assert (stops(today), stops(tomorrow)) == (["PAT-0002", "PAT-0000"], ["PAT-0001"])
    planned = body["days"][0]
    assert (today["departs_at"], today["returns_at"]) == (planned["departs_at"], planned["returns_at"])
    assert today["driving_km"] == planned["driving_km"] > 0
    ids = [visit["id"] for visit in body["visits"][:2]]
    assert [stop["visit_id"] for stop in today["stops"]] == ids
    assert [stop["expected_at"] for stop in today["stops"]] == [visit["expected_at"] for visit in body["visits"][:2]]


async def test_on_sunday_tomorrow_is_the_next_weeks_monday(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    with clock.fixed(SUNDAY_EVENING):
        sunday, monday = (await download(desk))["routes"]
    assert (stops(sunday), stops(monday)) == ([], ["PAT-0000"])


async def test_a_plan_that_is_not_approved_is_no_route(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    with clock.fixed(MONDAY_MORNING):
        assert [stops(route) for route in (await download(desk))["routes"]] == [[], []]


async def test_visits_that_were_imported_are_a_route_without_times(desk: Desk, session: AsyncSession) -> None:
    await make_visit(session, desk.rep, desk.outlets[0], date(2026, 11, 30))
    with clock.fixed(MONDAY_MORNING):
        today = (await download(desk))["routes"][0]
    assert stops(today) == ["PAT-0000"]
    assert (today["departs_at"], today["stops"][0]["expected_at"]) == (None, None)


async def test_an_excused_visit_is_not_driven_to(desk: Desk) -> None:
    visits = (await desk.approved((0, MONDAY), (1, MONDAY)))["visits"]
    excuse = {"reason_code": "outlet_closed", "comment": "Stock-taking."}
    assert (await desk.as_supervisor("POST", f"/v1/visits/{visits[0]['id']}/excuse", excuse)).status_code < 300
    with clock.fixed(MONDAY_MORNING):
        assert stops((await download(desk))["routes"][0]) == ["PAT-0001"]


async def test_a_route_is_told_again_only_where_the_plan_has_changed_or_a_new_day_has_come(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, TUESDAY), (2, TUESDAY))
    with clock.fixed(MONDAY_MORNING):
        first = await download(desk)
        assert first["routes"]
    # all of a test is one transaction: what changed in it is never over, as far as a token can say
    out = {
        "changes": [{"outlet_code": "PAT-0002", "from_date": TUESDAY, "to_date": None, "to_rep_code": None}],
        "reason_code": "outlet_closed",
    }
    with clock.fixed(MONDAY_MORNING):
        assert (await desk.as_supervisor("POST", "/changes", out)).status_code == 200
        assert stops((await download(desk, first["token"]))["routes"][1]) == ["PAT-0001"]
    with clock.fixed(datetime(2026, 12, 1, 6, tzinfo=UTC)):
        assert stops((await download(desk, first["token"]))["routes"][0]) == ["PAT-0001"]
