"""The SQL that writes the catalogue: sets of rows, by a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Row,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    literal_column,
    or_,
    select,
    update,
)
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

_PRICE_KEY = ("product_id", "channel", "outlet_id", "valid_from")
_price_rows = recordset(types_of(_PRICES, *_PRICE_KEY, "price", "valid_to"))
_INSERT_PRICES = (
    insert(_PRICES)
    .from_select(
        _price_rows.c.keys(),
        select(*_price_rows.c).order_by(
            _price_rows.c.product_id, _price_rows.c.channel, _price_rows.c.outlet_id, _price_rows.c.valid_from
        ),
    )
    .on_conflict_do_nothing(constraint="uq_prices_product_id_channel_outlet_id_valid_from")
    .returning(*(_PRICES.c[name] for name in _PRICE_KEY))
)
_price_keys = recordset(types_of(_PRICES, *_PRICE_KEY))
_LOCK_PRICES = (
    select(*(_PRICES.c[name] for name in ("id", *_PRICE_KEY, "price", "valid_to")))
    .join(
        _price_keys,
        and_(
            _PRICES.c.product_id == _price_keys.c.product_id,
            _PRICES.c.valid_from == _price_keys.c.valid_from,
            _PRICES.c.channel.is_not_distinct_from(_price_keys.c.channel),
            _PRICES.c.outlet_id.is_not_distinct_from(_price_keys.c.outlet_id),
        ),
    )
    .order_by(_PRICES.c.product_id, _PRICES.c.channel, _PRICES.c.outlet_id, _PRICES.c.valid_from)
    .with_for_update(key_share=True, of=_PRICES)
)
_changed_prices = recordset(types_of(_PRICES, "id", "price", "valid_to"))
_UPDATE_PRICES = (
    update(_PRICES)
    .where(_PRICES.c.id == _changed_prices.c.id)
    .values(price=_changed_prices.c.price, valid_to=_changed_prices.c.valid_to, changed_in=CURRENT_XACT)
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


async def insert_prices(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[PriceKey]:
    """Insert those prices that are not there, by (product, channel, outlet, first day); answers their keys."""
    if not rows:
        return set()
    return {_price_key(row) for row in await session.execute(_INSERT_PRICES, {"rows": as_json(rows)})}


async def locked_prices(session: AsyncSession, keys: Collection[PriceKey]) -> dict[PriceKey, Row[Any]]:
    """Prices as they are (`id`, `price`, `valid_to`), locked until the commit."""
    if not keys:
        return {}
    rows = [dict(zip(_PRICE_KEY, key, strict=True)) for key in keys]
    return {_price_key(row): row for row in await session.execute(_LOCK_PRICES, {"rows": as_json(rows)})}


async def update_prices(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write prices, and their last days, by their ids."""
    if rows:
        await session.execute(_UPDATE_PRICES, {"rows": as_json(rows)})


def _price_key(row: Any) -> PriceKey:
    return row.product_id, row.channel, row.outlet_id, row.valid_from


async def upsert_stock(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[StockKey, bool]:
    """Insert or replace stock by (product, warehouse), unless the stored one is later: those made (True) or changed."""
    result = await session.execute(_UPSERT_STOCK, {"rows": as_json(rows)})
    return {(product, warehouse): is_new for product, warehouse, is_new in result}


async def stock_times(session: AsyncSession, product_ids: Collection[int]) -> dict[StockKey, datetime]:
    """As of when the stock of these products stands, by (product, warehouse)."""
    rows = await session.execute(_STOCK_TIMES, {"ids": list(product_ids)})
    return {(product, warehouse): as_of for product, warehouse, as_of in rows}
