from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.catalogue.models import Price
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

CHOCOLATE: dict[str, Any] = {
    "name": "Milk chocolate 100 g",
    "gtin": "5201234567890",
    "unit": "piece",
    "pack_size": "6",
    "assortment_group": "chocolate",
    "price_segment": "standard",
    "list_price": "1.15",
    "active": True,
}


@pytest.fixture
async def erp(app: FastAPI, session: AsyncSession) -> dict[str, str]:
    """The headers of an integration client that may read and write masters."""
    return bearer(app, await make_client(session, "master:read", "master:write"))


async def test_a_product_is_put_read_and_patched_with_its_decimals_as_strings(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    made = await api.put("/v1/products/CHO-100", json=CHOCOLATE, headers=erp)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json() | CHOCOLATE == made.json()
    same = await api.put("/v1/products/CHO-100", json=CHOCOLATE | {"list_price": 1.15}, headers=erp)
    assert (same.status_code, same.headers["etag"]) == (200, '"1"')
    patched = await api.patch("/v1/products/CHO-100", json={"active": False, "gtin": None}, headers=erp)
    assert (patched.json()["active"], patched.json()["gtin"], patched.json()["version"]) == (False, None, 2)
    assert (await api.get("/v1/products/CHO-100", headers=erp)).json() == patched.json()
    assert (await api.get("/v1/products?active=true", headers=erp)).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"pack_size": "0"}, "/pack_size"),
        ({"pack_size": "-6"}, "/pack_size"),
        ({"list_price": "-1"}, "/list_price"),
        ({"list_price": "1.23456"}, "/list_price"),
        ({"list_price": None}, "/list_price"),
        ({"gtin": "12345"}, "/gtin"),
        ({"name": "x" * 201}, "/name"),
        ({"active": "yes"}, "/active"),
    ],
)
async def test_a_product_that_could_not_be_sold_is_refused(
    api: httpx.AsyncClient, erp: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    answer = await api.put("/v1/products/CHO-100", json=CHOCOLATE | change, headers=erp)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_every_device_and_operator_reads_products_and_none_changes_them(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    territory = await make_territory(session)
    product = await make_product(session)
    device = await make_device(session, await make_rep(session, territory))
    for caller in (device, await make_user(session, Role.OPERATOR, territory)):
        headers = bearer(app, caller)
        assert (await api.get(f"/v1/products/{product.code}", headers=headers)).status_code == 200
        assert (await api.put(f"/v1/products/{product.code}", json=CHOCOLATE, headers=headers)).status_code == 403
    assert (await api.get("/v1/prices", headers=bearer(app, device))).status_code == 403
    assert (await api.get("/v1/products/NONE", headers=bearer(app, device))).status_code == 404


async def test_products_are_searched_by_code_name_and_gtin(
    api: httpx.AsyncClient, session: AsyncSession, erp: dict[str, str]
) -> None:
    await make_product(session, code="NUT-1", name="Nuts 100%", gtin="05201234567890")
    await make_product(session, code="CHO-1", name="Chocolate")
    for search, codes in {"nuts": ["NUT-1"], "cho-": ["CHO-1"], "520123": ["NUT-1"], "0%": ["NUT-1"], "_": []}.items():
        answer = await api.get("/v1/products", params={"search": search}, headers=erp)
        assert [product["code"] for product in answer.json()["items"]] == codes, search


async def test_a_supervisor_reads_the_prices_of_own_outlets_and_of_everyone(
    api: httpx.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    own, other = await make_territory(session), await make_territory(session)
    mine, strange = await make_outlet(session, own), await make_outlet(session, other)
    product = await make_product(session)
    places: list[dict[str, Any]] = [{"outlet_id": mine.id}, {"outlet_id": strange.id}, {"channel": "grocery"}, {}]
    for number, where in enumerate(places):
        row = Price(product_id=product.id, price=Decimal(number), valid_from=date(2026, 11, 1), **where)
        session.add(row)
        await session.flush()
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, own))
    first = (await api.get("/v1/prices?limit=2", headers=headers)).json()
    assert [item["price"] for item in first["items"]] == ["0.00", "2.00"]
    assert first["items"][0]["outlet_code"] == mine.code
    rest = (await api.get(f"/v1/prices?limit=2&cursor={first['next_cursor']}", headers=headers)).json()
    assert [item["price"] for item in rest["items"]] == ["3.00"]
    assert (await api.get(f"/v1/prices?outlet_code={strange.code}", headers=headers)).json()["items"] == []
