"""The reads of an outlet's past: its last orders, what a suggestion is made of, its turnover."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.sales.orders.queries import lines_of
from app.sales.orders.records import PastOrder
from app.sales.orders.rules import VALUE_LIMIT
from app.sales.orders.suggestion import MEAN_OF

WEEKDAY_HISTORY_DAYS = 182
TURNOVER_DAYS = 28
MOST_TURNOVER = VALUE_LIMIT - Decimal("0.0001")
"""What the column holds; outlets that order more are all phoned first."""

_RECENT = text("""
    SELECT past.id, past.outlet_id, past.business_date, past.channel, past.total_value
    FROM unnest(CAST(:outlet_ids AS int[])) AS asked (outlet_id)
    CROSS JOIN LATERAL (
        SELECT id, outlet_id, business_date, received_at, channel, total_value FROM orders
        WHERE orders.outlet_id = asked.outlet_id AND cancelled_at IS NULL
        ORDER BY business_date DESC, received_at DESC, id DESC
        LIMIT :most
    ) AS past
    ORDER BY past.outlet_id, past.business_date DESC, past.received_at DESC, past.id DESC
""")

# The last few, and the last few of the weekday: whichever of the two the rule takes its mean of.
_BASIS_OF_SUGGESTIONS = text("""
    SELECT DISTINCT past.id, past.outlet_id, past.business_date, past.channel, past.total_value, past.received_at
    FROM unnest(CAST(:outlet_ids AS int[])) AS asked (outlet_id)
    CROSS JOIN LATERAL (
        (
            SELECT id, outlet_id, business_date, received_at, channel, total_value FROM orders
            WHERE orders.outlet_id = asked.outlet_id AND business_date < :before AND cancelled_at IS NULL
            ORDER BY business_date DESC, received_at DESC, id DESC
            LIMIT :most
        ) UNION ALL (
            SELECT id, outlet_id, business_date, received_at, channel, total_value FROM orders
            WHERE orders.outlet_id = asked.outlet_id AND business_date < :before AND business_date >= :since
                AND extract(isodow FROM business_date) = :weekday AND cancelled_at IS NULL
            ORDER BY business_date DESC, received_at DESC, id DESC
            LIMIT :most
        )
    ) AS past
    ORDER BY past.outlet_id, past.business_date DESC, past.received_at DESC, past.id DESC
""")

_WRITE_TURNOVERS = text("""
    INSERT INTO outlet_turnovers AS turnover (outlet_id, value, computed_on)
    SELECT outlet_id, least(sum(total_value), :most), :day FROM orders
    WHERE business_date >= :since AND business_date < :day AND cancelled_at IS NULL
    GROUP BY outlet_id
    ON CONFLICT (outlet_id) DO UPDATE SET value = excluded.value, computed_on = excluded.computed_on
""")
_DROP_OLD_TURNOVERS = text("DELETE FROM outlet_turnovers WHERE computed_on <> :day")


async def last_orders(session: AsyncSession, outlet_ids: Collection[int], most: int) -> dict[int, list[PastOrder]]:
    """Up to `most` orders of each outlet, the newest first, by two statements."""
    rows = await session.execute(_RECENT, {"outlet_ids": list(outlet_ids), "most": most})
    return await _with_lines(session, rows.all())


async def basis_of_suggestions(
    session: AsyncSession, outlet_ids: Collection[int], day: date
) -> dict[int, list[PastOrder]]:
    """Each outlet's orders before a day that a suggestion for it may rest on, the newest first, by two statements."""
    rows = await session.execute(
        _BASIS_OF_SUGGESTIONS,
        {
            "outlet_ids": list(outlet_ids),
            "before": day,
            "since": day - timedelta(days=WEEKDAY_HISTORY_DAYS),
            "weekday": day.isoweekday(),
            "most": MEAN_OF,
        },
    )
    return await _with_lines(session, rows.all())


async def rewrite_turnovers(session: AsyncSession, day: date) -> None:
    """Write what every outlet ordered in the four weeks before `day`; outlets that ordered nothing have no row."""
    await session.execute(
        _WRITE_TURNOVERS, {"day": day, "since": day - timedelta(days=TURNOVER_DAYS), "most": MOST_TURNOVER}
    )
    await session.execute(_DROP_OLD_TURNOVERS, {"day": day})


async def _with_lines(session: AsyncSession, rows: Collection[Row[Any]]) -> dict[int, list[PastOrder]]:
    lines = await lines_of(session, [(row.business_date, row.id) for row in rows])
    orders: dict[int, list[PastOrder]] = {}
    for row in rows:
        order = PastOrder(
            id=row.id,
            outlet_id=row.outlet_id,
            business_date=row.business_date,
            channel=row.channel,
            total_value=row.total_value,
            lines=lines.get(row.id, ()),
        )
        orders.setdefault(row.outlet_id, []).append(order)
    return orders
