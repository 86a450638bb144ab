"""The SQL of the catalogue's single reads and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, column, or_, select, table, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.catalogue.models import Price, Product, Stock

OUTLETS = table("outlets", column("id"), column("code"), column("territory_id"))
"""Outlets are strangers to the catalogue: named by string, like the foreign key of a price."""

_PRICES: Any = (
    select(
        Price.id,
        Product.code.label("product_code"),
        Price.channel,
        OUTLETS.c.code.label("outlet_code"),
        Price.price,
        Price.valid_from,
        Price.valid_to,
    )
    .join(Product, Product.id == Price.product_id)
    .outerjoin(OUTLETS, OUTLETS.c.id == Price.outlet_id)
    .order_by(Product.code, Price.id)
)
_STOCK: Any = (
    select(Stock.warehouse_code, Product.code.label("product_code"), Stock.quantity, Stock.as_of)
    .join(Product, Product.id == Stock.product_id)
    .order_by(Product.code, Stock.warehouse_code)
)


async def product(session: AsyncSession, code: str, *, lock: bool = False) -> Product | None:
    """A product, read anew; locked until the commit where asked for."""
    query = select(Product).where(Product.code == code).execution_options(populate_existing=True)
    if lock:
        query = query.with_for_update(key_share=True)
    return (await session.scalars(query)).one_or_none()


async def product_page(
    session: AsyncSession,
    after: str | None,
    limit: int,
    *,
    active: bool | None = None,
    group: str | None = None,
    search: str | None = None,
) -> Sequence[Product]:
    """Products after a code, one more than `limit`. `search`: what the code, the name or the GTIN has in it."""
    query = select(Product).order_by(Product.code).limit(limit + 1)
    if active is not None:
        query = query.where(Product.active.is_(active))
    if group is not None:
        query = query.where(Product.assortment_group == group)
    if search is not None:
        searched = (Product.code, Product.name, Product.gtin)
        query = query.where(or_(*(field.icontains(search, autoescape=True) for field in searched)))
    if after is not None:
        query = query.where(Product.code > after)
    return (await session.scalars(query)).all()


@dataclass(frozen=True, slots=True)
class PriceFilter:
    """Which prices: those of everyone and of channels, and of outlets within sight (None: all)."""

    sight: frozenset[int] | None
    product_code: str | None = None
    outlet_code: str | None = None
    channel: str | None = None


async def price_page(
    session: AsyncSession, price_filter: PriceFilter, after: Sequence[Any] | None, limit: int
) -> Sequence[Row[Any]]:
    """Prices after (product code, id), one more than `limit`."""
    query = _PRICES.limit(limit + 1)
    if price_filter.sight is not None:
        query = query.where(or_(Price.outlet_id.is_(None), OUTLETS.c.territory_id.in_(price_filter.sight)))
    if price_filter.product_code is not None:
        query = query.where(Product.code == price_filter.product_code)
    if price_filter.outlet_code is not None:
        query = query.where(OUTLETS.c.code == price_filter.outlet_code)
    if price_filter.channel is not None:
        query = query.where(Price.channel == price_filter.channel)
    if after is not None:
        query = query.where(tuple_(Product.code, Price.id) > tuple_(*after))
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows


async def stock_page(
    session: AsyncSession, product_code: str | None, warehouse: str | None, after: Sequence[Any] | None, limit: int
) -> Sequence[Row[Any]]:
    """Stock after (product code, warehouse code), one more than `limit`."""
    query = _STOCK.limit(limit + 1)
    if product_code is not None:
        query = query.where(Product.code == product_code)
    if warehouse is not None:
        query = query.where(Stock.warehouse_code == warehouse)
    if after is not None:
        query = query.where(tuple_(Product.code, Stock.warehouse_code) > tuple_(*after))
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows
