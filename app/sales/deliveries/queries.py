"""What a batch of deliveries is judged by: masters by code, orders under lock, what is here already.

A fixed number of statements, each planned once: rows are looked up by the month that they are filed under.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, any_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, maker_of
from app.ground.receipts.forms import RecordKey
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.deliveries.difference_rules import OrderedProduct
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus, OrderToFill
from app.sales.deliveries.rules import DeliveredOutlet, KnownProduct, StandingDelivery
from app.sales.orders.models import Order

_CODES = any_(bindparam("codes", type_=ARRAY(Text)))
_OUTLETS = DirectStatement(select(Outlet.id, Outlet.code, Outlet.territory_id).where(Outlet.code == _CODES))
_PRODUCTS = DirectStatement(select(Product.id, Product.code, Product.list_price).where(Product.code == _CODES))

# Everything that changes an order, or is concluded of it, holds its row: what is read next is what others have left.
# They are locked in the order that they are given in.
_LOCK_ORDERS = DirectStatement(
    text("""
    SELECT locked.id
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT o.id FROM orders AS o WHERE o.business_date = asked.business_date AND o.id = asked.id
        FOR NO KEY UPDATE
    ) AS locked
""")
)

# An order's lines come as arrays: a row an order. OFFSET 0 keeps the look-ups look-ups (decision 17).
_ORDERS = DirectStatement(
    text("""
    SELECT o.business_date, o.id, o.territory_id, o.outlet_id, o.rep_id, o.delivery_date,
        o.cancelled_at IS NOT NULL AS cancelled, o.version > 1 AS changed, terms.party AS terms_party, known.status,
        CASE WHEN known.status IS NULL THEN 0 ELSE (
            SELECT count(*) FROM deliveries WHERE business_date = asked.business_date AND order_id = asked.id
        ) END AS delivery_count,
        lines.products, lines.quantities, lines.prices
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT business_date, id, territory_id, outlet_id, rep_id, delivery_date, cancelled_at, version, corrected_at
        FROM orders WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS o
    CROSS JOIN LATERAL (
        SELECT array_agg(product_id) AS products, array_agg(quantity) AS quantities,
            array_agg(coalesce(list_price, unit_price)) AS prices
        FROM order_lines WHERE business_date = asked.business_date AND order_id = asked.id
    ) AS lines
    LEFT JOIN LATERAL (
        SELECT status FROM fulfilments WHERE business_date = asked.business_date AND order_id = asked.id OFFSET 0
    ) AS known ON true
    LEFT JOIN LATERAL (
        SELECT mismatch_answered_by AS party FROM outlet_terms
        WHERE outlet_id = o.outlet_id AND valid_from <= o.corrected_at ORDER BY version DESC LIMIT 1
    ) AS terms ON true
""")
)

_LOCK_DELIVERIES = DirectStatement(
    text("""
    SELECT locked.id
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT d.id FROM deliveries AS d WHERE d.business_date = asked.business_date AND d.id = asked.id
        FOR NO KEY UPDATE
    ) AS locked
""")
)
_STANDING = DirectStatement(
    text("""
    SELECT d.business_date, d.id, d.order_id, d.territory_id, d.outlet_id, d.version, d.digest,
        ARRAY(
            SELECT earlier.digest FROM delivery_versions AS earlier
            WHERE earlier.business_date = asked.business_date AND earlier.delivery_id = asked.id
        ) AS earlier
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS d
""")
)

_outlet, _product, _standing = maker_of(DeliveredOutlet), maker_of(KnownProduct), maker_of(StandingDelivery)


class ConcludedOrder(NamedTuple):
    """An order, and what was concluded of it; None: nothing yet, so that nothing has been told of it either.

    `delivery_count`: how many deliveries are here of it, those that never were among them.
    """

    order: OrderToFill
    concluded: FulfilmentStatus | None
    delivery_count: int


async def outlets_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, DeliveredOutlet]:
    """Those of the outlets that there are."""
    rows = await _OUTLETS.rows(session, {"codes": list(codes)})
    return {row["code"]: _outlet(row) for row in rows}


async def products_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, KnownProduct]:
    """Those of the products that there are."""
    rows = await _PRODUCTS.rows(session, {"codes": list(codes)})
    return {row["code"]: _product(row) for row in rows}


async def locked_orders(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, ConcludedOrder]:
    """Those of the orders that there are, by id, locked until the transaction ends. Two statements, none without keys.

    The second one reads: it sees what whoever held the locks before has left.
    """
    if not keys:
        return {}
    parameters = _of_keys(keys)
    await _LOCK_ORDERS.rows(session, parameters)
    return {row["id"]: _known_order(row) for row in await _ORDERS.rows(session, parameters)}


async def order_as_it_stands(session: AsyncSession, key: RecordKey) -> ConcludedOrder | None:
    """One order, not locked; None where there is none."""
    rows = await _ORDERS.rows(session, _of_keys([key]))
    return _known_order(rows[0]) if rows else None


async def is_in_sight(session: AsyncSession, sight: Collection[ColumnElement[bool]], key: RecordKey) -> bool:
    """Whether an order lies within `sight` (`sight`)."""
    query = select(Order.id).where(Order.business_date == key[0], Order.id == key[1], *sight)
    return await session.scalar(query) is not None


async def standing_deliveries(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, StandingDelivery]:
    """Deliveries that are here, by id, locked until the transaction ends. Two statements, none without keys.

    The second one reads: whoever held a lock before may have corrected the delivery, and what it said until then is a
    version that no statement sees that began before.
    """
    if not keys:
        return {}
    parameters = _of_keys(keys)
    await _LOCK_DELIVERIES.rows(session, parameters)
    return {row["id"]: _standing(row) for row in await _STANDING.rows(session, parameters)}


def _of_keys(keys: Collection[RecordKey]) -> dict[str, Any]:
    """In one order for all, so that two batches wait for each other in one direction only."""
    in_order: Sequence[RecordKey] = sorted(keys)
    return {"days": [day for day, _ in in_order], "ids": [id_ for _, id_ in in_order]}


def ordered_products(row: Any) -> tuple[OrderedProduct, ...]:
    """The lines of an order that came as arrays."""
    columns = [row[name] or () for name in ("products", "quantities", "prices")]
    return tuple(OrderedProduct(*line) for line in zip(*columns, strict=True))


def _known_order(row: Any) -> ConcludedOrder:
    order = OrderToFill(
        row["business_date"],
        row["id"],
        row["territory_id"],
        row["outlet_id"],
        row["rep_id"],
        row["delivery_date"],
        row["cancelled"],
        row["changed"],
        row["terms_party"],
        ordered_products(row),
    )
    concluded = None if row["status"] is None else FulfilmentStatus(row["status"])
    return ConcludedOrder(order, concluded, row["delivery_count"])
