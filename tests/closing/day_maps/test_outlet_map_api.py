"""A territory's outlets by how their day stands."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import close_day, settle_late_orders
from app.ground.clock import SetClock
from app.ground.web.access import Role, Scope
from app.masters.identity.models import User
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.factories.call_tasks import FIVE
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Headers = dict[str, str]
NOON = FIVE - timedelta(hours=5)


@pytest.fixture(autouse=True)
def noon(the_clock: SetClock) -> None:
    the_clock.move_to(NOON)


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def outlet(session: AsyncSession, territory: Territory) -> Outlet:
    return await make_outlet(session, territory)


@pytest.fixture
async def person(session: AsyncSession, territory: Territory) -> User:
    return await make_user(session, Role.SUPERVISOR, territory)


@pytest.fixture
def supervisor(app: FastAPI, person: User) -> Headers:
    return bearer(app, person)


async def read(api: httpx.AsyncClient, headers: Headers, territory: Territory, **query: str) -> dict[str, Any]:
    answer = await api.get("/v1/outlet-map", params={"territory_code": territory.code} | query, headers=headers)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def the_state(api: httpx.AsyncClient, headers: Headers, territory: Territory, **query: str) -> str:
    (feature,) = (await read(api, headers, territory, **query))["features"]
    state: str = feature["properties"]["state"]
    return state


async def test_an_outlet_is_a_point_with_its_fence_and_its_visits(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep, outlet: Outlet
) -> None:
    visit = await make_visit(session, rep, outlet, sequence=7)
    content = await read(api, supervisor, territory)
    assert (content["type"], content["date"], content["territory_code"]) == (
        "FeatureCollection",
        "2026-11-23",
        territory.code,
    )
    (feature,) = content["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [PATRAS[1], PATRAS[0]]}
    assert feature["properties"] == {
        "outlet_code": outlet.code,
        "outlet_name": outlet.name,
        "state": "planned",
        "ordered": False,
        "flagged": False,
        "radius_m": 80.0,
        "fence": None,
        "visits": [{"id": str(visit.id), "rep_code": rep.code, "sequence": 7, "status": "planned"}],
    }


async def test_an_outlet_without_a_visit_is_not_planned(
    api: httpx.AsyncClient, supervisor: Headers, territory: Territory, outlet: Outlet
) -> None:
    assert await the_state(api, supervisor, territory) == "not_planned"


@pytest.mark.parametrize(("verdict", "state"), [("INSIDE", "verified"), ("OUTSIDE", "unverified")])
async def test_an_arrival_is_shown_by_its_verdict(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: Headers,
    territory: Territory,
    rep: Rep,
    outlet: Outlet,
    verdict: str,
    state: str,
) -> None:
    await make_visit(session, rep, outlet)
    await make_stored_check_in(session, rep, outlet, verdict=verdict)
    assert await the_state(api, supervisor, territory) == state


async def test_a_visit_counts_by_its_reps_check_ins_alone(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep, outlet: Outlet
) -> None:
    await make_visit(session, rep, outlet)
    await make_stored_check_in(session, await make_rep(session, territory), outlet)
    assert await the_state(api, supervisor, territory) == "planned"


async def test_a_planned_visit_is_missed_once_its_day_is_over(
    api: httpx.AsyncClient,
    session: AsyncSession,
    app: FastAPI,
    person: User,
    territory: Territory,
    rep: Rep,
    outlet: Outlet,
    the_clock: SetClock,
) -> None:
    await make_visit(session, rep, outlet)
    the_clock.move_to(FIVE + timedelta(days=1))
    supervisor = bearer(app, person)
    assert await the_state(api, supervisor, territory, date="2026-11-23") == "missed"
    assert await the_state(api, supervisor, territory) == "not_planned"


async def test_an_order_by_any_channel_stands_above_the_visits(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep, outlet: Outlet
) -> None:
    await make_visit(session, rep, outlet)
    await make_order(session, outlet)
    assert await the_state(api, supervisor, territory) == "ordered"


async def test_a_cancelled_order_does_not_count(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, outlet: Outlet
) -> None:
    await make_order(session, outlet, cancelled_at=NOON)
    assert await the_state(api, supervisor, territory) == "not_planned"


async def test_an_outlet_is_flagged_from_the_cutoff_until_a_late_order_settles_it(
    api: httpx.AsyncClient,
    session: AsyncSession,
    app: FastAPI,
    person: User,
    territory: Territory,
    rep: Rep,
    outlet: Outlet,
    the_clock: SetClock,
) -> None:
    await make_visit(session, rep, outlet)
    the_clock.move_to(FIVE + timedelta(minutes=1))
    supervisor = bearer(app, person)
    await close_day(session, territory.id, MONDAY, triggered_by="test")
    assert await the_state(api, supervisor, territory) == "flagged"
    late = FIVE + timedelta(minutes=10)
    the_clock.move_to(late)
    await make_order(session, outlet, captured_at=late, corrected_at=late, received_at=late)
    await settle_late_orders(session, [(outlet.id, MONDAY)], late)
    assert await the_state(api, supervisor, territory) == "ordered"


async def test_an_excuse_takes_the_flag_away(
    api: httpx.AsyncClient,
    session: AsyncSession,
    app: FastAPI,
    person: User,
    territory: Territory,
    rep: Rep,
    outlet: Outlet,
    the_clock: SetClock,
) -> None:
    visit = await make_visit(session, rep, outlet)
    the_clock.move_to(FIVE + timedelta(minutes=1))
    await close_day(session, territory.id, MONDAY, triggered_by="test")
    path = f"/v1/visits/{visit.id}/excuse"
    supervisor = bearer(app, person)
    answer = await api.post(path, json={"reason_code": "rep_ill", "comment": "flu"}, headers=supervisor)
    assert answer.is_success, answer.text
    assert await the_state(api, supervisor, territory) == "excused"


async def test_outlets_without_a_location_are_left_out_and_counted(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, outlet: Outlet
) -> None:
    await make_outlet(session, territory, at=None)
    content = await read(api, supervisor, territory)
    assert [feature["properties"]["outlet_code"] for feature in content["features"]] == [outlet.code]
    assert content["without_location"] == 1


async def test_a_closed_outlet_is_shown_on_the_days_on_which_it_was_to_be_visited(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, territory: Territory, rep: Rep
) -> None:
    closed = await make_outlet(session, territory, active=False)
    await make_visit(session, rep, closed)
    assert len((await read(api, supervisor, territory, date="2026-11-23"))["features"]) == 1
    assert (await read(api, supervisor, territory, date="2026-11-24"))["features"] == []


async def test_another_territory_is_not_found(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: Headers, outlet: Outlet
) -> None:
    elsewhere = await make_territory(session)
    answer = await api.get("/v1/outlet-map", params={"territory_code": elsewhere.code}, headers=supervisor)
    assert answer.status_code == 404


async def test_a_handheld_has_no_map_of_its_territory(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, territory: Territory, rep: Rep
) -> None:
    headers = bearer(app, await make_device(session, rep))
    answer = await api.get("/v1/outlet-map", params={"territory_code": territory.code}, headers=headers)
    assert answer.status_code == 403


async def test_a_client_without_the_scope_of_orders_is_told_of_none(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, territory: Territory, outlet: Outlet
) -> None:
    await make_order(session, outlet)
    headers = bearer(app, await make_client(session, Scope.VISITS_READ))
    assert await the_state(api, headers, territory) == "not_planned"


async def test_a_territory_with_more_outlets_than_a_map_holds_is_refused_in_words(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: Headers,
    territory: Territory,
    outlet: Outlet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_outlet(session, territory)
    monkeypatch.setattr("app.closing.day_maps.service.MOST_OUTLETS", 1)
    answer = await api.get("/v1/outlet-map", params={"territory_code": territory.code}, headers=supervisor)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["type"].rpartition("#")[2], problem["most_outlets"]) == ("too-many-outlets", 1)
    assert problem["detail"].startswith("A map holds 1 outlets")
