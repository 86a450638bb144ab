from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.outlets.models import Outlet, OutletLocation, OutletTerms
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.models import Territory
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

CIRCLE: dict[str, Any] = {"lat": 38.2466, "lon": 21.7346, "radius_m": 80.0}
SQUARE: dict[str, Any] = {
    "type": "Polygon",
    "coordinates": [[[21.734, 38.246], [21.736, 38.246], [21.736, 38.248], [21.734, 38.248], [21.734, 38.246]]],
}
TERMS: dict[str, Any] = {
    "order_due_time": "15:30",
    "visits_per_week": "2",
    "min_gap_days": 2,
    "allowed_weekdays": [1, 3],
    "visiting_hours": [{"weekdays": None, "opens": "08:30", "closes": "14:00"}],
    "must_stock": [],
    "min_order_value": "20.00",
    "credit_hold": False,
}


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of an integration client that may read and write masters."""
    return bearer(app, await make_client(session, "master:read", "master:write"))


@pytest.fixture
async def patras(session: AsyncSession) -> Territory:
    return await make_territory(session, code="PAT")


def body(**change: Any) -> dict[str, Any]:
    return {"name": "Mini Market", "territory_code": "PAT", "location": CIRCLE, "terms": TERMS} | change


async def test_an_outlet_is_made_with_its_first_location_and_terms(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory
) -> None:
    made = await api.put("/v1/outlets/O-1", json=body(phone="+30 2610 1", channel="kiosk"), headers=erp)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["location"] == CIRCLE | {"fence": None, "version": 1}
    assert made.json()["terms"] == TERMS
    assert (made.json()["address"], made.json()["active"], made.json()["channel"]) == (None, True, "kiosk")
    assert (await api.get("/v1/outlets/O-1", headers=erp)).json() == made.json()


async def test_the_same_outlet_again_makes_no_version_of_anything(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    first = await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    await session.execute(text("UPDATE outlets SET changed_in = 1"))
    again = await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    assert (again.status_code, again.headers["etag"], again.json()) == (200, '"1"', first.json())
    assert await session.scalar(select(Outlet.changed_in)) == 1


async def test_another_location_makes_a_new_version_and_the_old_one_stays_as_it_was(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    await session.execute(text("UPDATE outlets SET changed_in = 1"))
    moved = await api.put("/v1/outlets/O-1", json=body(location=CIRCLE | {"lat": 38.25}), headers=erp)
    assert (moved.json()["location"]["version"], moved.json()["version"]) == (2, 2)
    versions = (await session.scalars(select(OutletLocation).order_by(OutletLocation.version))).all()
    assert [(row.version, row.lat, row.radius_m) for row in versions] == [(1, 38.2466, 80.0), (2, 38.25, 80.0)]
    assert len((await session.scalars(select(OutletTerms))).all()) == 1
    assert (await session.scalar(select(Outlet.changed_in)) or 0) > 1


async def test_other_terms_make_a_new_terms_version_and_no_location_version(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    patched = await api.patch("/v1/outlets/O-1", json={"terms": {"credit_hold": True}}, headers=erp)
    assert patched.json()["terms"] == TERMS | {"credit_hold": True}
    assert (patched.json()["location"]["version"], patched.json()["version"]) == (1, 2)
    rows = (await session.scalars(select(OutletTerms).order_by(OutletTerms.version))).all()
    assert [(row.version, row.credit_hold) for row in rows] == [(1, False), (2, True)]
    assert (await outlets_by_code(session, ["O-1"]))["O-1"].credit_hold


async def test_location_and_terms_left_out_stay_and_null_means_none_from_now_on(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory
) -> None:
    await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    plain = {"name": "Mini Market", "territory_code": "PAT"}
    kept = await api.put("/v1/outlets/O-1", json=plain, headers=erp)
    assert (kept.json()["location"]["version"], kept.json()["terms"], kept.json()["version"]) == (1, TERMS, 1)
    gone = await api.put("/v1/outlets/O-1", json=plain | {"location": None, "terms": None}, headers=erp)
    assert (gone.json()["location"], gone.json()["terms"]["order_due_time"], gone.json()["version"]) == (None, None, 2)
    back = await api.patch("/v1/outlets/O-1", json={"location": CIRCLE}, headers=erp)
    assert back.json()["location"]["version"] == 2
    patched = await api.patch("/v1/outlets/O-1", json={"location": None}, headers=erp)
    assert patched.json()["location"] is None


async def test_an_outlet_may_stand_nowhere_yet_and_without_terms(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory
) -> None:
    made = await api.put("/v1/outlets/O-1", json={"name": "New", "territory_code": "PAT"}, headers=erp)
    assert (made.status_code, made.json()["location"], made.json()["terms"]) == (201, None, None)


async def test_a_polygon_fence_is_kept_as_it_was_drawn_with_its_centroid_for_maps(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    made = await api.put("/v1/outlets/O-1", json=body(location={"fence": SQUARE}), headers=erp)
    assert made.json()["location"] == {"version": 1, "lat": None, "lon": None, "radius_m": None, "fence": SQUARE}
    outlet = (await outlets_by_code(session, ["O-1"]))["O-1"]
    assert [outlet.lat, outlet.lon] == pytest.approx([38.247, 21.735])
    assert outlet.polygon == SQUARE
    centre = await session.scalar(text("SELECT ST_AsText(centre) FROM outlet_locations"))
    assert centre == f"POINT({outlet.lon!r} {outlet.lat!r})"
    same = await api.put("/v1/outlets/O-1", json=body(location={"fence": SQUARE}), headers=erp)
    assert same.json()["version"] == 1
    circle = await api.patch("/v1/outlets/O-1", json={"location": CIRCLE | {"fence": None}}, headers=erp)
    assert circle.json()["location"] == CIRCLE | {"fence": None, "version": 2}


BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [0.001, 0.001], [0.001, 0], [0, 0.001], [0, 0]]]}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"location": CIRCLE | {"fence": SQUARE}}, "/location"),
        ({"location": {"lat": 38.2, "lon": 21.7}}, "/location"),
        ({"location": {}}, "/location"),
        ({"location": CIRCLE | {"radius_m": 4.9}}, "/location/radius_m"),
        ({"location": CIRCLE | {"radius_m": 5001}}, "/location/radius_m"),
        ({"location": CIRCLE | {"lat": 91}}, "/location/lat"),
        ({"location": CIRCLE | {"lon": "21.7"}}, "/location/lon"),
        ({"location": {"fence": BOW_TIE}}, "/location/fence"),
        ({"location": {"fence": {"type": "Point", "coordinates": [0, 0]}}}, "/location/fence"),
        ({"terms": TERMS | {"order_due_time": "noon"}}, "/terms/order_due_time"),
        ({"terms": TERMS | {"visits_per_week": "0"}}, "/terms/visits_per_week"),
        ({"terms": TERMS | {"allowed_weekdays": [8]}}, "/terms/allowed_weekdays/0"),
        (
            {"terms": TERMS | {"visiting_hours": [{"opens": "14:00", "closes": "08:00"}]}},
            "/terms/visiting_hours/0/closes",
        ),
        ({"terms": TERMS | {"must_stock": [{"product_code": "NONE"}]}}, "/terms/must_stock/0/product_code"),
        ({"terms": TERMS | {"must_stock": [{"product_code": "A"}] * 2}}, "/terms/must_stock"),
        (
            {"terms": TERMS | {"must_stock": [{"product_code": "A", "min_quantity": 0}]}},
            "/terms/must_stock/0/min_quantity",
        ),
        ({"territory_code": "NONE"}, "/territory_code"),
    ],
)
async def test_an_outlet_that_could_not_be_visited_is_refused_and_not_made(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, change: dict[str, Any], pointer: str
) -> None:
    answer = await api.put("/v1/outlets/O-1", json=body(**change), headers=erp)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert (await api.get("/v1/outlets/O-1", headers=erp)).status_code == 404


async def test_known_products_may_be_must_stock(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    product = await make_product(session)
    terms = TERMS | {"must_stock": [{"product_code": product.code, "min_quantity": "6"}]}
    made = await api.put("/v1/outlets/O-1", json=body(terms=terms), headers=erp)
    assert made.json()["terms"]["must_stock"] == terms["must_stock"]


async def test_if_match_guards_an_outlet_and_a_refused_change_leaves_no_version_behind(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    moved = body(location=CIRCLE | {"lat": 38.25})
    stale = await api.put("/v1/outlets/O-1", json=moved, headers=erp | {"If-Match": '"7"'})
    assert stale.status_code == 412
    assert len((await session.scalars(select(OutletLocation))).all()) == 1
    assert (await api.put("/v1/outlets/O-1", json=moved, headers=erp | {"If-None-Match": "*"})).status_code == 412
    assert (await api.put("/v1/outlets/O-1", json=moved, headers=erp | {"If-Match": '"1"'})).status_code == 200


async def test_each_caller_sees_the_outlets_of_its_own_territories(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession, patras: Territory
) -> None:
    mine = await make_outlet(session, patras)
    strange = await make_outlet(session, await make_territory(session))
    device = await make_device(session, await make_rep(session, patras))
    staff = [await make_user(session, role, patras) for role in (Role.SUPERVISOR, Role.OPERATOR)]
    for headers in (bearer(app, device), *(bearer(app, user) for user in staff)):
        assert [item["code"] for item in (await api.get("/v1/outlets", headers=headers)).json()["items"]] == [mine.code]
        assert (await api.get(f"/v1/outlets/{mine.code}", headers=headers)).status_code == 200
        assert (await api.get(f"/v1/outlets/{strange.code}", headers=headers)).status_code == 404
        assert (await api.put(f"/v1/outlets/{mine.code}", json=body(), headers=headers)).status_code == 403


async def test_an_outlet_moves_to_another_territory_and_both_sides_hear_of_it(
    api: httpx.AsyncClient, erp: dict[str, str], patras: Territory, session: AsyncSession
) -> None:
    other = await make_territory(session)
    await api.put("/v1/outlets/O-1", json=body(), headers=erp)
    await session.execute(text("UPDATE outlets SET changed_in = 1"))
    moved = await api.patch("/v1/outlets/O-1", json={"territory_code": other.code}, headers=erp)
    assert (moved.json()["territory_code"], moved.json()["location"]["version"]) == (other.code, 1)
    assert (await session.scalar(select(Outlet.changed_in)) or 0) > 1
