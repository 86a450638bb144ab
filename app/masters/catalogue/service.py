"""Use cases of the catalogue. `offers` is on the way of every upload: one statement."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import maker_of
from app.ground.db.upserts import upsert_by_code
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Batch, Upserted
from app.masters.catalogue import inserts, queries
from app.masters.catalogue.models import Product
from app.masters.catalogue.rules import Offer, PriceRow, ProductOnSale
from app.masters.catalogue.schemas import PriceBody, ProductBody, StockBody

__all__ = [
    "Offer",
    "PriceRow",
    "ProductOnSale",
    "offers",
    "products_on_sale",
    "upsert_prices",
    "upsert_products",
    "upsert_stock",
]

_PRODUCT_FIELDS = [field.name for field in fields(Offer) if field.name not in {"stock", "prices"}]
_price = maker_of(PriceRow)
PRODUCTS = cast(Table, Product.__table__)


async def offers(
    session: AsyncSession,
    product_codes: Collection[str],
    *,
    outlet_ids: Collection[int],
    trade_channels: Collection[str | None],
) -> dict[str, Offer]:
    """Those of the products that exist, active or not, with stock and the prices of these outlets and channels."""
    rows = await queries.offer_rows(session, product_codes, outlet_ids, [name for name in trade_channels if name])
    prices: dict[str, list[PriceRow]] = {}
    products: dict[str, dict[str, Any]] = {}
    for row in rows:
        code = row["code"]
        if code not in products:
            stock = dict(zip(row["warehouses"] or (), row["quantities"] or (), strict=True))
            products[code] = {name: row[name] for name in _PRODUCT_FIELDS} | {"stock": stock}
            prices[code] = []
        if row["price"] is not None:
            prices[code].append(_price(row))
    return {code: Offer(**product, prices=tuple(prices[code])) for code, product in products.items()}


async def products_on_sale(session: AsyncSession, most: int) -> list[ProductOnSale]:
    """The active products, by group and name; the first `most` of them."""
    return await queries.products_on_sale(session, most)


async def upsert_products(
    session: AsyncSession, rows: Sequence[tuple[str, ProductBody]], at: datetime
) -> list[Upserted]:
    """Make or replace products by code, by a fixed number of statements; each row's fate, in the order given."""
    batch = Batch(rows)
    waiting = list(batch.waiting())
    columns = [body.model_dump() | {"code": rows[place][0]} for place, body in waiting]
    masters = await upsert_by_code(session, PRODUCTS, columns, at)
    for place, _ in waiting:
        master = masters[rows[place][0]]
        batch.settle(place, created=master.created, changed=master.changed, version=master.version)
    return batch.outcomes()


async def upsert_prices(session: AsyncSession, rows: Sequence[PriceBody]) -> list[Upserted]:
    """Make or replace prices by product, channel or outlet, and first day.

    Rows of unknown products and outlets are rejected.
    """
    batch = Batch([((row.product_code, row.channel, row.outlet_code, row.valid_from), row) for row in rows])
    products = await inserts.product_ids(session, {row.product_code for row in rows})
    outlets = await inserts.outlet_ids(session, {row.outlet_code for row in rows if row.outlet_code})
    columns = []
    keys: dict[int, inserts.PriceKey] = {}
    for place, row in batch.waiting():
        product_id, outlet_id = products.get(row.product_code), outlets.get(row.outlet_code or "")
        problems = [] if product_id is not None else [unknown_product()]
        if row.outlet_code is not None and outlet_id is None:
            problems.append(FieldProblem("/outlet_code", "unknown_outlet", "There is no such outlet."))
        if product_id is None or problems:
            batch.reject(place, problems)
            continue
        keys[place] = (product_id, row.channel, outlet_id, row.valid_from)
        columns.append(
            {"product_id": product_id, "channel": row.channel, "outlet_id": outlet_id, "price": row.price}
            | {"valid_from": row.valid_from, "valid_to": row.valid_to}
        )
    changes = await inserts.upsert_prices(session, columns)
    for place, key in keys.items():
        batch.settle(place, created=changes.get(key, False), changed=key in changes)
    return batch.outcomes()


async def upsert_stock(session: AsyncSession, rows: Sequence[StockBody]) -> list[Upserted]:
    """Make or replace stock by warehouse and product. What is older than what stands is rejected, so that files that
    arrive in the wrong order do no harm.
    """
    batch = Batch([((row.product_code, row.warehouse_code), row) for row in rows])
    products = await inserts.product_ids(session, {row.product_code for row in rows})
    columns = []
    for place, row in batch.waiting():
        product_id = products.get(row.product_code)
        if product_id is None:
            batch.reject(place, [unknown_product()])
        else:
            columns.append(row.model_dump(exclude={"product_code"}) | {"product_id": product_id})
    changes = await inserts.upsert_stock(session, columns)
    times = await inserts.stock_times(session, products.values())
    for place, row in list(batch.waiting()):
        key = (products[row.product_code], row.warehouse_code)
        if times[key] > row.as_of:
            batch.reject(place, [FieldProblem("/as_of", "stock_older", "A later stock is known already.")])
        else:
            batch.settle(place, created=changes.get(key, False), changed=key in changes)
    return batch.outcomes()


def unknown_product() -> FieldProblem:
    """What is wrong with a row whose product does not exist."""
    return FieldProblem("/product_code", "unknown_product", "There is no such product.")
