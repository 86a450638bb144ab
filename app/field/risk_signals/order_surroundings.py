"""The check-ins that decide about an order, and which orders of a day are judged beside check-ins at all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.presence import PRESENCE_LASTS
from app.field.risk_signals.lookups import Day
from app.field.risk_signals.rows import event_of
from app.field.risk_signals.signals import FIRST_ORDERS, NEIGHBOURS, PRESENCE_CHECK_INS, FieldEvent, Position
from app.ground.db.statements import DirectStatement

# What is looked at for an order: whether its rep checked in at the outlet, and of the ten check-ins on each side of it
# the last placed one before it, the first placed one after it (`remote_orders`), and those from the last one at
# another outlet on; more of these where all ten are at this one and of the last two hours (`away_orders`). Nothing is
# said of orders beyond the day's first. OFFSET 0: an order is asked about once, not for each of its rows.
_AROUND_ORDERS = DirectStatement(
    text("""
    SELECT asked.order_id, asked.visited, asked.full_day, near.id, 'check_in' AS kind, near.outlet_id,
        near.business_date, near.captured_at, near.corrected_at, near.trusted, near.clock_changed, near.lat, near.lon,
        near.accuracy_m, near.fix_at, near.mock, near.provider, near.skew_ms, near.clock_doubt, near.device_id,
        near.verdict, near.distance_m, near.kind = 'arrival' AS arrival, outlet.code AS outlet_code,
        place.lat AS outlet_lat, place.lon AS outlet_lon
    FROM (
        SELECT asked.*,
            (
                SELECT true FROM check_ins AS c
                WHERE c.outlet_id = asked.outlet_id AND c.business_date = asked.business_date
                    AND c.business_date BETWEEN :first AND :last AND c.rep_id = asked.rep_id LIMIT 1
            ) AS visited,
            CASE WHEN (
                SELECT coalesce(sum(kept.events), 0) FROM device_days AS kept
                WHERE kept.rep_id = asked.rep_id AND kept.business_date = asked.business_date
            ) + CAST(:asked_orders AS int) > CAST(:most_orders AS int) THEN (
                SELECT true FROM orders AS o WHERE o.rep_id = asked.rep_id AND o.business_date = asked.business_date
                    AND o.business_date BETWEEN :first AND :last
                ORDER BY o.corrected_at, o.id OFFSET :most_orders LIMIT 1
            ) END AS full_day
        FROM unnest(
            CAST(:order_ids AS uuid[]), CAST(:rep_ids AS int[]), CAST(:days AS date[]), CAST(:outlet_ids AS int[]),
            CAST(:times AS timestamptz[])
        ) AS asked (order_id, rep_id, business_date, outlet_id, at)
        OFFSET 0
    ) AS asked
    LEFT JOIN LATERAL (
        WITH before AS MATERIALIZED (
            SELECT c.*, c.lat IS NOT NULL OR c.verdict <> 'NO_FIX' AS with_fix FROM check_ins AS c
            WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last AND c.corrected_at <= asked.at
            ORDER BY c.corrected_at DESC, c.id DESC LIMIT :neighbours
        ), since AS MATERIALIZED (
            SELECT elsewhere_at, placed_at, presence_at, presence_at <= tenth_at AS more
            FROM (
                SELECT coalesce(max(corrected_at) FILTER (WHERE outlet_id <> asked.outlet_id), '-infinity')
                        AS elsewhere_at,
                    max(corrected_at) FILTER (WHERE with_fix) AS placed_at,
                    greatest(
                        max(corrected_at) FILTER (WHERE outlet_id <> asked.outlet_id),
                        asked.at - CAST(:presence_lasts AS interval)
                    ) AS presence_at,
                    CASE WHEN count(*) = CAST(:neighbours AS int) THEN min(corrected_at) END AS tenth_at
                FROM before
            ) AS told
        )
        SELECT before.* FROM before
        WHERE before.corrected_at >= (SELECT least(elsewhere_at, placed_at) FROM since WHERE more IS NOT TRUE)
        UNION ALL
        SELECT longer.* FROM (
            SELECT c.*, false FROM check_ins AS c
            WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                AND c.business_date BETWEEN :first AND :last AND c.corrected_at <= asked.at
                AND (SELECT more FROM since)
            ORDER BY c.corrected_at DESC, c.id DESC LIMIT :presence_check_ins
        ) AS longer WHERE longer.corrected_at >= (SELECT presence_at FROM since)
        UNION ALL
        (
            SELECT after.* FROM (
                SELECT c.*, c.lat IS NOT NULL OR c.verdict <> 'NO_FIX' AS with_fix FROM check_ins AS c
                WHERE c.rep_id = asked.rep_id AND c.business_date = asked.business_date
                    AND c.business_date BETWEEN :first AND :last AND c.corrected_at > asked.at
                ORDER BY c.corrected_at, c.id LIMIT :neighbours
            ) AS after WHERE after.with_fix ORDER BY after.corrected_at, after.id LIMIT 1
        )
    ) AS near ON true
    LEFT JOIN outlets AS outlet ON outlet.id = near.outlet_id
    LEFT JOIN outlets AS own ON own.id = asked.outlet_id
    LEFT JOIN outlet_locations AS place ON place.outlet_id = own.id AND place.version = own.location_version
""")
)

# The last order of a day that is judged beside check-ins, and as many after it as may have been among those before.
_LAST_JUDGED = DirectStatement(
    text("""
    SELECT asked.rep_id, asked.business_date, placed.id, placed.corrected_at
    FROM unnest(CAST(:rep_ids AS int[]), CAST(:days AS date[]), CAST(:orders AS int[]))
        AS asked (rep_id, business_date, orders)
    CROSS JOIN LATERAL (
        SELECT o.id, o.corrected_at FROM orders AS o
        WHERE o.rep_id = asked.rep_id AND o.business_date = asked.business_date
            AND o.business_date BETWEEN :first AND :last
        ORDER BY o.corrected_at, o.id OFFSET CAST(:most_orders AS int) - 1 LIMIT asked.orders + 1
    ) AS placed
    ORDER BY asked.rep_id, asked.business_date, placed.corrected_at, placed.id
""")
)


@dataclass(slots=True)
class AroundOrders:
    """The check-ins that decide about orders, by order id; orders whose outlet was visited; days with too many orders.

    `positions`: (lat, lon) of the orders' outlets by id.
    """

    check_ins: dict[UUID, list[FieldEvent]]
    visited: set[UUID] = field(default_factory=set)
    full: set[Day] = field(default_factory=set)
    positions: dict[int, Position] = field(default_factory=dict)


async def around_orders(session: AsyncSession, orders: Mapping[int, Collection[FieldEvent]]) -> AroundOrders:
    """What decides whether orders (at least one) are doubted beside check-ins; by rep. One statement."""
    asked = [(rep_id, order) for rep_id, of_rep in orders.items() for order in of_rep]
    days = [order.business_date for _, order in asked]
    rows = await _AROUND_ORDERS.rows(
        session,
        {
            "order_ids": [order.id for _, order in asked],
            "rep_ids": [rep_id for rep_id, _ in asked],
            "days": days,
            "outlet_ids": [order.outlet_id for _, order in asked],
            "times": [order.corrected_at for _, order in asked],
            "first": min(days),
            "last": max(days),
            "asked_orders": len(asked),
            "neighbours": NEIGHBOURS,
            "presence_check_ins": PRESENCE_CHECK_INS,
            "presence_lasts": PRESENCE_LASTS,
            "most_orders": FIRST_ORDERS,
        },
    )
    orders_by_id = {order.id: (rep_id, order) for rep_id, order in asked}
    surroundings = AroundOrders({order.id: [] for _, order in asked})
    for row in rows:
        order_id = row["order_id"]
        rep_id, order = orders_by_id[order_id]
        if row["visited"]:
            surroundings.visited.add(order_id)
        if row["full_day"]:
            surroundings.full.add((rep_id, order.business_date))
        if row["outlet_lat"] is not None:
            surroundings.positions[order.outlet_id] = (row["outlet_lat"], row["outlet_lon"])
        if row["id"] is not None:
            surroundings.check_ins[order_id].append(event_of(row))
    return surroundings


async def last_judged(session: AsyncSession, orders: Mapping[Day, int]) -> dict[Day, list[tuple[datetime, UUID]]]:
    """Of days with too many orders, when the last order was that is judged beside check-ins, and its id; by day.

    `orders`: how many are new. After it come as many as may have been judged before these came. One statement.
    """
    days = [day for _, day in orders]
    rows = await _LAST_JUDGED.rows(
        session,
        {
            "rep_ids": [rep_id for rep_id, _ in orders],
            "days": days,
            "orders": list(orders.values()),
            "first": min(days),
            "last": max(days),
            "most_orders": FIRST_ORDERS,
        },
    )
    placed: dict[Day, list[tuple[datetime, UUID]]] = {}
    for row in rows:
        placed.setdefault((row["rep_id"], row["business_date"]), []).append((row["corrected_at"], row["id"]))
    return placed
