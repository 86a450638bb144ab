"""The SQL that writes the catalogue: sets of rows, by a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ARRAY, Boolean, Integer, Table, Text, and_, any_, bindparam, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.base import CURRENT_XACT
from app.ground.db.upserts import as_json, recordset, types_of
from app.masters.catalogue.listings import OUTLETS
from app.masters.catalogue.models import Price, Product, Stock

PriceKey = tuple[int, str | None, int | None, date]
StockKey = tuple[int, str]

# tables, not mapped classes: the ORM's insert knows no ON CONFLICT over a recordset
_PRICES = cast(Table, Price.__table__)
_STOCK = cast(Table, Stock.__table__)

_codes = any_(bindparam("codes", type_=ARRAY(Text)))

_price_rows = recordset(types_of(_PRICES, "product_id", "channel", "outlet_id", "price", "valid_from", "valid_to"))
_price = insert(_PRICES).from_select(
    _price_rows.c.keys(),
    select(*_price_rows.c).order_by(
        _price_rows.c.product_id, _price_rows.c.channel, _price_rows.c.outlet_id, _price_rows.c.valid_from
    ),
)
_UPSERT_PRICES = _price.on_conflict_do_update(
    constraint="uq_prices_product_id_channel_outlet_id_valid_from",
    set_={"price": _price.excluded.price, "valid_to": _price.excluded.valid_to, "changed_in": CURRENT_XACT},
    where=or_(
        _PRICES.c.price.is_distinct_from(_price.excluded.price),
        _PRICES.c.valid_to.is_distinct_from(_price.excluded.valid_to),
    ),
).returning(
    _PRICES.c.product_id,
    _PRICES.c.channel,
    _PRICES.c.outlet_id,
    _PRICES.c.valid_from,
    literal_column("prices.xmax = 0", Boolean).label("is_new"),
)

_stock_rows = recordset(types_of(_STOCK, "product_id", "warehouse_code", "quantity", "as_of"))
_stock = insert(_STOCK).from_select(
    _stock_rows.c.keys(), select(*_stock_rows.c).order_by(_stock_rows.c.product_id, _stock_rows.c.warehouse_code)
)
_UPSERT_STOCK = _stock.on_conflict_do_update(
    index_elements=[_STOCK.c.product_id, _STOCK.c.warehouse_code],
    set_={"quantity": _stock.excluded.quantity, "as_of": _stock.excluded.as_of, "changed_in": CURRENT_XACT},
    where=and_(
        _STOCK.c.as_of <= _stock.excluded.as_of,
        or_(_STOCK.c.as_of < _stock.excluded.as_of, _STOCK.c.quantity != _stock.excluded.quantity),
    ),
).returning(_STOCK.c.product_id, _STOCK.c.warehouse_code, literal_column("stock.xmax = 0", Boolean))
_STOCK_TIMES = select(Stock.product_id, Stock.warehouse_code, Stock.as_of).where(
    Stock.product_id == any_(bindparam("ids", type_=ARRAY(Integer)))
)


async def product_ids(session: AsyncSession, codes: Collection[str]) -> dict[str, int]:
    """The ids of those of the products that exist."""
    rows = await session.execute(select(Product.code, Product.id).where(Product.code == _codes), {"codes": list(codes)})
    return {code: id_ for code, id_ in rows}  # noqa: C416 - a Row is no tuple to mypy


async def outlet_ids(session: AsyncSession, codes: Collection[str]) -> dict[str, int]:
    """The ids of those of the outlets that exist."""
    rows = await session.execute(
        select(OUTLETS.c.code, OUTLETS.c.id).where(OUTLETS.c.code == _codes), {"codes": list(codes)}
    )
    return {code: id_ for code, id_ in rows}  # noqa: C416 - a Row is no tuple to mypy


async def upsert_prices(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[PriceKey, bool]:
    """Insert or replace prices by (product, channel, outlet, first day): those made (True) or changed (False)."""
    result = await session.execute(_UPSERT_PRICES, {"rows": as_json(rows)})
    return {(row.product_id, row.channel, row.outlet_id, row.valid_from): row.is_new for row in result}


async def upsert_stock(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[StockKey, bool]:
    """Insert or replace stock by (product, warehouse), unless the stored one is later: those made (True) or changed."""
    result = await session.execute(_UPSERT_STOCK, {"rows": as_json(rows)})
    return {(product, warehouse): is_new for product, warehouse, is_new in result}


async def stock_times(session: AsyncSession, product_ids: Collection[int]) -> dict[StockKey, datetime]:
    """As of when the stock of these products stands, by (product, warehouse)."""
    rows = await session.execute(_STOCK_TIMES, {"ids": list(product_ids)})
    return {(product, warehouse): as_of for product, warehouse, as_of in rows}
