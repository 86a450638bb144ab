"""What a handheld is told of its rep's plan."""

from typing import Any

from tests.planning.week_plans.conftest import Desk, plan

MONDAY = "2026-11-30"


async def download(desk: Desk, since: str | None = None) -> dict[str, Any]:
    answer = await desk.as_rep("GET", "/v1/sync" + (f"?since={since}" if since else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_visit_comes_with_the_time_at_which_the_rep_is_expected(desk: Desk) -> None:
    await desk.approved((0, MONDAY))
    (visit,) = (await download(desk))["visits"]
    assert (visit["outlet_code"], visit["sequence"]) == ("PAT-0000", 1)
    assert visit["expected_at"] == "2026-11-30T06:00:00Z"


async def test_a_visit_that_the_plan_no_longer_has_is_to_be_forgotten(desk: Desk) -> None:
    before = await desk.approved((0, MONDAY), (1, MONDAY))
    first = await download(desk)
    assert first["deletions"]["visits"] == []
    await desk.as_supervisor("PUT", "", plan(desk, (1, MONDAY)))
    told = await download(desk, first["token"])
    assert told["deletions"]["visits"] == [before["visits"][0]["id"]]
    assert [(visit["outlet_code"], visit["sequence"]) for visit in told["visits"]] == [("PAT-0001", 1)]


async def test_a_draft_is_not_told(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    assert (await download(desk))["visits"] == []
