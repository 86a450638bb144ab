"""Use cases of the catalogue. `offers` is on the way of every upload: one statement."""

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.audit.service import AuditKind, Change, ChangeAuthor, Values, earlier_members, record
from app.ground.db.statements import maker_of
from app.ground.db.upserts import Master, upsert_by_code
from app.ground.errors import FieldProblem
from app.ground.web.bodies import said_in_turn
from app.ground.web.upserts import Batch, Upserted
from app.masters.catalogue import inserts, queries
from app.masters.catalogue.models import Product
from app.masters.catalogue.prices import upsert_prices
from app.masters.catalogue.rules import Offer, PriceRow, ProductOnSale, product_after
from app.masters.catalogue.schemas import ProductBody, StockBody, unknown_product

__all__ = [
    "Offer",
    "PriceRow",
    "ProductOnSale",
    "offers",
    "offers_as_of",
    "products_on_sale",
    "stock_times",
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


async def offers_as_of(
    session: AsyncSession, moments: Collection[tuple[Offer, datetime]]
) -> dict[tuple[str, datetime], Offer | None]:
    """Products as they were at moments, by code and moment: name, active, pack size and list price.

    Prices and stock are as given. Only those that were otherwise then: one that is not in the answer was as given.
    None: it was not made yet. By one statement of the audit trail; see `outlets.service.outlets_as_of`.
    """
    given = {(offer.code, at): offer for offer, at in moments}
    members = await earlier_members(session, AuditKind.PRODUCT, given)
    return {moment: None if row is None else _as_of(given[moment], row) for moment, row in members.items()}


def _as_of(offer: Offer, members: Values) -> Offer:
    """The product with the members that it had."""
    return replace(
        offer,
        name=members.get("name", offer.name),
        active=members.get("active", offer.active),
        pack_size=Decimal(members.get("pack_size", offer.pack_size)),
        list_price=Decimal(members.get("list_price", offer.list_price)),
    )


async def products_on_sale(
    session: AsyncSession, most: int, *, first: Collection[str] = (), search: str = ""
) -> list[ProductOnSale]:
    """The active products, by group and name; the first `most` of them.

    `first`: codes of those that come before all others. `search`: what the code or the name has in it, in any case.
    """
    return await queries.products_on_sale(session, most, first, search)


async def stock_times(session: AsyncSession, codes: Collection[str], warehouse_code: str | None) -> dict[str, datetime]:
    """As of when `stock_for` is known of products; of several warehouses as of the oldest figure. One statement."""
    return await queries.stock_times(session, codes, warehouse_code)


async def product_names(session: AsyncSession, codes: Collection[str]) -> dict[str, str]:
    """What each of these products is called; no entry for codes that there are not."""
    return await queries.product_names(session, codes)


async def products_alike(session: AsyncSession, codes: Collection[str], names: Collection[str]) -> dict[str, str]:
    """The names, by code, of products with one of these names, or with one of these codes but for leading zeros."""
    return await queries.products_alike(session, codes, names)


async def upsert_products(
    session: AsyncSession, rows: Sequence[tuple[str, ProductBody]], at: datetime, author: ChangeAuthor
) -> list[Upserted]:
    """Make or change products by code, by a fixed number of statements; each row's fate, in the order given."""
    batch = Batch(rows)
    members = {code: said_in_turn(bodies) for code, bodies in batch.by_key().items()}
    masters = await upsert_by_code(session, PRODUCTS, members, at, product_after)
    changes = (
        Change(AuditKind.PRODUCT, code, master.before, master.after)
        for code, master in masters.items()
        if isinstance(master, Master)
    )
    await record(session, changes, author, at)
    batch.settle_masters(masters)
    return batch.outcomes()


async def upsert_stock(session: AsyncSession, rows: Sequence[StockBody]) -> list[Upserted]:
    """Make or replace stock by warehouse and product. What is older than what stands is rejected, so that files that
    arrive in the wrong order do no harm; likewise what is older than another row of the file.
    """
    batch = Batch([((row.product_code, row.warehouse_code), row) for row in rows])
    products = await inserts.product_ids(session, {row.product_code for row in rows})
    for place, row in list(batch.waiting()):
        if row.product_code not in products:
            batch.reject(place, [unknown_product()])
    latest = [max(reversed(bodies), key=lambda row: row.as_of) for bodies in batch.by_key().values()]
    columns = [row.model_dump(exclude={"product_code"}) | {"product_id": products[row.product_code]} for row in latest]
    changes = await inserts.upsert_stock(session, columns)
    times = await inserts.stock_times(session, products.values())
    for place, row in list(batch.waiting()):
        key = (products[row.product_code], row.warehouse_code)
        if times[key] > row.as_of:
            batch.reject(place, [FieldProblem("/as_of", "stock_older", "A later stock is known already.")])
        else:
            batch.settle(place, created=changes.get(key, False), changed=key in changes)
    return batch.outcomes()
