"""Another rep takes a day's visits, however far the two plans are: in one step, and what counts goes on counting."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY = "2026-11-30", "2026-12-01"
OTHER = "/v1/reps/PAT-R2/week-plans/2026-W49"


async def hand_over(desk: Desk, day: str = MONDAY, to: str = "PAT-R2", **headers: str) -> httpx.Response:
    body = {"visit_date": day, "to_rep_code": to, "comment": "Anna is on leave."}
    return await desk.as_supervisor("POST", "/hand-over", body, **headers)


async def handed_over(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two plans afterwards."""
    answer = await hand_over(desk)
    assert answer.status_code == 200, answer.text
    return answer.json()["given_by"], answer.json()["taken_by"]


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]]


async def put_other(desk: Desk, *visits: tuple[int, str], to: str = "draft") -> None:
    """The other rep's week, as far as it is to be."""
    await desk.as_supervisor("PUT", OTHER, plan(desk, *visits))
    if to in {"submitted", "approved"}:
        await desk.as_supervisor("POST", f"{OTHER}/submit")
    if to == "approved":
        assert (await desk.as_supervisor("POST", f"{OTHER}/approve")).status_code == 200


async def test_a_day_of_a_draft_goes_into_another_draft(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (2, MONDAY), (3, TUESDAY)))
    await put_other(desk, (1, MONDAY), (4, TUESDAY))
    given_by, taken_by = await handed_over(desk)
    assert planned(given_by) == [("PAT-0003", TUESDAY, 1)]
    assert {code for code, day, _ in planned(taken_by) if day == MONDAY} == {"PAT-0000", "PAT-0001", "PAT-0002"}
    assert (given_by["status"], taken_by["status"]) == ("draft", "draft")
    assert all(visit["expected_at"] for visit in taken_by["visits"])


async def test_a_rep_who_has_planned_nothing_yet_has_a_draft_then(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (3, TUESDAY)))
    _, taken_by = await handed_over(desk)
    assert (planned(taken_by), taken_by["status"], taken_by["version"]) == ([("PAT-0000", MONDAY, 1)], "draft", 1)


async def test_what_was_submitted_is_a_draft_again(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (3, TUESDAY)))
    await desk.as_rep("POST", "/submit")
    await put_other(desk, (1, MONDAY), to="submitted")
    given_by, taken_by = await handed_over(desk)
    assert (given_by["status"], taken_by["status"]) == ("draft", "draft")


async def test_a_day_of_an_approved_plan_goes_on_counting(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (2, MONDAY), (3, TUESDAY))
    await put_other(desk, (1, MONDAY), to="approved")
    given_by, taken_by = await handed_over(desk)
    assert (given_by["status"], taken_by["status"]) == ("approved", "approved")
    visits = (await desk.as_supervisor("GET", f"/v1/visits?date={MONDAY}")).json()["items"]
    assert {(visit["rep_code"], visit["outlet_code"]) for visit in visits} == {
        ("PAT-R2", "PAT-0000"),
        ("PAT-R2", "PAT-0001"),
        ("PAT-R2", "PAT-0002"),
    }


async def test_a_day_of_a_draft_counts_at_once_in_a_plan_that_is_approved(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (3, TUESDAY)))
    await put_other(desk, (1, MONDAY), to="approved")
    given_by, taken_by = await handed_over(desk)
    assert (given_by["status"], taken_by["status"]) == ("draft", "approved")
    visits = (await desk.as_supervisor("GET", f"/v1/visits?date={MONDAY}")).json()["items"]
    assert {visit["outlet_code"] for visit in visits} == {"PAT-0000", "PAT-0001"}


@pytest.mark.parametrize("to", ["none", "draft", "submitted"])
async def test_what_counts_does_not_go_where_it_would_count_for_nobody(desk: Desk, to: str) -> None:
    await desk.approved((0, MONDAY), (3, TUESDAY))
    if to != "none":
        await put_other(desk, (1, MONDAY), to=to)
    assert codes(await hand_over(desk)) == [("/to_rep_code", "plan_not_approved")]
    assert len((await desk.as_supervisor("GET")).json()["visits"]) == 2


async def test_what_was_imported_before_there_were_plans_is_handed_over_as_approved(
    desk: Desk, session: AsyncSession
) -> None:
    monday = date(2026, 11, 30)
    await make_visit(session, desk.rep, desk.outlets[0], monday)
    await make_visit(session, desk.other_rep, desk.outlets[1], monday)
    given_by, taken_by = await handed_over(desk)
    assert (planned(given_by), given_by["status"]) == ([], "approved")
    assert {code for code, _, _ in planned(taken_by)} == {"PAT-0000", "PAT-0001"}


async def test_both_plans_say_who_did_it_and_why(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await handed_over(desk)
    for path in ("/versions", f"{OTHER}/versions"):
        newest = (await desk.as_supervisor("GET", path)).json()["items"][0]
        assert (newest["action"], newest["remark"], newest["made_by"]) == (
            "handed_over",
            "Anna is on leave.",
            "user:sofia",
        )


async def test_a_day_that_has_begun_stays_as_it_is(desk: Desk, the_clock: clock.SetClock) -> None:
    await desk.approved((0, MONDAY), (3, TUESDAY))
    await put_other(desk, (1, MONDAY), to="approved")
    the_clock.move_to(datetime(2026, 11, 30, 6, tzinfo=UTC))
    assert codes(await hand_over(desk)) == [("/visit_date", "frozen_day")]
    assert (await hand_over(desk, TUESDAY)).status_code == 200


@pytest.mark.parametrize(
    ("day", "to", "problems"),
    [
        ("2026-12-07", "PAT-R2", [("/visit_date", "another_week")]),
        (TUESDAY, "PAT-R2", [("/visit_date", "not_planned")]),
        (MONDAY, "NOBODY", [("/to_rep_code", "unknown_rep")]),
        (MONDAY, "ATH-R1", [("/to_rep_code", "rep_of_another_territory")]),
        (MONDAY, "PAT-R1", [("/to_rep_code", "same_rep")]),
        (MONDAY, "PAT-R3", [("/to_rep_code", "inactive_rep")]),
        (TUESDAY, "NOBODY", [("/visit_date", "not_planned"), ("/to_rep_code", "unknown_rep")]),
    ],
)
async def test_what_cannot_be_is_refused_every_problem_at_once(
    desk: Desk, session: AsyncSession, day: str, to: str, problems: list[tuple[str, str]]
) -> None:
    await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1")
    await make_rep(session, desk.territory, code="PAT-R3", active=False)
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    assert codes(await hand_over(desk, day, to)) == problems


async def test_an_outlet_that_the_other_visits_on_that_day_stays(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY)))
    await put_other(desk, (1, MONDAY))
    assert codes(await hand_over(desk)) == [("/to_rep_code", "repeated")]
    assert len((await desk.as_supervisor("GET")).json()["visits"]) == 2


async def test_a_rep_without_a_plan_has_no_day_to_give(desk: Desk) -> None:
    assert (await hand_over(desk)).status_code == 404


async def test_nobody_hands_over_what_has_changed_since_it_was_read(desk: Desk) -> None:
    first = await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY)))
    assert (await hand_over(desk, **{"If-Match": first.headers["etag"]})).status_code == 412
    now = (await desk.as_supervisor("GET")).headers["etag"]
    answer = await hand_over(desk, **{"If-Match": now})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{answer.json()["given_by"]["version"]}"')


async def test_a_handheld_hands_nothing_over(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    body = {"visit_date": MONDAY, "to_rep_code": "PAT-R2"}
    assert (await desk.as_rep("POST", "/hand-over", body)).status_code == 403
