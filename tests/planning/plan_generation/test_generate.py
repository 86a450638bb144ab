"""A rep's week made from the terms of its outlets, by the API and real worker processes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.events.models import Event
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.territories.models import Rep
from app.planning.plan_generation import service
from tests.databases import by_the_owner
from tests.factories.check_ins import make_stored_check_in
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2026-{day}" for day in ("11-30", "12-01", "12-02", "12-03", "12-04"))
NEXT_WEDNESDAY_NOON = datetime(2026, 12, 2, 10, tzinfo=UTC)


async def agree(session: AsyncSession, *outlets: Outlet, rep: Rep | None, times: str = "1", **terms: Any) -> None:
    """Say how often outlets are visited, and by whom."""
    ids = [outlet.id for outlet in outlets]
    await session.execute(update(Outlet).where(Outlet.id.in_(ids)).values(rep_id=rep.id if rep else None))
    values = {"visits_per_week": Decimal(times), **terms}
    async with by_the_owner(session):
        await session.execute(update(OutletTerms).where(OutletTerms.outlet_id.in_(ids)).values(**values))


async def generated(desk: Desk) -> dict[str, Any]:
    """The rep has its week generated."""
    answer = await desk.as_rep("POST", "/generate")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def days_of(answer: dict[str, Any], outlet: Outlet) -> list[str]:
    """When an outlet is visited."""
    return [day for code, day, _ in planned(answer) if code == outlet.code]


def told(answer: dict[str, Any]) -> set[tuple[str | None, str]]:
    """What the plan does not meet."""
    return {(note["outlet_code"], note["code"]) for note in answer["unplanned"]}


async def test_a_draft_is_made_in_which_every_outlet_is_visited_as_often_as_agreed(
    desk: Desk, session: AsyncSession
) -> None:
    await agree(session, *desk.outlets[:3], rep=desk.rep)
    await agree(session, *desk.outlets[3:], rep=desk.rep, times="2", min_gap_days=3)
    body = await generated(desk)
    assert (body["status"], body["version"]) == ("draft", 1)
    assert [len(days_of(body, outlet)) for outlet in desk.outlets] == [1, 1, 1, 2, 2, 2]
    assert all(visit["expected_at"] for visit in body["visits"])
    assert (body["unplanned"], body["warnings"]) == ([], [])
    assert (await desk.as_rep("GET")).json() == body
    (version,) = (await desk.as_rep("GET", "/versions")).json()["items"]
    assert (version["action"], version["made_by"]) == ("generated", "device:PAT-R1")


async def test_days_start_and_end_where_the_workday_says(desk: Desk, session: AsyncSession) -> None:
    home = {"lat": 38.2, "lon": 21.7}
    await desk.as_supervisor("PUT", "/v1/reps/PAT-R1/workday", {"start": home, "end": home})
    await agree(session, *desk.outlets, rep=desk.rep)
    days = [day for day in (await generated(desk))["days"] if day["visits"]]
    assert all(day["start"] == day["end"] == home for day in days)
    assert all(day["departs_at"] < day["returns_at"] for day in days)


async def test_the_same_week_is_generated_alike(desk: Desk, session: AsyncSession) -> None:
    await agree(session, *desk.outlets, rep=desk.rep, times="2")
    first, second = await generated(desk), await generated(desk)
    assert first["visits"] == second["visits"]
    assert second["version"] == 2


async def test_wishes_that_cannot_be_met_are_told_outlet_by_outlet_with_the_reason(
    desk: Desk, session: AsyncSession
) -> None:
    sunday, never, often, nowhere, late, sound = desk.outlets
    await agree(session, sunday, rep=desk.rep, allowed_weekdays=[7])
    await agree(session, often, rep=desk.rep, times="5", min_gap_days=2)
    await agree(session, late, rep=desk.rep, visiting_hours=[{"opens": "19:00", "closes": "21:00"}])
    await agree(session, never, nowhere, sound, rep=desk.rep)
    await session.execute(update(Outlet).where(Outlet.id == nowhere.id).values(location_version=0))
    async with by_the_owner(session):
        await session.execute(
            update(OutletTerms)
            .where(OutletTerms.outlet_id == never.id)
            .values(visiting_hours=[{"opens": "09:00", "closes": "09:05"}])
        )
    body = await generated(desk)
    assert told(body) == {
        (sunday.code, "no_allowed_day"),
        (never.code, "visiting_hours"),
        (often.code, "fewer_visits_than_agreed"),
        (nowhere.code, "no_location"),
        (late.code, "visiting_hours"),
    }
    assert [len(days_of(body, outlet)) for outlet in (often, sound)] == [3, 1]


async def test_more_than_the_week_has_room_for_is_told_with_what_is_missing(desk: Desk, session: AsyncSession) -> None:
    """Two visits of four hours are a day; twelve are due."""
    await agree(session, *desk.outlets, rep=desk.rep, times="2", service_minutes=240)
    body = await generated(desk)
    assert len(body["visits"]) == 10
    assert [note["code"] for note in body["unplanned"]] == ["no_time_left"] * 2
    assert all("min longer" in note["message"] for note in body["unplanned"])


async def test_outlets_that_nobody_looks_after_are_dealt_to_the_reps_and_stay_theirs(
    desk: Desk, session: AsyncSession
) -> None:
    await agree(session, *desk.outlets, rep=None)
    body = await generated(desk)
    mine = {visit["outlet_code"] for visit in body["visits"]}
    assert len(mine) == 3
    assert [note["code"] for note in body["warnings"]] == ["outlets_dealt"]
    other = await desk.as_supervisor("POST", "/v1/reps/PAT-R2/week-plans/2026-W49/generate")
    theirs = {visit["outlet_code"] for visit in other.json()["visits"]}
    assert mine | theirs == {outlet.code for outlet in desk.outlets}
    assert set((await session.scalars(select(Outlet.rep_id).where(Outlet.code.in_(mine)))).all()) == {desk.rep.id}
    event = (await session.scalars(select(Event).where(Event.type == "outlets.dealt"))).one()
    assert event.payload == {"territory_code": "PAT", "outlets": 6, "by": "device:PAT-R1"}


async def test_outlets_of_a_rep_that_left_are_dealt_anew(desk: Desk, session: AsyncSession) -> None:
    gone = await make_rep(session, desk.territory, code="PAT-R3", active=False)
    await agree(session, *desk.outlets[:3], rep=desk.rep)
    await agree(session, *desk.outlets[3:], rep=gone)
    await generated(desk)
    owners = set((await session.scalars(select(Outlet.rep_id).where(Outlet.rep_id.is_not(None)))).all())
    assert owners == {desk.rep.id, desk.other_rep.id}


async def test_what_was_missed_last_week_comes_first_and_what_was_visited_waits_its_turn(
    desk: Desk, session: AsyncSession
) -> None:
    missed, visited, fresh = desk.outlets[:3]
    await agree(session, missed, visited, rep=desk.rep, times="0.5")
    await agree(session, fresh, rep=desk.rep)
    last_week = date(2026, 11, 18)
    await make_visit(session, desk.rep, missed, last_week)
    await make_visit(session, desk.rep, visited, last_week + timedelta(days=5))
    await make_stored_check_in(session, desk.rep, visited, business_date=last_week + timedelta(days=5))
    body = await generated(desk)
    assert days_of(body, missed) == [MONDAY]
    assert days_of(body, visited) == []
    assert len(days_of(body, fresh)) == 1


async def test_a_gap_to_last_weeks_visit_is_kept(desk: Desk, session: AsyncSession) -> None:
    outlet = desk.outlets[0]
    await agree(session, outlet, rep=desk.rep, min_gap_days=6)
    await make_visit(session, desk.rep, outlet, date(2026, 11, 27))
    assert days_of(await generated(desk), outlet) in ([THURSDAY], [FRIDAY])


async def test_frozen_days_stay_as_they_are_and_count(desk: Desk, session: AsyncSession) -> None:
    """On Wednesday: Monday's outlet was visited, Tuesday's was not."""
    await agree(session, *desk.outlets[:4], rep=desk.rep)
    await desk.approved((0, MONDAY), (1, TUESDAY), (2, WEDNESDAY))
    await make_stored_check_in(session, desk.rep, desk.outlets[0], business_date=date(2026, 11, 30))
    with clock.fixed(NEXT_WEDNESDAY_NOON):
        answer = await desk.as_supervisor("POST", "/generate")
    body = answer.json()
    assert body["status"] == "approved"
    frozen = [visit for visit in planned(body) if visit[1] <= WEDNESDAY]
    assert frozen == [
        (desk.outlets[0].code, MONDAY, 1),
        (desk.outlets[1].code, TUESDAY, 1),
        (desk.outlets[2].code, WEDNESDAY, 1),
    ]
    later = {code: day for code, day, _ in planned(body) if day > WEDNESDAY}
    assert later.keys() == {desk.outlets[1].code, desk.outlets[3].code}
    assert later[desk.outlets[1].code] == THURSDAY  # what was missed comes first, this week's too


async def test_an_excuse_that_was_given_in_advance_stays_and_its_day_is_not_planned_again(
    desk: Desk, session: AsyncSession
) -> None:
    """The outlet is welcome on Tuesdays and Thursdays, and is closed on this Tuesday."""
    outlet = desk.outlets[0]
    await agree(session, outlet, rep=desk.rep, allowed_weekdays=[2, 4])
    visit = (await desk.approved((0, TUESDAY)))["visits"][0]
    excuse = {"reason_code": "outlet_closed", "comment": "Stock-taking."}
    await desk.as_supervisor("POST", f"/v1/visits/{visit['id']}/excuse", excuse)
    body = (await desk.as_supervisor("POST", "/generate")).json()
    assert [(one["visit_date"], one["excused"]) for one in body["visits"]] == [(TUESDAY, True), (THURSDAY, False)]
    kept = (await desk.as_supervisor("GET", f"/v1/visits/{visit['id']}")).json()
    assert kept["status"] == "excused"


async def test_an_outlet_that_another_rep_visits_this_week_is_not_visited_twice(
    desk: Desk, session: AsyncSession
) -> None:
    await agree(session, *desk.outlets[:2], rep=desk.rep)
    await make_visit(session, desk.other_rep, desk.outlets[0], date(2026, 12, 1))
    assert [code for code, _, _ in planned(await generated(desk))] == [desk.outlets[1].code]


async def test_a_holiday_has_no_visits(desk: Desk, session: AsyncSession) -> None:
    desk.territory.holidays = [date(2026, 12, 1)]
    await session.flush()
    await agree(session, *desk.outlets, rep=desk.rep, times="5")
    body = await generated(desk)
    assert {day for _, day, _ in planned(body)} == {MONDAY, WEDNESDAY, THURSDAY, FRIDAY}
    assert {code for _, code in told(body)} == {"fewer_visits_than_agreed"}


async def test_an_approved_plan_is_the_supervisors_alone_to_generate_anew(desk: Desk, session: AsyncSession) -> None:
    await agree(session, *desk.outlets, rep=desk.rep)
    await desk.approved((0, MONDAY))
    assert (await desk.as_rep("POST", "/generate")).status_code == 409
    body = (await desk.as_supervisor("POST", "/generate")).json()
    assert (body["status"], len(body["visits"])) == ("approved", 6)
    visits = (await desk.as_supervisor("GET", f"/v1/visits?from={MONDAY}&to={FRIDAY}")).json()["items"]
    assert len(visits) == 6


async def test_nobody_generates_over_what_he_did_not_read(desk: Desk, session: AsyncSession) -> None:
    await agree(session, *desk.outlets, rep=desk.rep)
    await generated(desk)
    assert (await desk.as_rep("POST", "/generate", **{"If-Match": '"7"'})).status_code == 412
    assert (await desk.as_rep("POST", "/generate", **{"If-None-Match": "*"})).status_code == 412
    assert (await desk.as_rep("POST", "/generate", **{"If-Match": '"1"'})).status_code == 200


async def test_a_week_that_is_over_is_not_generated(desk: Desk) -> None:
    with clock.fixed(datetime(2026, 12, 7, 10, tzinfo=UTC)):
        answer = await desk.as_rep("POST", "/generate")
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "week-is-over")


async def test_a_rep_without_outlets_is_told_so(desk: Desk) -> None:
    body = await generated(desk)
    assert body["visits"] == []
    assert [note["code"] for note in body["warnings"]] == ["no_outlets"]


async def test_outlets_of_which_no_frequency_is_agreed_are_counted(desk: Desk, session: AsyncSession) -> None:
    await session.execute(update(Outlet).where(Outlet.id == desk.outlets[0].id).values(rep_id=desk.rep.id))
    assert [note["code"] for note in (await generated(desk))["warnings"]] == ["no_frequency"]


async def test_another_reps_week_is_not_there_to_generate(desk: Desk, session: AsyncSession) -> None:
    elsewhere = await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1")
    for code in ("PAT-R2", elsewhere.code):
        answer = await desk.as_rep("POST", f"/v1/reps/{code}/week-plans/2026-W49/generate")
        assert answer.status_code == 404
    answer = await desk.as_supervisor("POST", f"/v1/reps/{elsewhere.code}/week-plans/2026-W49/generate")
    assert answer.status_code == 404


async def test_nobodys_edit_is_overwritten_by_a_week_that_was_begun_before_it(
    desk: Desk, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(session, *desk.outlets, rep=desk.rep)
    really_search = service.search

    async def search(*args: Any) -> Any:
        await desk.as_rep("PUT", "", plan(desk, (3, FRIDAY)))
        return await really_search(*args)

    monkeypatch.setattr(service, "search", search)
    assert (await desk.as_rep("POST", "/generate")).status_code == 412
    assert [code for code, _, _ in planned((await desk.as_rep("GET")).json())] == ["PAT-0003"]


async def test_a_day_that_begins_while_the_week_is_searched_for_is_not_written(
    desk: Desk, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(session, *desk.outlets, rep=desk.rep)
    really_search = service.search

    async def search(*args: Any) -> Any:
        the_clock.move_to(datetime(2026, 11, 29, 22, 1, tzinfo=UTC))
        return await really_search(*args)

    monkeypatch.setattr(service, "search", search)
    with clock.fixed(datetime(2026, 11, 29, 21, 59, tzinfo=UTC)) as the_clock:
        assert (await desk.as_rep("POST", "/generate")).status_code == 412
        assert (await desk.as_rep("GET")).status_code == 404
