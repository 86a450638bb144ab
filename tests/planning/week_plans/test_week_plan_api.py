"""A week from the rep's draft to the visits that count (M2)."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit, VisitRemoval
from app.ground import clock
from app.masters.territories.models import Rep
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, FRIDAY = "2026-11-30", "2026-12-01", "2026-12-04"
WEDNESDAY_MORNING = datetime(2026, 12, 2, 6, tzinfo=UTC)


async def counting(session: AsyncSession, rep: Rep) -> list[tuple[date, int]]:
    """What of a rep counts at cutoffs."""
    query = select(Visit.visit_date, Visit.outlet_id).where(Visit.rep_id == rep.id, Visit.approved_at.is_not(None))
    return sorted((day, outlet_id) for day, outlet_id in await session.execute(query))


async def test_a_rep_puts_a_draft_that_counts_for_nothing(desk: Desk, session: AsyncSession) -> None:
    answer = await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY), (2, TUESDAY)))
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    body = answer.json()
    assert (body["status"], body["iso_week"], body["from"], body["to"]) == ("draft", "2026-W49", MONDAY, "2026-12-06")
    assert planned(body) == [("PAT-0000", MONDAY, 1), ("PAT-0001", MONDAY, 2), ("PAT-0002", TUESDAY, 1)]
    assert await counting(session, desk.rep) == []
    assert (await desk.as_supervisor("GET")).json() == body


async def test_each_visit_has_the_time_at_which_the_rep_is_expected(desk: Desk) -> None:
    body = (await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY)))).json()
    first, second = body["visits"]
    assert first["expected_at"] == "2026-11-30T08:00:00+02:00"
    assert first["expected_until"] == "2026-11-30T08:15:00+02:00"
    # 1.11 km by latitude, times 1.35, at 22 km/h
    assert (second["drive_minutes"], second["drive_km"]) == (4, 1.5)
    assert second["expected_at"] > first["expected_until"]
    day = body["days"][0]
    assert (day["visits"], day["service_minutes"], day["driving_minutes"], day["load_minutes"]) == (2, 30, 4, 34)


async def test_the_order_is_that_of_the_sequence_where_one_is_given(desk: Desk) -> None:
    body = plan(desk, (0, MONDAY), (1, MONDAY), (2, MONDAY))
    for visit, sequence in zip(body["visits"], (30, 20, None), strict=True):
        visit["sequence"] = sequence
    answer = (await desk.as_rep("PUT", "", body)).json()
    assert [code for code, _, _ in planned(answer)] == ["PAT-0001", "PAT-0000", "PAT-0002"]


async def test_once_it_is_approved_its_visits_count(desk: Desk, session: AsyncSession) -> None:
    body = await desk.approved((0, MONDAY), (2, TUESDAY))
    assert (body["status"], body["version"], body["decided_by"]) == ("approved", 3, "user:sofia")
    assert all(visit["id"] for visit in body["visits"])
    assert await counting(session, desk.rep) == [
        (date(2026, 11, 30), desk.outlets[0].id),
        (date(2026, 12, 1), desk.outlets[2].id),
    ]
    visits = (await desk.as_supervisor("GET", f"/v1/visits?date={MONDAY}")).json()["items"]
    assert [(visit["outlet_code"], visit["sequence"]) for visit in visits] == [("PAT-0000", 1)]


async def test_a_plan_is_submitted_before_it_is_approved_or_returned(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    for step, body in (("/approve", None), ("/return", {"remark": "no"})):
        answer = await desk.as_supervisor("POST", step, body)
        assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "plan-not-submitted")


async def test_a_returned_plan_has_the_remark_and_is_submitted_again(desk: Desk, session: AsyncSession) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit", {"remark": "done"})
    returned = (await desk.as_supervisor("POST", "/return", {"remark": "Rio is closed on Monday."})).json()
    assert (returned["status"], returned["remark"]) == ("returned", "Rio is closed on Monday.")
    assert await counting(session, desk.rep) == []
    assert (await desk.as_rep("POST", "/submit")).json()["status"] == "submitted"


async def test_a_plan_is_not_returned_without_a_word(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit")
    for body in (None, {}, {"remark": "  "}):
        assert (await desk.as_supervisor("POST", "/return", body)).status_code == 422


async def test_a_submitted_plan_that_is_edited_is_a_draft_again(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit")
    assert (await desk.as_rep("PUT", "", plan(desk, (1, MONDAY)))).json()["status"] == "draft"


async def test_steps_are_safe_to_repeat(desk: Desk) -> None:
    body = await desk.approved((0, MONDAY))
    again = await desk.as_supervisor("POST", "/approve")
    assert (again.status_code, again.json()) == (200, body)


async def test_nobody_approves_what_has_changed_since_it_was_read(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit")
    await desk.as_rep("PUT", "", plan(desk, (1, MONDAY)))
    await desk.as_rep("POST", "/submit")
    stale = await desk.as_supervisor("POST", "/approve", **{"If-Match": '"2"'})
    assert stale.status_code == 412
    assert (await desk.as_supervisor("POST", "/approve", **{"If-Match": '"4"'})).status_code == 200


async def test_a_rep_does_not_change_an_approved_plan_and_does_not_approve(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    put = await desk.as_rep("PUT", "", plan(desk, (1, MONDAY)))
    assert (put.status_code, put.json()["type"].rpartition("#")[2]) == (409, "plan-approved")
    assert (await desk.as_rep("POST", "/approve")).status_code == 403


async def test_a_supervisor_changes_an_approved_plan_and_it_stays_approved(desk: Desk, session: AsyncSession) -> None:
    before = {visit["outlet_code"]: visit["id"] for visit in (await desk.approved((0, MONDAY), (1, MONDAY)))["visits"]}
    answer = await desk.as_supervisor("PUT", "", plan(desk, (1, MONDAY), (2, FRIDAY)))
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    after = {visit["outlet_code"]: visit["id"] for visit in answer.json()["visits"]}
    assert set(after) == {"PAT-0001", "PAT-0002"}
    assert after["PAT-0001"] == before["PAT-0001"]
    removed = await session.scalars(select(VisitRemoval.visit_id))
    assert [str(id_) for id_ in removed] == [before["PAT-0000"]]


async def test_every_version_is_kept_with_who_made_it(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    await desk.as_supervisor("PUT", "", plan(desk, (1, FRIDAY)) | {"remark": "closed"})
    versions = (await desk.as_rep("GET", "/versions")).json()["items"]
    assert [(version["version"], version["action"], version["made_by"]) for version in versions] == [
        (4, "put", "user:sofia"),
        (3, "approved", "user:sofia"),
        (2, "submitted", "device:PAT-R1"),
        (1, "put", "device:PAT-R1"),
    ]
    assert versions[0]["visits"] == [{"outlet_code": "PAT-0001", "visit_date": FRIDAY, "sequence": 1}]
    assert (versions[0]["remark"], versions[1]["visits"]) == ("closed", None)


async def test_a_day_that_has_begun_is_left_as_it_stands(
    desk: Desk, session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await desk.approved((0, MONDAY), (1, FRIDAY))
    the_clock.move_to(WEDNESDAY_MORNING)
    refused = await desk.as_supervisor("PUT", "", plan(desk, (2, FRIDAY)))
    assert refused.json()["errors"][0]["code"] == "frozen_day"
    added = await desk.as_supervisor("PUT", "", plan(desk, (0, MONDAY), (2, TUESDAY)))
    assert [problem["code"] for problem in added.json()["errors"]] == ["frozen_day"]
    taken = await desk.as_supervisor("PUT", "", plan(desk, (0, MONDAY), (2, FRIDAY)))
    assert taken.status_code == 200
    assert await counting(session, desk.rep) == [
        (date(2026, 11, 30), desk.outlets[0].id),
        (date(2026, 12, 4), desk.outlets[2].id),
    ]


async def test_what_is_approved_too_late_counts_from_the_next_day_on(
    desk: Desk, session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, FRIDAY)))
    await desk.as_rep("POST", "/submit")
    the_clock.move_to(WEDNESDAY_MORNING)
    body = (await desk.as_supervisor("POST", "/approve")).json()
    assert planned(body) == [("PAT-0001", FRIDAY, 1)]
    told = [(note["outlet_code"], note["code"]) for note in body["warnings"] if note["code"] == "day_frozen"]
    assert told == [("PAT-0000", "day_frozen")]
    assert await counting(session, desk.rep) == [(date(2026, 12, 4), desk.outlets[1].id)]


async def test_a_week_that_is_over_takes_no_plan(desk: Desk) -> None:
    answer = await desk.as_supervisor("PUT", "/v1/reps/PAT-R1/week-plans/2026-W47", {"visits": []})
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "week-is-over")


async def test_every_problem_of_a_plan_is_told_at_once(desk: Desk, session: AsyncSession) -> None:
    closed = await make_outlet(session, desk.territory, active=False)
    elsewhere = await make_outlet(session, await make_territory(session))
    body = plan(desk, (0, MONDAY), (0, MONDAY), (1, "2026-12-07"))
    for code in ("NOWHERE", closed.code, elsewhere.code):
        body["visits"].append({"outlet_code": code, "visit_date": MONDAY})
    answer = await desk.as_rep("PUT", "", body)
    assert answer.status_code == 422
    assert [(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]] == [
        ("/visits/1/outlet_code", "repeated"),
        ("/visits/2/visit_date", "another_week"),
        ("/visits/3/outlet_code", "unknown_outlet"),
        ("/visits/4/outlet_code", "inactive_outlet"),
        ("/visits/5/outlet_code", "outlet_of_another_territory"),
    ]


async def test_a_plan_is_about_the_rep_of_its_path(desk: Desk) -> None:
    body = plan(desk, (0, MONDAY))
    body["visits"][0]["rep_code"] = "PAT-R2"
    assert (await desk.as_rep("PUT", "", body)).json()["errors"][0]["pointer"] == "/visits/0/rep_code"


@pytest.mark.parametrize("week", ["2026-W54", "2025-W53", "2026-49", "1999-W01", "2026-W00"])
async def test_a_week_that_there_is_not_is_refused(desk: Desk, week: str) -> None:
    assert (await desk.as_rep("GET", f"/v1/reps/PAT-R1/week-plans/{week}")).status_code == 422


async def test_a_rep_sees_its_own_weeks_alone(desk: Desk) -> None:
    for path in ("", "/versions"):
        assert (await desk.as_rep("GET", f"/v1/reps/PAT-R2/week-plans/2026-W49{path}")).status_code == 404


async def test_there_is_no_plan_before_somebody_makes_one(desk: Desk) -> None:
    answer = await desk.as_rep("GET")
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (404, "week-plan-not-found")


async def test_visits_that_were_imported_are_an_approved_plan(desk: Desk, session: AsyncSession) -> None:
    await make_visit(session, desk.rep, desk.outlets[3], date(2026, 12, 1), sequence=4)
    body = (await desk.as_rep("GET")).json()
    assert (body["status"], planned(body)) == ("approved", [("PAT-0003", TUESDAY, 4)])


async def test_visits_that_were_imported_before_there_were_plans_are_not_the_reps_to_replace(
    desk: Desk, session: AsyncSession
) -> None:
    await make_visit(session, desk.rep, desk.outlets[3], date(2026, 12, 1))
    assert (await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))).status_code == 409
    body = (await desk.as_supervisor("PUT", "", plan(desk, (0, MONDAY)))).json()
    assert (body["status"], planned(body)) == ("approved", [("PAT-0000", MONDAY, 1)])


class TestWarnings:
    """What does not fit the terms is taken, and told."""

    async def codes(self, desk: Desk, *visits: tuple[int, str]) -> list[tuple[str | None, str | None, str]]:
        body = (await desk.as_rep("PUT", "", plan(desk, *visits))).json()
        return [(note["outlet_code"], note["visit_date"], note["code"]) for note in body["warnings"]]

    async def set_terms(self, desk: Desk, session: AsyncSession, **terms: object) -> str:
        outlet = await make_outlet(session, desk.territory, code="PAT-T", terms=dict(terms), rep_id=desk.rep.id)
        desk.outlets[5] = outlet
        return outlet.code

    async def test_a_plan_that_fits_has_none(self, desk: Desk) -> None:
        assert await self.codes(desk, (0, MONDAY), (1, MONDAY)) == []

    async def test_a_weekday_that_is_not_allowed(self, desk: Desk, session: AsyncSession) -> None:
        code = await self.set_terms(desk, session, allowed_weekdays=[2, 4])
        assert await self.codes(desk, (5, MONDAY)) == [(code, MONDAY, "closed_day")]
        assert await self.codes(desk, (5, TUESDAY)) == []

    async def test_a_time_outside_of_visiting_hours(self, desk: Desk, session: AsyncSession) -> None:
        hours = [{"weekdays": [1], "opens": "06:00", "closes": "08:10"}]
        code = await self.set_terms(desk, session, visiting_hours=hours)
        assert await self.codes(desk, (5, MONDAY)) == [(code, MONDAY, "outside_visiting_hours")]

    async def test_a_gap_that_is_too_short_also_to_the_week_before(self, desk: Desk, session: AsyncSession) -> None:
        code = await self.set_terms(desk, session, min_gap_days=3)
        assert await self.codes(desk, (5, MONDAY), (5, TUESDAY)) == [(code, TUESDAY, "gap_too_short")]
        await make_visit(session, desk.rep, desk.outlets[5], date(2026, 11, 28))
        assert await self.codes(desk, (5, MONDAY)) == [(code, MONDAY, "gap_too_short")]

    async def test_fewer_visits_than_were_agreed_also_none_at_all(self, desk: Desk, session: AsyncSession) -> None:
        code = await self.set_terms(desk, session, visits_per_week=2)
        assert await self.codes(desk, (0, MONDAY)) == [(code, None, "fewer_visits_than_agreed")]
        assert await self.codes(desk, (5, MONDAY), (5, FRIDAY)) == []

    async def test_a_day_that_is_longer_than_working_hours(self, desk: Desk, session: AsyncSession) -> None:
        await self.set_terms(desk, session, service_minutes=480)
        assert (None, MONDAY, "day_too_long") in await self.codes(desk, (5, MONDAY), (0, MONDAY))

    async def test_an_outlet_that_nobody_knows_the_place_of(self, desk: Desk, session: AsyncSession) -> None:
        desk.outlets[5] = outlet = await make_outlet(session, desk.territory, at=None)
        assert await self.codes(desk, (0, MONDAY), (5, MONDAY)) == [(outlet.code, MONDAY, "no_location")]

    async def test_a_day_on_which_nobody_works(self, desk: Desk) -> None:
        assert await self.codes(desk, (0, "2026-12-06")) == [(None, "2026-12-06", "not_a_working_day")]

    async def test_an_outlet_that_another_rep_visits_on_that_day(self, desk: Desk, session: AsyncSession) -> None:
        await make_visit(session, desk.other_rep, desk.outlets[0], date(2026, 11, 30))
        assert await self.codes(desk, (0, MONDAY)) == [("PAT-0000", MONDAY, "planned_by_another_rep")]


class TestWhoIsLate:
    """Plans are due on the Friday before, at 18:00 local."""

    async def list(self, desk: Desk) -> dict[str, tuple[str | None, bool]]:
        answer = await desk.as_supervisor("GET", "/v1/week-plans?iso_week=2026-W49&territory_code=PAT")
        return {item["rep_code"]: (item["status"], item["late"]) for item in answer.json()["items"]}

    async def test_before_friday_evening_nobody_is(self, desk: Desk, the_clock: clock.SetClock) -> None:
        the_clock.move_to(datetime(2026, 11, 27, 15, 59, tzinfo=UTC))
        assert await self.list(desk) == {"PAT-R1": (None, False), "PAT-R2": (None, False)}

    async def test_after_it_everybody_is_who_has_not_submitted(self, desk: Desk, the_clock: clock.SetClock) -> None:
        await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
        await desk.as_rep("POST", "/submit")
        the_clock.move_to(datetime(2026, 11, 27, 16, 1, tzinfo=UTC))
        assert await self.list(desk) == {"PAT-R1": ("submitted", False), "PAT-R2": (None, True)}

    async def test_who_submits_after_it_was_late(self, desk: Desk, the_clock: clock.SetClock) -> None:
        the_clock.move_to(datetime(2026, 11, 27, 16, 1, tzinfo=UTC))
        assert (await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))).json()["late"] is True
        assert (await desk.as_rep("POST", "/submit")).json()["due_at"] == "2026-11-27T16:00:00Z"
        assert (await self.list(desk))["PAT-R1"] == ("submitted", True)

    async def test_imported_visits_are_late_for_nobody(
        self, desk: Desk, session: AsyncSession, the_clock: clock.SetClock
    ) -> None:
        await make_visit(session, desk.other_rep, desk.outlets[0], date(2026, 12, 1))
        the_clock.move_to(datetime(2026, 11, 27, 16, 1, tzinfo=UTC))
        assert (await self.list(desk))["PAT-R2"] == ("approved", False)

    async def test_a_device_sees_its_own_line(self, desk: Desk) -> None:
        items = (await desk.as_rep("GET", "/v1/week-plans?iso_week=2026-W49")).json()["items"]
        assert [item["rep_code"] for item in items] == ["PAT-R1"]


@pytest.mark.parametrize("status", ["submitted", "returned", "approved"])
async def test_a_plan_that_is_put_again_unchanged_stays_what_it_was(
    desk: Desk, session: AsyncSession, status: str
) -> None:
    visits = plan(desk, (2, MONDAY), (0, MONDAY), (1, TUESDAY))
    await desk.as_rep("PUT", "", visits)
    await desk.as_rep("POST", "/submit")
    if status != "submitted":
        step = {"returned": "/return", "approved": "/approve"}[status]
        await desk.as_supervisor("POST", step, {"remark": "Seen."})
    before, counted = (await desk.as_rep("GET")).json(), await counting(session, desk.rep)
    again = await desk.as_rep("PUT", "", visits)
    assert (again.status_code, again.json()) == (200, before)
    assert (again.json()["status"], await counting(session, desk.rep)) == (status, counted)


async def test_an_optimisation_that_changes_nothing_leaves_a_plan_submitted(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit")
    assert (await desk.as_rep("POST", "/optimise")).json()["status"] == "submitted"
