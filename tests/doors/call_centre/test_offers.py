"""What an operator may offer on the phone: products with the outlet's prices, stock, and what it had before."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.call_centre import offers
from app.ground.web.access import Role
from app.masters.catalogue.models import Price, Product, Stock
from app.masters.outlets.models import OutletTerms
from tests.conftest import Statements
from tests.doors.call_centre.test_api import Evening, evening
from tests.factories.call_tasks import make_call_task
from tests.factories.catalogue import make_product
from tests.factories.identity import bearer, make_user
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

__all__ = ["evening"]

Offer = Callable[..., Awaitable[dict[str, Any]]]
SUNDAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
async def offer(api: httpx.AsyncClient, session: AsyncSession, evening: Evening) -> Offer:
    task = await make_call_task(session, evening.outlet)

    async def read(**query: str) -> dict[str, Any]:
        answer = await api.get(f"/v1/call-tasks/{task.id}/offer", params=query, headers=evening.headers)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return read


async def must_keep(session: AsyncSession, evening: Evening, product: Product) -> None:
    """The outlet has agreed to keep six of a product."""
    terms: dict[str, Any] = {"version": 2, "valid_from": SUNDAY, "created_by": "test"}
    must_stock = [{"product_code": product.code, "min_quantity": "6"}]
    session.add(OutletTerms(outlet_id=evening.outlet.id, must_stock=must_stock, **terms))
    evening.outlet.terms_version = 2
    await session.flush()


async def make_price(session: AsyncSession, product: Product, price: str, **fields: Any) -> None:
    session.add(Price(product_id=product.id, price=Decimal(price), valid_from=date(2026, 1, 1), **fields))
    await session.flush()


async def make_stock(session: AsyncSession, product: Product, warehouse: str, quantity: int, as_of: datetime) -> None:
    stock = {"warehouse_code": warehouse, "quantity": Decimal(quantity), "as_of": as_of}
    session.add(Stock(product_id=product.id, **stock))
    await session.flush()


async def test_a_product_comes_with_all_that_an_order_form_needs(
    session: AsyncSession, evening: Evening, offer: Offer
) -> None:
    product, week = evening.product, timedelta(weeks=1)
    await must_keep(session, evening, product)
    await make_stock(session, product, "W1", 100, SUNDAY)
    await make_order(session, evening.outlet, lines=[(product, 24)], business_date=MONDAY - 2 * week)
    await make_order(session, evening.outlet, lines=[(product, 12)], business_date=MONDAY - week)

    body = await offer()

    assert body | {"items": []} == {
        "outlet_code": evening.outlet.code,
        "business_date": "2026-11-23",
        "delivery_date": "2026-11-24",
        "warehouse_code": None,
        "complete": True,
        "items": [],
    }
    assert body["items"] == [
        {
            "product_code": product.code,
            "name": product.name,
            "assortment_group": "chocolate",
            "unit": "piece",
            "pack_size": "6",
            "price": "1.15",
            "stock_quantity": "100",
            "stock_as_of": "2026-11-22T04:00:00Z",
            "must_stock": True,
            "min_quantity": "6",
            "suggested_quantity": "18",
            "last_ordered": {"business_date": "2026-11-16", "quantity": "12"},
        }
    ]


async def test_what_nobody_knows_is_null(evening: Evening, offer: Offer) -> None:
    (item,) = (await offer())["items"]
    unknown = ("stock_quantity", "stock_as_of", "min_quantity", "suggested_quantity", "last_ordered")
    assert (item["must_stock"], {name: item[name] for name in unknown}) == (False, dict.fromkeys(unknown))


async def test_the_price_is_the_outlets_own(session: AsyncSession, evening: Evening, offer: Offer) -> None:
    other = await make_outlet(session, evening.territory)
    await make_price(session, evening.product, "0.90", outlet_id=other.id)
    await make_price(session, evening.product, "1.05", outlet_id=evening.outlet.id)
    assert [item["price"] for item in (await offer())["items"]] == ["1.05"]


async def test_the_stock_is_that_of_the_territorys_warehouse(
    session: AsyncSession, evening: Evening, offer: Offer
) -> None:
    await make_stock(session, evening.product, "W1", 100, SUNDAY)
    await make_stock(session, evening.product, "W2", 7, SUNDAY + timedelta(hours=1))
    (of_all,) = (await offer())["items"]
    evening.territory.warehouse_code = "W2"
    await session.flush()
    (of_its_own,) = (await offer())["items"]
    assert (of_all["stock_quantity"], of_all["stock_as_of"]) == ("107", "2026-11-22T04:00:00Z")
    assert (of_its_own["stock_quantity"], of_its_own["stock_as_of"]) == ("7", "2026-11-22T05:00:00Z")


async def test_what_matters_to_the_outlet_comes_first_and_what_is_not_sold_not_at_all(
    session: AsyncSession, evening: Evening, offer: Offer
) -> None:
    plain = evening.product
    plain.name, plain.assortment_group = "Apple bar", "bars"
    had, must = [await make_product(session, name=name) for name in ("Had before", "Must be there")]
    await make_product(session, active=False)
    await must_keep(session, evening, must)
    await make_order(session, evening.outlet, lines=[(had, 6)], business_date=MONDAY - timedelta(weeks=1))
    codes = [item["product_code"] for item in (await offer())["items"]]
    assert codes == [must.code, had.code, plain.code]


@pytest.mark.parametrize(("search", "hits"), [("nut", 1), ("NUT", 1), ("cho-", 1), ("10%", 1), ("%", 1), ("zz", 0)])
async def test_a_search_looks_into_codes_and_names(
    session: AsyncSession, evening: Evening, offer: Offer, search: str, hits: int
) -> None:
    evening.product.code, evening.product.name = "CHO-1", "Choc"
    await make_product(session, code="X-1", name="Nuts, 10% off")
    assert len((await offer(search=search))["items"]) == hits


async def test_more_than_it_may_hold_is_said(
    session: AsyncSession, evening: Evening, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "MOST_ITEMS", 1)
    assert (await offer())["complete"] is True
    await make_product(session)
    body = await offer()
    assert (len(body["items"]), body["complete"]) == (1, False)


async def test_a_task_of_another_territory_has_no_offer(
    api: httpx.AsyncClient, session: AsyncSession, app: FastAPI, evening: Evening
) -> None:
    elsewhere = await make_territory(session)
    task = await make_call_task(session, await make_outlet(session, elsewhere))
    for task_id in (task.id, uuid4()):
        assert (await api.get(f"/v1/call-tasks/{task_id}/offer", headers=evening.headers)).status_code == 404
    supervisor = bearer(app, await make_user(session, Role.SUPERVISOR, elsewhere))
    assert (await api.get(f"/v1/call-tasks/{task.id}/offer", headers=supervisor)).status_code == 200


async def test_thirty_products_take_as_many_statements_as_one(
    session: AsyncSession, evening: Evening, offer: Offer, statements: Statements
) -> None:
    await make_order(session, evening.outlet, lines=[(evening.product, 6)])
    await offer()
    await statements.taken()
    await offer()
    of_few = len(await statements.taken())
    products = [await make_product(session) for _ in range(30)]
    await make_order(session, evening.outlet, lines=[(product, 6) for product in products])
    await statements.taken()
    await offer()
    assert len(await statements.taken()) == of_few
