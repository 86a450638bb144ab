from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders import service
from app.sales.orders.models import NoOrderReason, Order
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_order as make_order_event
from tests.factories.identity import bearer, make_client, make_device, make_user
from tests.factories.orders import MONDAY, make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

YESTERDAY = MONDAY - timedelta(days=1)


@pytest.fixture
async def territory(session: AsyncSession) -> Territory:
    return await make_territory(session)


@pytest.fixture
async def outlet(session: AsyncSession, territory: Territory) -> Outlet:
    return await make_outlet(session, territory)


@pytest.fixture
async def rep(session: AsyncSession, territory: Territory) -> Rep:
    return await make_rep(session, territory)


@pytest.fixture
async def product(session: AsyncSession) -> Product:
    return await make_product(session)


@pytest.fixture
async def erp(session: AsyncSession, app: FastAPI) -> dict[str, str]:
    return bearer(app, await make_client(session, "orders:read"))


async def listed(api: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[str]:
    answer = await api.get("/v1/orders", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return [order["id"] for order in answer.json()["items"]]


def ids(*orders: Order) -> list[str]:
    return [str(order.id) for order in orders]


async def test_an_order_is_shown_whole(
    api: httpx.AsyncClient, session: AsyncSession, erp: dict[str, str], outlet: Outlet, rep: Rep, product: Product
) -> None:
    warning = {"code": "below_min_order", "pointer": "/lines", "message": "Too small.", "min_order_value": "20"}
    order = await make_order(session, outlet, rep=rep, lines=[(product, 12)], warnings=[warning])
    answer = await api.get(f"/v1/orders/{order.id}", headers=erp)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(order.id),
        "channel": "HANDHELD",
        "outlet_code": outlet.code,
        "rep_code": rep.code,
        "business_date": "2026-11-23",
        "captured_at": "2026-11-23T09:30:00Z",
        "received_at": "2026-11-23T09:31:00Z",
        "corrected_at": "2026-11-23T09:30:00Z",
        "trusted": True,
        "delivery_date": "2026-11-24",
        "comment": "",
        "lines": [{"product_code": product.code, "quantity": "12", "unit_price": "1.15", "list_price": "1.15"}],
        "total_value": "13.80",
        "warnings": [warning],
        "placed_by": f"device:{rep.code}",
        "status": "accepted",
        "version": 1,
        "amended_at": None,
        "amended_by": None,
        "cancelled_at": None,
        "cancelled_by": None,
        "cancelled_effective_at": None,
        "first_received_at": None,
        "read_at": None,
    }
    assert (await api.get("/v1/orders", headers=erp)).json()["items"] == [answer.json()]


async def test_orders_are_filtered(
    api: httpx.AsyncClient, session: AsyncSession, erp: dict[str, str], outlet: Outlet, rep: Rep, territory: Territory
) -> None:
    today = await make_order(session, outlet, rep=rep)
    yesterday = await make_order(session, outlet, business_date=YESTERDAY)
    elsewhere = await make_order(session, await make_outlet(session, await make_territory(session)))
    assert await listed(api, erp, date="2026-11-22") == ids(yesterday)
    assert set(await listed(api, erp, **{"from": "2026-11-23"})) == set(ids(today, elsewhere))
    assert await listed(api, erp, to="2026-11-22") == ids(yesterday)
    assert await listed(api, erp, territory_code=territory.code) == ids(today, yesterday)
    assert await listed(api, erp, rep_code=rep.code) == ids(today)
    assert await listed(api, erp, outlet_code=outlet.code, channel="API") == ids(yesterday)
    assert await listed(api, erp, outlet_code="NOWHERE") == []


async def test_orders_are_looked_up_by_how_their_id_begins_within_sight(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet, territory: Territory
) -> None:
    own, other, elsewhere = (UUID(f"019aae0f-8000-7c12-9a51-00000000000{number}") for number in (1, 2, 3))
    await make_order(session, outlet, id=own)
    await make_order(session, outlet, id=other, business_date=YESTERDAY)
    await make_order(session, await make_outlet(session, await make_territory(session)), id=elsewhere)
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, territory))
    assert await listed(api, headers, id_prefix="019AAE0F") == [str(own), str(other)]
    assert await listed(api, headers, id_prefix="019aae0f-8000", limit=1) == [str(own)]
    assert await listed(api, headers, id_prefix="019aae0f-8000", date="2026-11-22") == [str(other)]
    assert await listed(api, headers, id_prefix=str(other)) == [str(other)]
    assert await listed(api, headers, id_prefix=str(elsewhere)) == []


@pytest.mark.parametrize("id_prefix", ["019aae0", "019aae0g", "0" * 33, ""])
async def test_how_an_id_begins_is_told_in_eight_digits_or_more(
    api: httpx.AsyncClient, erp: dict[str, str], id_prefix: str
) -> None:
    assert (await api.get("/v1/orders", params={"id_prefix": id_prefix}, headers=erp)).status_code == 422


