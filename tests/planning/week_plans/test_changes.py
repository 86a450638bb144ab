"""A supervisor changes approved plans: recorded, all or nothing, and never on a day that has begun."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, FRIDAY = "2026-11-30", "2026-12-01", "2026-12-04"
OTHER = "/v1/reps/PAT-R2/week-plans/2026-W49"


async def change(desk: Desk, *changes: dict[str, Any], reason: str = "outlet_closed") -> httpx.Response:
    return await desk.as_supervisor("POST", "/changes", {"changes": list(changes), "reason_code": reason})


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(problem["pointer"], problem["code"]) for problem in answer.json()["errors"]]


async def approve_other(desk: Desk, *visits: tuple[int, str]) -> None:
    """The other rep's week, put, submitted and approved by the supervisor."""
    await desk.as_supervisor("PUT", OTHER, plan(desk, *visits))
    await desk.as_supervisor("POST", f"{OTHER}/submit")
    assert (await desk.as_supervisor("POST", f"{OTHER}/approve")).status_code == 200


async def test_a_visit_goes_to_another_day_into_its_cheapest_place(desk: Desk) -> None:
    await desk.approved((2, MONDAY), (1, FRIDAY), (3, FRIDAY))
    answer = await change(desk, {"outlet_code": "PAT-0002", "from_date": MONDAY, "to_date": FRIDAY})
    assert answer.status_code == 200, answer.text
    assert planned(answer.json()) == [("PAT-0001", FRIDAY, 1), ("PAT-0002", FRIDAY, 2), ("PAT-0003", FRIDAY, 3)]
    assert answer.json()["status"] == "approved"
    visits = (await desk.as_supervisor("GET", f"/v1/visits?date={FRIDAY}")).json()["items"]
    assert {visit["outlet_code"] for visit in visits} == {"PAT-0001", "PAT-0002", "PAT-0003"}


async def test_a_visit_is_taken_out_of_the_plan(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY))
    answer = await change(desk, {"outlet_code": "PAT-0000", "from_date": MONDAY})
    assert planned(answer.json()) == [("PAT-0001", MONDAY, 1)]


async def test_a_day_of_leave_goes_to_another_rep_and_both_plans_say_why(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    await approve_other(desk, (3, MONDAY))
    answer = await change(desk, {"from_date": MONDAY, "to_rep_code": "PAT-R2"}, reason="leave")
    assert planned(answer.json()) == [("PAT-0002", TUESDAY, 1)]
    other = (await desk.as_supervisor("GET", OTHER)).json()
    assert {code for code, _, _ in planned(other)} == {"PAT-0000", "PAT-0001", "PAT-0003"}
    for path in ("/versions", f"{OTHER}/versions"):
        newest = (await desk.as_supervisor("GET", path)).json()["items"][0]
        assert (newest["action"], newest["remark"], newest["made_by"]) == ("handed_over", "leave", "user:sofia")


async def changes_told_of(desk: Desk, number: int) -> list[tuple[str, str, list[str]]]:
    """What the timeline of an outlet tells of changed plans: whose, how, and on which days it is visited since."""
    path = f"/v1/outlets/{desk.outlets[number].code}/timeline?types=plan_change"
    items = (await desk.as_supervisor("GET", path)).json()["items"]
    return [(item["rep_code"], item["facts"]["action"], item["facts"]["days"]) for item in items]


async def test_a_change_is_told_of_the_outlets_whose_visits_it_moves(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    await approve_other(desk, (3, MONDAY))
    await change(desk, {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_rep_code": "PAT-R2"}, reason="leave")
    assert sorted(await changes_told_of(desk, 0)) == [
        ("PAT-R1", "handed_over", []),
        ("PAT-R2", "handed_over", [MONDAY]),
    ]
    assert [await changes_told_of(desk, number) for number in (1, 2, 3)] == [[], [], []]


async def test_a_plan_that_is_put_over_an_approved_one_is_told_likewise(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    await desk.as_supervisor("PUT", "", plan(desk, (1, MONDAY), (2, FRIDAY), (2, TUESDAY), (3, FRIDAY)))
    assert await changes_told_of(desk, 0) == [("PAT-R1", "put", [])]
    assert await changes_told_of(desk, 1) == []
    assert await changes_told_of(desk, 2) == [("PAT-R1", "put", [TUESDAY, FRIDAY])]
    assert await changes_told_of(desk, 3) == [("PAT-R1", "put", [FRIDAY])]


async def test_a_day_that_has_begun_stays_as_it_is(desk: Desk, the_clock: clock.SetClock) -> None:
    await desk.approved((0, MONDAY), (1, FRIDAY))
    the_clock.move_to(datetime(2026, 12, 2, 6, tzinfo=UTC))
    gone = await change(desk, {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": FRIDAY})
    assert codes(gone) == [("/changes/0/from_date", "frozen_day")]
    back = await change(desk, {"outlet_code": "PAT-0001", "from_date": FRIDAY, "to_date": TUESDAY})
    assert codes(back) == [("/changes/0/to_date", "frozen_day")]


async def test_all_of_the_changes_are_made_or_none(desk: Desk, session: AsyncSession) -> None:
    body = await desk.approved((0, MONDAY), (1, MONDAY), (0, FRIDAY))
    await make_rep(session, await make_territory(session), code="ATH-R1")
    answer = await change(
        desk,
        {"outlet_code": "PAT-0001", "from_date": MONDAY, "to_date": TUESDAY},
        {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": FRIDAY},
        {"outlet_code": "PAT-0005", "from_date": MONDAY, "to_date": FRIDAY},
        {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": "2026-12-07"},
        {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_rep_code": "NOBODY"},
        {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_rep_code": "ATH-R1"},
        {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_rep_code": "PAT-R2"},
    )
    assert answer.status_code == 422
    assert codes(answer) == [
        ("/changes/1/outlet_code", "repeated"),
        ("/changes/2/outlet_code", "not_planned"),
        ("/changes/3/to_date", "another_week"),
        ("/changes/4/to_rep_code", "unknown_rep"),
        ("/changes/5/to_rep_code", "rep_of_another_territory"),
        ("/changes/6/to_rep_code", "plan_not_approved"),
    ]
    assert (await desk.as_supervisor("GET")).json() == body


async def test_a_plan_that_is_not_approved_is_not_changed_like_this(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    answer = await change(desk, {"outlet_code": "PAT-0000", "from_date": MONDAY})
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "plan-not-approved")


async def test_imported_visits_are_changed_like_any_others(desk: Desk, session: AsyncSession) -> None:
    await make_visit(session, desk.rep, desk.outlets[0], date(2026, 11, 30), sequence=1)
    answer = await change(desk, {"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": TUESDAY})
    assert planned(answer.json()) == [("PAT-0000", TUESDAY, 1)]


async def test_a_rep_does_not_change_its_own_approved_plan(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    body = {"changes": [{"from_date": MONDAY}], "reason_code": "tired"}
    assert (await desk.as_rep("POST", "/changes", body)).status_code == 403
