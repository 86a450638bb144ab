from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.catalogue.models import Price, Stock
from app.masters.catalogue.rules import price_for, stock_for
from app.masters.catalogue.service import offers
from tests.factories.catalogue import make_product
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory

MONDAY = date(2026, 11, 23)


async def test_an_offer_knows_its_stock_over_all_warehouses(session: AsyncSession) -> None:
    product = await make_product(session)
    noon = datetime(2026, 11, 23, tzinfo=UTC)
    for warehouse, quantity in (("A", 5), ("B", 7)):
        session.add(Stock(warehouse_code=warehouse, product_id=product.id, quantity=Decimal(quantity), as_of=noon))
    await session.flush()
    found = await offers(session, [product.code, "UNKNOWN"], outlet_ids=[], trade_channels=[])
    assert {code: stock_for(offer, None) for code, offer in found.items()} == {product.code: Decimal(12)}


async def test_stock_that_nobody_told_is_unknown_and_not_zero(session: AsyncSession) -> None:
    product = await make_product(session)
    assert (await offers(session, [product.code], outlet_ids=[], trade_channels=[None]))[product.code].stock == {}


async def test_an_offer_has_the_prices_of_the_outlets_and_channels_asked_for_and_no_others(
    session: AsyncSession,
) -> None:
    territory = await make_territory(session)
    mine, other = await make_outlet(session, territory), await make_outlet(session, territory)
    product = await make_product(session)
    places: list[dict[str, Any]] = [{"outlet_id": mine.id}, {"outlet_id": other.id}]
    places += [{"channel": "grocery"}, {"channel": "kiosk"}, {}]
    for number, where in enumerate(places):
        session.add(Price(product_id=product.id, price=Decimal(number), valid_from=MONDAY, **where))
    await session.flush()
    offer = (await offers(session, [product.code], outlet_ids=[mine.id], trade_channels=["grocery"]))[product.code]
    assert sorted(row.price for row in offer.prices) == [0, 2, 4]
    assert price_for(offer, mine.id, "grocery", MONDAY) == 0
    assert price_for(offer, other.id, "grocery", MONDAY) == 2