async def test_more_of_the_id_is_asked_for_where_too_many_begin_like_that(
    api: httpx.AsyncClient, session: AsyncSession, erp: dict[str, str], outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_BEGINNING", 1)
    for number in range(2):
        await make_order(session, outlet, id=UUID(int=number))
    answer = await api.get("/v1/orders?id_prefix=00000000", headers=erp)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/id_prefix")


async def test_a_device_sees_its_own_reps_orders_alone(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet, rep: Rep, territory: Territory
) -> None:
    own = await make_order(session, outlet, rep=rep)
    others = [
        await make_order(session, outlet, rep=await make_rep(session, territory)),
        await make_order(session, outlet),
    ]
    headers = bearer(app, await make_device(session, rep))
    assert await listed(api, headers) == ids(own)
    assert (await api.get(f"/v1/orders/{own.id}", headers=headers)).status_code == 200
    for other in others:
        assert (await api.get(f"/v1/orders/{other.id}", headers=headers)).status_code == 404


async def test_a_supervisor_sees_the_orders_of_its_own_territories(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet, territory: Territory
) -> None:
    second, strange = await make_territory(session), await make_territory(session)
    own = [
        await make_order(session, outlet),
        await make_order(session, await make_outlet(session, second), business_date=YESTERDAY),
    ]
    other = await make_order(session, await make_outlet(session, strange))
    headers = bearer(app, await make_user(session, Role.SUPERVISOR, territory, second))
    assert await listed(api, headers) == ids(*own)
    assert await listed(api, headers, territory_code=strange.code) == []
    assert (await api.get(f"/v1/orders/{own[1].id}", headers=headers)).status_code == 200
    assert (await api.get(f"/v1/orders/{other.id}", headers=headers)).status_code == 404


async def test_a_supervisor_without_territories_sees_nothing(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet
) -> None:
    order = await make_order(session, outlet)
    headers = bearer(app, await make_user(session, Role.SUPERVISOR))
    assert await listed(api, headers) == []
    assert (await api.get(f"/v1/orders/{order.id}", headers=headers)).status_code == 404


async def test_an_admin_sees_every_order(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet
) -> None:
    order = await make_order(session, outlet)
    assert await listed(api, bearer(app, await make_user(session, Role.ADMIN))) == ids(order)


async def test_clients_without_the_scope_are_turned_away(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI
) -> None:
    caller = await make_client(session, "orders:write")
    for path in ("/v1/orders", f"/v1/orders/{uuid4()}"):
        assert (await api.get(path, headers=bearer(app, caller))).status_code == 403
    assert (await api.get("/v1/orders")).status_code == 401


@pytest.mark.parametrize("narrowed", [False, True])
async def test_pages_hold_every_order_once_while_orders_arrive(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, outlet: Outlet, territory: Territory, narrowed: bool
) -> None:
    before = [
        await make_order(session, outlet, business_date=MONDAY - timedelta(days=number % 3)) for number in range(11)
    ]
    caller = await make_user(session, Role.SUPERVISOR if narrowed else Role.ADMIN, territory)
    url: str | None = "/v1/orders?limit=4"
    seen: list[str] = []
    while url:
        answer = await api.get(url, headers=bearer(app, caller))
        seen += [order["id"] for order in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
        assert (answer.json()["next_cursor"] is None) == (url is None)
        await make_order(session, outlet, business_date=MONDAY + timedelta(days=1))
    newest_first = sorted(before, key=lambda order: (order.business_date, order.id.bytes), reverse=True)
    assert seen == ids(*newest_first)


@pytest.mark.parametrize(
    "query",
    ["date=yesterday", "from=1999-01-01", "channel=PIGEON", "outlet_code=%20", "cursor=abc", "limit=0", "limit=501"],
)
async def test_a_malformed_query_is_a_problem(api: httpx.AsyncClient, erp: dict[str, str], query: str) -> None:
    answer = await api.get(f"/v1/orders?{query}", headers=erp)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/" + query.split("=", maxsplit=1)[0]


async def test_an_unknown_order_is_not_found_and_a_malformed_id_is_a_problem(
    api: httpx.AsyncClient, erp: dict[str, str]
) -> None:
    assert (await api.get(f"/v1/orders/{uuid4()}", headers=erp)).status_code == 404
    assert (await api.get("/v1/orders/abc", headers=erp)).status_code == 422


async def test_active_reasons_are_listed_for_devices_staff_and_clients(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, rep: Rep, territory: Territory
) -> None:
    session.add(NoOrderReason(code="asleep", label="Asleep", active=False))
    await session.flush()
    for caller in (
        await make_device(session, rep),
        await make_user(session, Role.OPERATOR, territory),
        await make_client(session, "master:read"),
    ):
        answer = await api.get("/v1/no-order-reasons", headers=bearer(app, caller))
        codes = [reason["code"] for reason in answer.json()["items"]]
        assert "overstocked" in codes
        assert "asleep" not in codes
    assert (await api.get("/v1/no-order-reasons", headers=bearer(app, await make_client(session)))).status_code == 403


@pytest.mark.parametrize(
    ("list_price", "quantity", "status"),
    [("250000", "4000", 201), ("25", "96385074", 201), ("99999999.9999", "99", 201), ("250000", "40000", 422)],
)
async def test_an_order_that_is_taken_can_be_read_listed_and_cancelled_whatever_its_value(
    api: httpx.AsyncClient,
    app: FastAPI,
    session: AsyncSession,
    outlet: Outlet,
    list_price: str,
    quantity: str,
    status: int,
) -> None:
    product = await make_product(session, list_price=Decimal(list_price), pack_size=Decimal(1))
    client = bearer(app, await make_client(session, "orders:write", "orders:read"))
    form = make_order_event(outlet.code) | {"lines": [{"product_code": product.code, "quantity": quantity}]}
    placed = await api.post("/v1/orders", json=form, headers=client)
    assert placed.status_code == status, placed.text
    if status == 422:
        assert [problem["code"] for problem in placed.json()["errors"]] == ["value_too_large"]
        return
    assert await listed(api, client, outlet_code=outlet.code) == [form["id"]]
    url = f"/v1/orders/{form['id']}"
    assert Decimal((await api.get(url, headers=client)).json()["total_value"]) == Decimal(list_price) * Decimal(
        quantity
    )
    assert (await api.post(f"{url}/cancel", headers=client)).status_code == 200
