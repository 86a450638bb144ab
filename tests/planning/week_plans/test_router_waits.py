"""A router may be slow: while it is asked no transaction is open, and what changes meanwhile is asked about anew."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.consultation import ATTEMPTS
from app.masters.outlets.models import Outlet
from app.planning.routing.travel_times import AreaType, EstimatedTravelTimes, Place, Travel
from tests.conftest import SavepointDatabase
from tests.factories.outlets import make_outlet
from tests.planning.week_plans.conftest import Desk, plan, planned

MONDAY, TUESDAY, FRIDAY = "2026-11-30", "2026-12-01", "2026-12-04"


class SlowRouter(EstimatedTravelTimes):
    """Notes how many transactions are open when it is asked; something may happen while it thinks."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.open_transactions: list[int] = []
        self._meanwhile = meanwhile

    async def between(self, places: Sequence[Place], area: AreaType) -> Travel:
        self.open_transactions.append(SavepointDatabase.open_now)
        if self._meanwhile is not None:
            await self._meanwhile()
        return await super().between(places, area)


async def test_no_transaction_is_open_while_the_router_is_asked(desk: Desk) -> None:
    await desk.approved((0, MONDAY), (1, MONDAY), (2, TUESDAY))
    changes = {"changes": [{"outlet_code": "PAT-0000", "from_date": MONDAY, "to_date": TUESDAY}], "reason_code": "x"}
    request = {"id": str(uuid4()), "changes": [{"outlet_code": "PAT-0001", "from_date": MONDAY, "to_date": FRIDAY}]}
    assert (await desk.as_rep("POST", "/change-requests", request | {"reason_code": "x"})).status_code == 201
    steps: dict[str, tuple[str, str, Any]] = {
        "put": ("PUT", "", plan(desk, (1, MONDAY), (0, MONDAY), (2, TUESDAY))),
        "change": ("POST", "/changes", changes),
        "grant": ("POST", f"/v1/plan-change-requests/{request['id']}/decision", {"decision": "granted"}),
        "optimise": ("POST", "/optimise", None),
        "generate": ("POST", "/generate", None),
    }
    seen: dict[str, set[int]] = {}
    for step, (method, path, body) in steps.items():
        desk.app.state.planner.travel_times = router = SlowRouter()
        answer = await desk.as_supervisor(method, path, body)
        assert answer.status_code == 200, answer.text
        seen[step] = set(router.open_transactions)
    assert seen == {step: {0} for step in steps}


async def test_outlets_that_nobody_has_are_dealt_while_no_transaction_is_open(
    desk: Desk, session: AsyncSession
) -> None:
    await make_outlet(session, desk.territory, terms={"visits_per_week": 1})  # the workers look for themselves
    body = (await desk.as_rep("POST", "/generate")).json()
    assert [note["code"] for note in body["warnings"]][:1] == ["outlets_dealt"]


@pytest.mark.parametrize(("changes", "status"), [(1, 201), (ATTEMPTS, 412)])
async def test_what_changes_while_the_router_thinks_is_asked_about_anew_some_times(
    desk: Desk, session: AsyncSession, changes: int, status: int
) -> None:
    outlet = await make_outlet(session, desk.territory, code="PAT-LONG", name="Shop")
    names = iter([f"Shop {number}" for number in range(changes)])

    async def office() -> None:
        if (name := next(names, None)) is not None:
            await session.execute(update(Outlet).where(Outlet.id == outlet.id).values(name=name))

    desk.app.state.planner.travel_times = SlowRouter(office)
    answer = await desk.as_rep("PUT", "", {"visits": [{"outlet_code": "PAT-LONG", "visit_date": MONDAY}]})
    assert answer.status_code == status
    if status == 201:
        assert planned(answer.json()) == [("PAT-LONG", MONDAY, 1)]
        assert answer.json()["visits"][0]["outlet_name"] == "Shop 0"
    else:
        assert (await desk.as_rep("GET")).status_code == 404


async def test_a_plan_that_is_approved_while_the_router_thinks_is_not_overwritten_by_its_rep(desk: Desk) -> None:
    await desk.as_rep("PUT", "", plan(desk, (0, MONDAY)))
    await desk.as_rep("POST", "/submit")

    async def supervisor() -> None:
        assert (await desk.as_supervisor("POST", "/approve")).status_code == 200

    desk.app.state.planner.travel_times = SlowRouter(supervisor)
    answer = await desk.as_rep("PUT", "", plan(desk, (1, MONDAY)))
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "plan-approved")
    assert planned((await desk.as_rep("GET")).json()) == [("PAT-0000", MONDAY, 1)]
