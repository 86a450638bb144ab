"""Reps' days over HTTP."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from tests.conftest import MONDAY_NOON
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

Headers = dict[str, str]


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> Headers:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def test_a_line_tells_how_a_reps_day_goes(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    outlets = [await make_outlet(session, territory) for _ in range(3)]
    expected = [MONDAY_NOON + timedelta(minutes=minutes) for minutes in (-60, -30, 0)]
    visits = [
        await make_visit(session, rep, outlet, sequence=number, expected_at=at)
        for number, (outlet, at) in enumerate(zip(outlets, expected, strict=True), start=1)
    ]
    await make_stored_check_in(session, rep, outlets[0], at=expected[0] + timedelta(minutes=5))
    await make_order(session, outlets[0], rep=rep)
    await session.flush()
    answer = await api.get("/v1/rep-days", headers=supervisor)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["items"]
    assert line == {
        "rep_code": rep.code,
        "rep_name": rep.name,
        "territory_code": territory.code,
        "date": "2026-11-23",
        "planned": 3,
        "visited": 1,
        "verified": 1,
        "ordered": 1,
        "without_order": 2,
        "missed_so_far": 1,
        "productive": 1,
        "ad_hoc": 0,
        "excused": 0,
        "dropped": 0,
        "flagged": 0,
        "provisional": 0,
        "last_seen": {
            "at": "2026-11-23T09:05:00Z",
            "outlet_code": outlets[0].code,
            "outlet_name": outlets[0].name,
            "kind": "arrival",
            "verdict": "INSIDE",
            "distance_m": 3.2,
        },
        "next": {
            "visit_id": str(visits[1].id),
            "outlet_code": outlets[1].code,
            "outlet_name": outlets[1].name,
            "expected_at": "2026-11-23T09:30:00Z",
        },
        "progress": {"status": "behind", "minutes": 30},
        "devices": 0,
        "last_sync_at": None,
        "watermark_at": None,
        "open_signals": 0,
        "rejected_events": 0,
        "points": 0,
    }
    assert answer.json()["territories"] == [
        {
            "territory_code": territory.code,
            "time_zone": "Europe/Athens",
            "date": "2026-11-23",
            "working_day": True,
            "cutoff_at": "2026-11-23T15:00:00Z",
            "call_deadline_at": "2026-11-23T17:00:00Z",
            "cutoff_run_id": None,
            "now": "2026-11-23T10:00:00Z",
        }
    ]
