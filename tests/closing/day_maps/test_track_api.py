"""Where a rep was to be on a day, and where the phone told to be."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.clock import SetClock
from app.ground.web.access import Role
from app.masters.territories.models import Rep, Territory
from tests.factories.check_ins import TEN, make_stored_check_in
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Headers = dict[str, str]


@pytest.fixture(autouse=True)
def ten(the_clock: SetClock) -> None:
    the_clock.move_to(TEN)


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> Headers:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def read(api: httpx.AsyncClient, headers: Headers, rep: Rep) -> dict[str, Any]:
    answer = await api.get(f"/v1/reps/{rep.code}/tracks/{MONDAY}", headers=headers)
    assert answer.status_code == 200, answer.text
    track: dict[str, Any] = answer.json()
    return track


async def test_stops_come_in_the_order_of_the_plan_with_their_place_and_status(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    second, first = [await make_outlet(session, territory) for _ in range(2)]
    nowhere = await make_outlet(session, territory, at=None)
    visits = [
        await make_visit(session, rep, second, sequence=2),
        await make_visit(session, rep, nowhere, sequence=3),
        await make_visit(session, rep, first, sequence=1, expected_at=TEN),
    ]
    await make_stored_check_in(session, rep, first)
    track = await read(api, supervisor, rep)
    assert (track["territory_code"], track["rep_code"], track["rep_name"]) == (territory.code, rep.code, rep.name)
    assert (track["business_date"], track["time_zone"]) == ("2026-11-23", territory.time_zone)
    assert [stop["outlet_code"] for stop in track["stops"]] == [first.code, second.code, nowhere.code]
    assert track["stops"][0] == {
        "visit_id": str(visits[2].id),
        "sequence": 1,
        "outlet_code": first.code,
        "outlet_name": first.name,
        "lat": PATRAS[0],
        "lon": PATRAS[1],
        "expected_at": "2026-11-23T08:00:00Z",
        "status": "verified",
    }
    assert (track["stops"][2]["lat"], track["stops"][2]["lon"]) == (None, None)


async def test_an_ad_hoc_visit_is_no_stop(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    await make_visit(session, rep, await make_outlet(session, territory), approved_at=None)
    assert (await read(api, supervisor, rep))["stops"] == []


async def test_check_ins_come_in_the_order_of_time_with_fix_and_verdict(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    outlet = await make_outlet(session, territory)
    later = TEN + timedelta(minutes=20)
    await make_stored_check_in(session, rep, outlet, at=later, kind="departure", verdict="UNCERTAIN", p_inside=0.38)
    earlier = await make_stored_check_in(session, rep, outlet)
    track = await read(api, supervisor, rep)
    assert [check_in["kind"] for check_in in track["check_ins"]] == ["arrival", "departure"]
    arrival, departure = track["check_ins"]
    assert (arrival["id"], arrival["outlet_code"], arrival["outlet_name"]) == (
        str(earlier.id),
        outlet.code,
        outlet.name,
    )
    assert (arrival["fix"]["lat"], arrival["fix"]["lon"], arrival["fix"]["accuracy_m"]) == (*PATRAS, 8.5)
    assert (arrival["verdict"]["code"], arrival["verdict"]["distance_m"]) == ("INSIDE", 3.2)
    assert (departure["verdict"]["code"], departure["verdict"]["p_inside"]) == ("UNCERTAIN", 0.38)


async def test_a_position_that_is_forgotten_leaves_its_verdict(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    await make_stored_check_in(session, rep, await make_outlet(session, territory), lat=None, lon=None)
    (check_in,) = (await read(api, supervisor, rep))["check_ins"]
    assert (check_in["fix"], check_in["verdict"]["code"]) == (None, "INSIDE")


async def test_of_an_outlet_out_of_sight_only_the_code_is_told(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep
) -> None:
    foreign = await make_outlet(session, await make_territory(session))
    await make_stored_check_in(session, rep, foreign)
    (check_in,) = (await read(api, supervisor, rep))["check_ins"]
    assert (check_in["outlet_code"], check_in["outlet_name"]) == (foreign.code, None)
    assert (check_in["verdict"]["p_inside"], check_in["verdict"]["distance_m"]) == (None, None)


async def test_an_outlet_that_was_planned_is_told_wherever_it_belongs_by_now(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, rep: Rep
) -> None:
    given_away = await make_outlet(session, await make_territory(session))
    await make_visit(session, rep, given_away)
    await make_stored_check_in(session, rep, given_away)
    track = await read(api, supervisor, rep)
    assert [place["outlet_name"] for place in (*track["stops"], *track["check_ins"])] == 2 * [given_away.name]


async def test_a_device_reads_the_track_of_its_own_rep_alone(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, territory: Territory, rep: Rep
) -> None:
    headers = bearer(app, await make_device(session, rep))
    assert (await read(api, headers, rep))["check_ins"] == []
    colleague = await make_rep(session, territory)
    assert (await api.get(f"/v1/reps/{colleague.code}/tracks/{MONDAY}", headers=headers)).status_code == 404
