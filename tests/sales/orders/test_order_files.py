"""Orders as a file: a row for each line of all that match."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web import report_pages
from app.ground.web.access import Role
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from tests.csv_reports import CSV, report_rows
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_user
from tests.factories.orders import MONDAY, make_order
from tests.factories.territories import make_territory
from tests.sales.orders.test_api import outlet, product, rep, territory

__all__ = ["outlet", "product", "rep", "territory"]


@pytest.fixture
async def supervisor(session: AsyncSession, app: FastAPI, territory: Territory) -> dict[str, str]:
    return bearer(app, await make_user(session, Role.SUPERVISOR, territory))


async def rows(api: httpx.AsyncClient, headers: dict[str, str], **query: str) -> list[dict[str, Any]]:
    return await report_rows(api, "/v1/orders", headers, **query)


async def test_a_line_has_what_its_order_says(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: dict[str, str],
    outlet: Outlet,
    rep: Rep,
    product: Product,
) -> None:
    other = await make_product(session)
    warnings = [{"code": "over_stock", "pointer": "/lines/0", "message": "Too much."}] * 2
    order = await make_order(session, outlet, rep=rep, lines=[(product, 12), (other, 6)], warnings=warnings)
    first, second = await rows(api, supervisor)
    assert [first["product_code"], second["product_code"]] == [product.code, other.code]
    assert first == {
        "business_date": "2026-11-23",
        "order_id": str(order.id),
        "outlet_code": outlet.code,
        "outlet_name": outlet.name,
        "rep_code": rep.code,
        "channel": "HANDHELD",
        "status": "accepted",
        "delivery_date": "2026-11-24",
        "product_code": product.code,
        "product_name": product.name,
        "quantity": "12.0000",
        "unit_price": "1.1500",
        "list_price": "1.1500",
        "line_value": "13.8000",
        "total_value": "20.7000",
        "placed_by": f"device:{rep.code}",
        "captured_at": "2026-11-23 09:30:00+00:00",
        "received_at": "2026-11-23 09:31:00+00:00",
        "version": "1",
        "amended_at": "",
        "cancelled_at": "",
        "cancelled_by": "",
        "warnings": "over_stock",
        "comment": "",
    }


async def test_a_file_holds_all_that_match_whatever_a_page_holds(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: dict[str, str],
    outlet: Outlet,
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_pages.read_pages, "__defaults__", (2,))
    orders = [
        await make_order(session, outlet, lines=[(product, 6)], business_date=MONDAY - timedelta(days=days))
        for days in range(5)
    ]
    assert [row["order_id"] for row in await rows(api, supervisor, limit="1")] == [str(order.id) for order in orders]
    (narrowed,) = await rows(api, supervisor, date="2026-11-20")
    assert narrowed["order_id"] == str(orders[3].id)


async def test_an_outlet_that_belongs_to_others_by_now_has_no_name(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: dict[str, str], outlet: Outlet, product: Product
) -> None:
    await make_order(session, outlet, lines=[(product, 6)])
    outlet.territory_id = (await make_territory(session)).id
    await session.flush()
    (row,) = await rows(api, supervisor)
    assert (row["outlet_code"], row["outlet_name"]) == (outlet.code, "")


async def test_more_orders_than_a_file_holds_are_refused_in_words(
    api: httpx.AsyncClient,
    session: AsyncSession,
    supervisor: dict[str, str],
    outlet: Outlet,
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_pages, "MOST_RECORDS", 1)
    for _ in range(2):
        await make_order(session, outlet, lines=[(product, 6)])
    answer = await api.get("/v1/orders", headers=supervisor | CSV)
    assert (answer.status_code, answer.json()["most_records"]) == (413, 1)
    assert (await api.get("/v1/orders", headers=supervisor)).status_code == 200


async def test_a_form_that_looks_like_a_formula_stays_text(
    api: httpx.AsyncClient, session: AsyncSession, supervisor: dict[str, str], outlet: Outlet, product: Product
) -> None:
    await make_order(session, outlet, lines=[(product, 6)], comment="=1+1")
    (row,) = await rows(api, supervisor)
    assert row["comment"] == "'=1+1"
