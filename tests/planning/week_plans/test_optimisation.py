"""The order of a plan's days, by real worker processes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.planning.week_plans import optimisation
from tests.factories.outlets import make_outlet
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, FRIDAY = "2026-11-30", "2026-12-01", "2026-12-04"


async def test_each_day_is_put_into_the_order_of_the_least_driving(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (4, MONDAY), (1, MONDAY), (3, MONDAY), (2, TUESDAY)))
    before = (await desk.as_rep("GET")).json()
    answer = await desk.as_rep("POST", "/optimise")
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    order = [code for code, day, _ in planned(answer.json()) if day == MONDAY]
    assert order in (sorted(order), sorted(order, reverse=True))
    assert answer.json()["days"][0]["driving_minutes"] < before["days"][0]["driving_minutes"]
    assert planned(answer.json())[-1] == ("PAT-0002", TUESDAY, 1)


async def test_only_the_days_that_are_asked_for_are_touched(desk: Desk) -> None:
    mixed = [(number, day) for day in (MONDAY, TUESDAY) for number in (0, 2, 1)]
    await desk.as_rep("PUT", "", plan(desk, *mixed))
    body = (await desk.as_rep("POST", "/optimise", {"dates": [TUESDAY]})).json()
    assert [code for code, day, _ in planned(body) if day == MONDAY] == ["PAT-0000", "PAT-0002", "PAT-0001"]
    assert [code for code, day, _ in planned(body) if day == TUESDAY] != ["PAT-0000", "PAT-0002", "PAT-0001"]


async def test_an_overfull_day_says_which_visits_it_drops_and_what_they_need(desk: Desk, session: AsyncSession) -> None:
    for number in range(3):
        desk.outlets[number] = await make_outlet(session, desk.territory, terms={"service_minutes": 240})
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY), (2, MONDAY)))
    body = (await desk.as_rep("POST", "/optimise")).json()
    assert len(body["visits"]) == 2
    (told,) = body["unplanned"]
    assert (told["visit_date"], told["code"]) == (MONDAY, "no_time_left")
    # three times four hours and lunch are 3.5 hours more than nine
    assert "240 min" in told["message"]
    assert "210 min longer" in told["message"]


async def test_a_supervisor_optimises_an_approved_plan_and_its_visits_follow(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (2, MONDAY), (1, MONDAY))
    assert (await desk.as_rep("POST", "/optimise")).status_code == 409
    body = (await desk.as_supervisor("POST", "/optimise")).json()
    assert body["status"] == "approved"
    visits = (await desk.as_supervisor("GET", f"/v1/visits?date={MONDAY}")).json()["items"]
    order = [visit["outlet_code"] for visit in sorted(visits, key=lambda visit: visit["sequence"])]
    assert order == [code for code, _, _ in planned(body)] != ["PAT-0000", "PAT-0002", "PAT-0001"]


async def test_a_day_that_has_begun_is_not_optimised(desk: Desk, the_clock: clock.SetClock) -> None:
    await desk.approved((0, MONDAY), (2, MONDAY), (1, MONDAY), (3, FRIDAY))
    the_clock.move_to(datetime(2026, 12, 2, 6, tzinfo=UTC))
    refused = await desk.as_supervisor("POST", "/optimise", {"dates": [MONDAY, "2026-12-09"]})
    assert [problem["code"] for problem in refused.json()["errors"]] == ["frozen_day", "another_week"]
    body = (await desk.as_supervisor("POST", "/optimise")).json()
    assert [code for code, day, _ in planned(body) if day == MONDAY] == ["PAT-0000", "PAT-0002", "PAT-0001"]


async def test_there_is_nothing_to_optimise_where_there_is_no_plan(desk: Desk) -> None:
    assert (await desk.as_rep("POST", "/optimise")).status_code == 404


async def test_nobodys_edit_is_overwritten_by_a_search_that_began_before_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY), (1, MONDAY)))
    really_routed = optimisation.routed

    async def routed(*args: Any) -> Any:
        await desk.as_rep("PUT", "", plan(desk, (3, FRIDAY)))
        return await really_routed(*args)

    monkeypatch.setattr(optimisation, "routed", routed)
    assert (await desk.as_rep("POST", "/optimise")).status_code == 412
    assert [code for code, _, _ in planned((await desk.as_rep("GET")).json())] == ["PAT-0003"]


async def test_a_day_that_begins_while_it_is_searched_through_stays_as_it_stands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved = await desk.approved((0, MONDAY), (2, MONDAY), (1, MONDAY))
    really_routed = optimisation.routed

    async def routed(*args: Any) -> Any:
        the_clock.move_to(datetime(2026, 11, 29, 22, 1, tzinfo=UTC))
        return await really_routed(*args)

    monkeypatch.setattr(optimisation, "routed", routed)
    with clock.fixed(datetime(2026, 11, 29, 21, 59, tzinfo=UTC)) as the_clock:
        assert (await desk.as_supervisor("POST", "/optimise", {"dates": [MONDAY]})).status_code == 412
        assert planned((await desk.as_supervisor("GET")).json()) == planned(approved)
