"""A call for visits that were excused since is needless, and is passed over as soon as nobody holds it (C5, V5)."""

from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import close_day, excuse_visit
from app.field.visits.models import Visit
from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.identity.models import User
from tests.factories.call_tasks import FIVE
from tests.factories.identity import bearer, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit


@dataclass
class ClaimedCall:
    visit: Visit
    task_id: str
    user: User
    operator: dict[str, str]


@pytest.fixture
async def claimed(session: AsyncSession, app: FastAPI, api: httpx.AsyncClient, the_clock: SetClock) -> ClaimedCall:
    """A call that an operator holds, whose visit is excused then."""
    the_clock.move_to(FIVE)
    territory = await make_territory(session)
    visit = await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
    await close_day(session, territory.id, MONDAY, triggered_by="test")
    user = await make_user(session, Role.OPERATOR, territory)
    operator = bearer(app, user)
    task = (await api.post("/v1/call-tasks/claim", headers=operator)).json()
    assert (task["status"], task["excused"]) == ("claimed", False)
    await excuse_visit(session, visit.id, None, reason_code="outlet_closed", comment="", by="user:sofia")
    return ClaimedCall(visit, task["id"], user, operator)


async def test_the_operator_who_holds_the_call_sees_the_excuse(api: httpx.AsyncClient, claimed: ClaimedCall) -> None:
    task = (await api.get(f"/v1/call-tasks/{claimed.task_id}", headers=claimed.operator)).json()
    assert (task["status"], task["excused"]) == ("claimed", True)


async def test_an_excused_call_that_is_given_back_is_cancelled(api: httpx.AsyncClient, claimed: ClaimedCall) -> None:
    task = (await api.post(f"/v1/call-tasks/{claimed.task_id}/release", headers=claimed.operator)).json()
    assert (task["status"], task["order_id"]) == ("cancelled", None)


async def test_an_excused_call_whose_claim_lapsed_goes_to_nobody(
    app: FastAPI, api: httpx.AsyncClient, claimed: ClaimedCall, the_clock: SetClock
) -> None:
    the_clock.move_to(FIVE + timedelta(minutes=15))
    later = bearer(app, claimed.user)
    assert (await api.post("/v1/call-tasks/claim", headers=later)).status_code == 204
    task = (await api.get(f"/v1/call-tasks/{claimed.task_id}", headers=later)).json()
    assert task["status"] == "cancelled"
