"""All SQL of the catalogue."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, and_, any_, bindparam, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, records_of
from app.masters.catalogue.models import Price, Product, Stock
from app.masters.catalogue.rules import ProductOnSale

_stock = (
    select(func.array_agg(Stock.warehouse_code).label("warehouses"), func.array_agg(Stock.quantity).label("quantities"))
    .where(Stock.product_id == Product.id)
    .lateral("in_stock")
)
_OFFERS = DirectStatement(
    select(
        Product.id.label("product_id"),
        Product.code,
        Product.name,
        Product.pack_size,
        Product.active,
        Product.list_price,
        _stock.c.warehouses,
        _stock.c.quantities,
        Price.channel.label("trade_channel"),
        Price.outlet_id,
        Price.price,
        Price.valid_from,
        Price.valid_to,
    )
    .select_from(Product)
    .outerjoin(_stock, true())
    .outerjoin(
        Price,
        and_(
            Price.product_id == Product.id,
            or_(
                and_(Price.channel.is_(None), Price.outlet_id.is_(None)),
                and_(Price.channel == any_(bindparam("channels", type_=ARRAY(Text))), Price.outlet_id.is_(None)),
                and_(Price.channel.is_(None), Price.outlet_id == any_(bindparam("outlet_ids", type_=ARRAY(Integer)))),
            ),
        ),
    )
    .where(Product.code == any_(bindparam("codes", type_=ARRAY(Text))))
)


async def offer_rows(
    session: AsyncSession, codes: Collection[str], outlet_ids: Collection[int], channels: Collection[str]
) -> list[Any]:
    """One row for each product and price of it (one with no price where it has none)."""
    parameters = {"codes": list(codes), "outlet_ids": list(outlet_ids), "channels": list(channels)}
    return await _OFFERS.rows(session, parameters)


async def products_on_sale(
    session: AsyncSession, most: int, first: Collection[str] = (), search: str = ""
) -> list[ProductOnSale]:
    """The active products, by group and name; the first `most` of them.

    `first`: codes of those that come before all others. `search`: what the code or the name has in it, in any case.
    """
    columns = (
        Product.code,
        Product.name,
        Product.assortment_group.label("group"),
        Product.unit,
        Product.pack_size,
    )
    query = select(*columns).where(Product.active)
    if first:
        query = query.order_by((Product.code == any_(bindparam("first", sorted(first), type_=ARRAY(Text)))).desc())
    query = query.order_by(Product.assortment_group, Product.name, Product.code)
    if search:
        query = query.where(
            or_(Product.code.icontains(search, autoescape=True), Product.name.icontains(search, autoescape=True))
        )
    return records_of(ProductOnSale, await session.execute(query.limit(most)))


async def stock_times(session: AsyncSession, codes: Collection[str], warehouse_code: str | None) -> dict[str, datetime]:
    """As of when the stock of products is known, of one warehouse, or of all (None): then of the oldest figure."""
    named = bindparam("codes", sorted(codes), type_=ARRAY(Text))
    times = select(Product.code, func.min(Stock.as_of)).join(Stock, Stock.product_id == Product.id)
    if warehouse_code is not None:
        times = times.where(Stock.warehouse_code == warehouse_code)
    rows = await session.execute(times.where(Product.code == any_(named)).group_by(Product.code))
    return {code: as_of for code, as_of in rows}  # noqa: C416 # rows are no pairs to the type checker


async def product_names(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """What each of these products is called."""
    named = bindparam("codes", sorted(codes), type_=ARRAY(Text))
    rows = await session.execute(select(Product.code, Product.name).where(Product.code == any_(named)))
    return {code: name for code, name in rows}  # noqa: C416 # rows are no pairs to the type checker


async def products_alike(session: AsyncSession, codes: Collection[str], names: Collection[str]) -> dict[str, str]:
    """The names, by code, of products with one of these names, or with one of these codes but for leading zeros."""
    without_zeros = bindparam("codes", sorted({code.lstrip("0") for code in codes}), type_=ARRAY(Text))
    like = or_(
        Product.name == any_(bindparam("names", sorted(names), type_=ARRAY(Text))),
        func.ltrim(Product.code, "0") == any_(without_zeros),
    )
    rows = await session.execute(select(Product.code, Product.name).where(like).order_by(Product.code).limit(1_000))
    return {code: name for code, name in rows}  # noqa: C416
