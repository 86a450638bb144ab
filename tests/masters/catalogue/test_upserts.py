from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import SYSTEM
from app.ground.web.upserts import UpsertStatus
from app.masters.catalogue.models import Price, Stock
from app.masters.catalogue.schemas import PriceBody, StockBody
from app.masters.catalogue.service import upsert_prices, upsert_stock
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

CREATED, UPDATED, UNCHANGED, REJECTED = UpsertStatus
MORNING = datetime(2026, 11, 23, 4, tzinfo=UTC)


def price(product_code: str, amount: str, **fields: Any) -> PriceBody:
    return PriceBody(product_code=product_code, price=Decimal(amount), valid_from=date(2026, 11, 1), **fields)


def stock(product_code: str, quantity: int, as_of: datetime = MORNING, warehouse_code: str = "ATH") -> StockBody:
    return StockBody(warehouse_code=warehouse_code, product_code=product_code, quantity=Decimal(quantity), as_of=as_of)


async def test_prices_are_made_changed_and_left_by_product_place_and_first_day(session: AsyncSession) -> None:
    product = await make_product(session)
    outlet = await make_outlet(session, await make_territory(session))
    places: list[dict[str, Any]] = [{}, {"channel": "kiosk"}, {"outlet_code": outlet.code}]
    made = await upsert_prices(session, [price(product.code, "1.10", **place) for place in places], MORNING, SYSTEM)
    assert [done.status for done in made] == [CREATED, CREATED, CREATED]
    await session.execute(text("UPDATE prices SET changed_in = 1"))
    again = [price(product.code, "1.10", **places[0]), price(product.code, "1.20", **places[1])]
    changed = await upsert_prices(
        session, [*again, price(product.code, "1.10", valid_to=date(2026, 12, 1), **places[2])], MORNING, SYSTEM
    )
    assert [done.status for done in changed] == [UNCHANGED, UPDATED, UPDATED]
    query = select(Price.price, Price.valid_to, Price.changed_in > 1).order_by(Price.price, Price.valid_to.desc())
    assert [tuple(row) for row in await session.execute(query)] == [
        (Decimal("1.1"), None, False),
        (Decimal("1.1"), date(2026, 12, 1), True),
        (Decimal("1.2"), None, True),
    ]


async def test_a_price_of_an_unknown_product_or_outlet_is_rejected_and_the_others_are_taken(
    session: AsyncSession,
) -> None:
    product = await make_product(session)
    done = await upsert_prices(
        session,
        [price("NONE", "1", outlet_code="NOWHERE"), price(product.code, "1"), price(product.code, "2")],
        MORNING,
        SYSTEM,
    )
    assert [row.status for row in done] == [REJECTED, CREATED, CREATED]
    assert [problem.code for problem in done[0].problems] == ["unknown_product", "unknown_outlet"]
    assert (await session.scalars(select(Price.price))).all() == [Decimal(2)], "the later row counts"


async def test_stock_is_replaced_by_what_is_later_and_never_by_what_is_older(session: AsyncSession) -> None:
    product = await make_product(session)
    evening = MORNING.replace(hour=18)
    assert [row.status for row in await upsert_stock(session, [stock(product.code, 10)])] == [CREATED]
    assert [row.status for row in await upsert_stock(session, [stock(product.code, 10)])] == [UNCHANGED]
    assert [row.status for row in await upsert_stock(session, [stock(product.code, 4, evening)])] == [UPDATED]
    late = await upsert_stock(session, [stock(product.code, 10), stock(product.code, 3, MORNING, "PAT")])
    assert [row.status for row in late] == [REJECTED, CREATED]
    assert late[0].problems[0].code == "stock_older"
    rows = await session.execute(select(Stock.warehouse_code, Stock.quantity).order_by(Stock.warehouse_code))
    assert [tuple(row) for row in rows] == [("ATH", Decimal(4)), ("PAT", Decimal(3))]


async def test_nothing_is_upserted_by_no_rows(session: AsyncSession) -> None:
    assert await upsert_prices(session, [], MORNING, SYSTEM) == []
    assert await upsert_stock(session, []) == []
