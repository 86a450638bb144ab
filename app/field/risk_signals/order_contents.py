"""What doubted orders say and what their outlets ordered before: one statement for any number of orders (O6)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.rows import events_by_id
from app.field.risk_signals.rules.averaged_order import MEAN_OF, EarlierOrder, OrderContent
from app.field.risk_signals.signals import FIRST_ORDERS, FieldEvent
from app.ground.db.statements import DirectStatement

HISTORY_DAYS = 182
"""How far back an outlet's last orders are looked for: what it ordered half a year ago is no habit."""

# Look-ups for each order, by `OFFSET 0` and by aggregates (decision 17): the last four of its outlet before its day, as
# they stand, and the order itself where there are four; then the lines of each, as one text: that costs the driver less
# than sixty rows. The period says which months are read before the statement runs.
_CONTENTS = DirectStatement(
    text("""
    SELECT asked.order_id, made.id, made.business_date, line.quantities, line.pack_sizes
    FROM unnest(CAST(:ids AS uuid[]), CAST(:outlet_ids AS int[]), CAST(:days AS date[]))
        AS asked (order_id, outlet_id, business_date)
    CROSS JOIN LATERAL (
        WITH earlier AS MATERIALIZED (
            SELECT o.id, o.business_date FROM orders AS o
            WHERE o.outlet_id = asked.outlet_id AND o.business_date < asked.business_date
                AND o.business_date >= asked.business_date - CAST(:history_days AS int)
                AND o.business_date BETWEEN :since AND :last AND o.cancelled_at IS NULL
            ORDER BY o.business_date DESC, o.corrected_at DESC, o.id DESC
            LIMIT :mean_of
        )
        SELECT id, business_date FROM earlier WHERE (SELECT count(*) FROM earlier) = :mean_of
        UNION ALL
        SELECT o.id, o.business_date FROM orders AS o
        WHERE (SELECT count(*) FROM earlier) = :mean_of
            AND o.business_date = asked.business_date AND o.id = asked.order_id AND o.cancelled_at IS NULL
            AND o.business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS made
    CROSS JOIN LATERAL (
        SELECT CAST(json_object_agg(product.code, CAST(l.quantity AS text)) AS text) AS quantities,
            CAST(json_object_agg(product.code, CAST(product.pack_size AS text)) AS text) AS pack_sizes
        FROM order_lines AS l
        CROSS JOIN LATERAL (SELECT p.code, p.pack_size FROM products AS p WHERE p.id = l.product_id OFFSET 0) AS product
        WHERE l.business_date = made.business_date AND l.order_id = made.id AND l.business_date BETWEEN :since AND :last
    ) AS line
""")
)

# The rep's own orders that have one of the outlet's that came late among their last four: those of the days of the next
# four orders. Of each of these days no more than are judged beside check-ins (`signals.FIRST_ORDERS`).
_JUDGED_BY = DirectStatement(
    text("""
    SELECT asked.rep_id, o.id, o.business_date
    FROM unnest(CAST(:rep_ids AS int[]), CAST(:outlet_ids AS int[]), CAST(:days AS date[]))
        AS asked (rep_id, outlet_id, business_date)
    CROSS JOIN LATERAL (
        SELECT DISTINCT business_date FROM (
            SELECT o.business_date FROM orders AS o
            WHERE o.outlet_id = asked.outlet_id AND o.business_date > asked.business_date
                AND o.business_date <= asked.business_date + CAST(:history_days AS int)
                AND o.business_date BETWEEN :first AND :last AND o.cancelled_at IS NULL
            ORDER BY o.business_date LIMIT :mean_of
        ) AS next
    ) AS later
    CROSS JOIN LATERAL (
        SELECT o.id, o.business_date FROM orders AS o
        WHERE o.outlet_id = asked.outlet_id AND o.business_date = later.business_date
            AND o.business_date BETWEEN :first AND :last AND o.rep_id = asked.rep_id
        ORDER BY o.corrected_at, o.id LIMIT :most_orders
    ) AS o
""")
)


async def contents_of(session: AsyncSession, orders: Collection[FieldEvent]) -> dict[UUID, OrderContent]:
    """What orders (at least one) say as they stand, with the last four of their outlets before their days; by id.

    Of any channel and any rep; cancelled ones do not count. No entry for an order whose outlet has fewer than four, nor
    for one that was itself cancelled.
    """
    days = [order.business_date for order in orders]
    rows = await _CONTENTS.rows(
        session,
        {
            "ids": [order.id for order in orders],
            "outlet_ids": [order.outlet_id for order in orders],
            "days": days,
            "first": min(days),
            "last": max(days),
            "since": min(days) - timedelta(days=HISTORY_DAYS),
            "history_days": HISTORY_DAYS,
            "mean_of": MEAN_OF,
        },
    )
    histories: dict[UUID, dict[tuple[date, UUID], dict[str, Decimal]]] = {}
    packs: dict[str, Decimal] = {}
    for row in rows:
        histories.setdefault(row["order_id"], {})[row["business_date"], row["id"]] = _decimals(row["quantities"])
        packs |= _decimals(row["pack_sizes"])
    keys = {order.id: (order.business_date, order.id) for order in orders}
    return {id_: _content(key, histories[id_], packs) for id_, key in keys.items() if key in histories.get(id_, ())}


def _decimals(aggregate: str | None) -> dict[str, Decimal]:
    """The quantities within an aggregate; None: an order without lines."""
    return {code: Decimal(quantity) for code, quantity in orjson.loads(aggregate).items()} if aggregate else {}


def _content(
    key: tuple[date, UUID], history: Mapping[tuple[date, UUID], Mapping[str, Decimal]], packs: Mapping[str, Decimal]
) -> OrderContent:
    earlier = sorted((other for other in history if other != key), reverse=True)
    return OrderContent(history[key], [EarlierOrder(id_, day, history[day, id_]) for day, id_ in earlier], packs)


async def orders_judged_by(
    session: AsyncSession, late: Collection[tuple[int, FieldEvent]], today: date
) -> dict[int, list[FieldEvent]]:
    """The orders of later days up to `today`, of the same rep, that are compared with these (rep id, order); by rep.

    At least one is given. Two statements at the most.
    """
    days = [order.business_date for _, order in late]
    parameters: dict[str, Any] = {
        "rep_ids": [rep_id for rep_id, _ in late],
        "outlet_ids": [order.outlet_id for _, order in late],
        "days": days,
        "first": min(days),
        "last": today,
        "history_days": HISTORY_DAYS,
        "mean_of": MEAN_OF,
        "most_orders": FIRST_ORDERS,
    }
    rows = {row["id"]: row for row in await _JUDGED_BY.rows(session, parameters)}
    orders = await events_by_id(session, {id_: row["business_date"] for id_, row in rows.items()})
    by_rep: dict[int, list[FieldEvent]] = {}
    for id_, row in rows.items():
        by_rep.setdefault(row["rep_id"], []).append(orders[id_])
    return by_rep
