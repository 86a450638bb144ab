from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.outlets.models import Outlet, OutletLocation
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.models import Territory
from tests.factories.identity import bearer, make_device, make_user
from tests.factories.outlets import PATRAS, make_outlet
from tests.factories.territories import make_rep, make_territory


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def outlet(session: AsyncSession, territory: Territory) -> Outlet:
    return await make_outlet(session, territory, radius_m=60.0)


@pytest.fixture
async def device(app: FastAPI, session: AsyncSession, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_device(session, await make_rep(session, territory)))


@pytest.fixture
async def supervisor(app: FastAPI, session: AsyncSession, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


def form(**change: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "lat": 38.2480, "lon": PATRAS[1], "comment": "moved"} | change


async def propose(api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], **change: Any) -> dict[str, Any]:
    answer = await api.post(f"/v1/outlets/{outlet.code}/location-proposals", json=form(**change), headers=device)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def decide(
    api: httpx.AsyncClient, proposal_id: str, headers: dict[str, str], decision: str = "approved"
) -> httpx.Response:
    url = f"/v1/location-proposals/{proposal_id}/decision"
    return await api.post(url, json={"decision": decision, "comment": "seen"}, headers=headers)


async def test_a_proposal_waits_and_tells_how_far_it_is_from_what_stands(
    api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], supervisor: dict[str, str], session: AsyncSession
) -> None:
    proposal = await propose(api, outlet, device)
    assert (proposal["status"], proposal["radius_m"], proposal["evidence"]["location_version"]) == ("open", 60.0, 1)
    assert proposal["evidence"]["distance_m"] == pytest.approx(155.4, abs=0.5)
    listed = (await api.get("/v1/location-proposals?status=open", headers=supervisor)).json()["items"]
    assert listed == [proposal]
    assert (await api.get("/v1/location-proposals?status=approved", headers=supervisor)).json()["items"] == []
    assert await session.scalar(select(Outlet.location_version).where(Outlet.id == outlet.id)) == 1


async def test_the_same_proposal_again_is_answered_like_the_first_and_another_under_its_id_is_a_conflict(
    api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], supervisor: dict[str, str]
) -> None:
    body = form()
    url = f"/v1/outlets/{outlet.code}/location-proposals"
    first = await api.post(url, json=body, headers=device)
    again = await api.post(url, json=body, headers=device)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    other = await api.post(url, json=body | {"lat": 38.2}, headers=device)
    assert other.status_code == 409
    assert len((await api.get("/v1/location-proposals", headers=supervisor)).json()["items"]) == 1


async def test_a_rep_proposes_for_outlets_of_its_own_territory_alone(
    api: httpx.AsyncClient, device: dict[str, str], supervisor: dict[str, str], outlet: Outlet, session: AsyncSession
) -> None:
    strange = await make_outlet(session, await make_territory(session))
    for code in (strange.code, "NONE"):
        answer = await api.post(f"/v1/outlets/{code}/location-proposals", json=form(), headers=device)
        assert answer.status_code == 404
    answer = await api.post(f"/v1/outlets/{outlet.code}/location-proposals", json=form(), headers=supervisor)
    assert answer.status_code == 403


async def test_an_approval_makes_a_new_location_version_and_the_old_one_stays(
    api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], supervisor: dict[str, str], session: AsyncSession
) -> None:
    proposal = await propose(api, outlet, device, radius_m=40.0)
    await session.execute(text("UPDATE outlets SET changed_in = 1"))
    answer = await decide(api, proposal["id"], supervisor)
    assert (answer.status_code, answer.json()["status"], answer.json()["location_version"]) == (200, "approved", 2)
    assert answer.json()["decision_comment"] == "seen"
    versions = (await session.scalars(select(OutletLocation).order_by(OutletLocation.version))).all()
    assert [(row.version, row.lat, row.radius_m) for row in versions] == [(1, PATRAS[0], 60.0), (2, 38.2480, 40.0)]
    now = (await outlets_by_code(session, [outlet.code]))[outlet.code]
    assert (now.location_version, now.lat, now.radius_m) == (2, 38.2480, 40.0)
    version, changed_in = (await session.execute(select(Outlet.version, Outlet.changed_in))).one()
    assert version == 2
    assert changed_in > 1


async def test_the_first_decision_stands(
    api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], supervisor: dict[str, str], session: AsyncSession
) -> None:
    proposal = await propose(api, outlet, device)
    first = await decide(api, proposal["id"], supervisor, "rejected")
    again = await decide(api, proposal["id"], supervisor, "rejected")
    assert (first.json()["status"], again.status_code, again.json()) == ("rejected", 200, first.json())
    assert (await decide(api, proposal["id"], supervisor, "approved")).status_code == 409
    assert await session.scalar(select(Outlet.location_version)) == 1


async def test_a_proposal_is_decided_once_for_the_outbox_too(
    api: httpx.AsyncClient, outlet: Outlet, device: dict[str, str], supervisor: dict[str, str], session: AsyncSession
) -> None:
    proposal = await propose(api, outlet, device)
    await decide(api, proposal["id"], supervisor)
    await decide(api, proposal["id"], supervisor)
    told = (await session.execute(text("SELECT type, payload->>'outlet_code' FROM events"))).all()
    assert [tuple(row) for row in told] == [("location_proposal.approved", outlet.code)]


async def test_a_supervisor_of_another_territory_sees_and_decides_nothing_of_it(
    api: httpx.AsyncClient, app: FastAPI, outlet: Outlet, device: dict[str, str], session: AsyncSession
) -> None:
    proposal = await propose(api, outlet, device)
    stranger = bearer(app, await make_user(session, Role.SUPERVISOR, await make_territory(session)))
    assert (await api.get("/v1/location-proposals", headers=stranger)).json()["items"] == []
    assert (await decide(api, proposal["id"], stranger)).status_code == 404
    assert (await decide(api, str(uuid4()), stranger)).status_code == 404
    assert (await decide(api, proposal["id"], device)).status_code == 403


async def test_an_outlet_without_a_location_gets_its_first_one_by_a_proposal(
    api: httpx.AsyncClient,
    device: dict[str, str],
    supervisor: dict[str, str],
    territory: Territory,
    session: AsyncSession,
) -> None:
    nowhere = await make_outlet(session, territory, at=None)
    proposal = await propose(api, nowhere, device)
    assert (proposal["radius_m"], proposal["evidence"]) == (80.0, {"location_version": 0, "distance_m": None})
    assert (await decide(api, proposal["id"], supervisor)).json()["location_version"] == 1
    page = (await api.get("/v1/location-proposals?limit=1", headers=supervisor)).json()
    assert (len(page["items"]), page["next_cursor"]) == (1, None)
