"""The week of many reps side by side."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from tests.conftest import Statements
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit
from tests.planning.week_plans.conftest import WEEK, Desk, plan

BOARD = "/v1/week-plans/board?iso_week=2026-W49"
MONDAY, TUESDAY = "2026-11-30", "2026-12-01"


async def board(desk: Desk, query: str = "") -> dict[str, dict[str, Any]]:
    """The lines by rep."""
    answer = await desk.as_supervisor("GET", BOARD + query)
    assert answer.status_code == 200, answer.text
    return {line["rep_code"]: line for line in answer.json()["items"]}


async def test_a_line_is_the_plan_in_brief(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY), (2, TUESDAY)) | {"remark": "Tuesday is short."})
    await desk.as_rep("POST", "/submit")
    whole = (await desk.as_supervisor("GET")).json()
    line = (await board(desk))["PAT-R1"]
    for name in ("rep_code", "territory_code", "iso_week", "status", "version", "due_at", "late", "submitted_at"):
        assert line[name] == whole[name], name
    assert (line["rep_name"], line["visits"], line["open_requests"]) == (desk.rep.name, 3, 0)
    assert (line["warnings"], line["unplanned"]) == (len(whole["warnings"]), 0)
    for total in ("driving_minutes", "service_minutes", "load_minutes"):
        assert line[total] == sum(day[total] for day in whole["days"])
    assert len(line["days"]) == 7
    for day, told in zip(line["days"], whole["days"], strict=True):
        kept = {name: told[name] for name in day if name not in {"visits", "warnings"}}
        assert {name: day[name] for name in kept} == kept
        assert day["warnings"] == sum(note["visit_date"] == day["date"] for note in whole["warnings"])
        assert [visit["outlet_code"] for visit in day["visits"]] == [
            visit["outlet_code"] for visit in whole["visits"] if visit["visit_date"] == day["date"]
        ]
    (first, _) = line["days"][0]["visits"]
    assert first == {name: whole["visits"][0][name] for name in first}


async def test_a_rep_without_a_plan_has_a_line_without_days(desk: Desk, the_clock: clock.SetClock) -> None:
    line = (await board(desk))["PAT-R2"]
    assert (line["status"], line["version"], line["days"], line["visits"]) == (None, None, [], 0)
    assert (line["late"], line["due_at"]) == (False, "2026-11-27T16:00:00Z")
    the_clock.move_to(datetime(2026, 11, 27, 16, 1, tzinfo=UTC))
    assert (await board(desk))["PAT-R2"]["late"] is True


async def test_what_was_imported_before_there_were_plans_is_an_approved_one(desk: Desk, session: AsyncSession) -> None:
    visit = await make_visit(session, desk.rep, desk.outlets[0], date(2026, 11, 30))
    line = (await board(desk))["PAT-R1"]
    assert (line["status"], line["version"], line["late"]) == ("approved", 0, False)
    (shown,) = line["days"][0]["visits"]
    assert (shown["id"], shown["outlet_code"], shown["expected_at"]) == (str(visit.id), "PAT-0000", None)


async def test_requests_that_nobody_has_decided_are_counted(desk: Desk, session: AsyncSession) -> None:
    await desk.approved((0, MONDAY))
    body = {"changes": [{"from_date": MONDAY, "to_date": TUESDAY}], "reason_code": "fair"}
    for number in range(2):
        request = body | {"id": f"0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3{number}"}
        assert (await desk.as_rep("POST", "/change-requests", request)).status_code == 201
    assert (await board(desk))["PAT-R1"]["open_requests"] == 2


async def test_reps_of_other_territories_are_not_on_it(desk: Desk, session: AsyncSession) -> None:
    await make_rep(session, await make_territory(session, code="ATH"), code="ATH-R1")
    assert set(await board(desk)) == {"PAT-R1", "PAT-R2"}
    assert await board(desk, "&territory_code=ATH") == {}


async def test_a_week_that_there_is_not_is_refused(desk: Desk) -> None:
    answer = await desk.as_supervisor("GET", "/v1/week-plans/board?iso_week=2026-W54")
    assert answer.status_code == 422
    answer = await desk.as_supervisor("GET", "/v1/week-plans/board?iso_week=2027-W53")
    assert answer.json()["errors"][0]["pointer"] == "/query/iso_week"


async def test_it_comes_page_by_page(desk: Desk) -> None:
    first = (await desk.as_supervisor("GET", f"{BOARD}&limit=1")).json()
    assert [line["rep_code"] for line in first["items"]] == ["PAT-R1"]
    second = (await desk.as_supervisor("GET", f"{BOARD}&limit=1&cursor={first['next_cursor']}")).json()
    assert ([line["rep_code"] for line in second["items"]], second["next_cursor"]) == (["PAT-R2"], None)


async def test_fifty_reps_take_as_many_statements_as_two(
    desk: Desk, session: AsyncSession, statements: Statements
) -> None:
    await desk.as_supervisor("PUT", "", plan(desk, (0, MONDAY)))
    await board(desk)
    await statements.taken()
    await board(desk)
    of_two = len(await statements.taken())
    for number in range(10, 18):
        await make_rep(session, desk.territory, code=f"PAT-R{number}")
        path = WEEK.replace("PAT-R1", f"PAT-R{number}")
        answer = await desk.as_supervisor("PUT", path, plan(desk, (1, MONDAY), (2, TUESDAY)))
        assert answer.status_code == 201, answer.text
    await statements.taken()
    assert len(await board(desk)) == 10
    assert len(await statements.taken()) == of_two
