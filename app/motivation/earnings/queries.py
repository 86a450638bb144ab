"""All SQL of what orders earn and cost after the day: the orders with all that is known of them."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.records import SignalReviewOutcome
from app.motivation.earnings.rules import DUMPING, JudgedOrder

# Whoever concludes about an order next sees what is written here.
_LOCK = text("""
    SELECT o.id FROM unnest(:order_ids, :days) t (order_id, business_date)
    JOIN orders o ON o.business_date = t.business_date AND o.id = t.order_id
    WHERE o.rep_id IS NOT NULL
    ORDER BY o.business_date, o.id FOR NO KEY UPDATE OF o
""").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)), bindparam("days", type_=ARRAY(Date)))
_JUDGED = text("""
    SELECT o.id AS order_id, o.business_date, o.rep_id, ARRAY(
        SELECT s.rule FROM risk_signals s
        WHERE s.rule = ANY(:dumping) AND s.subject_type = 'order' AND s.subject_id = o.id
          AND s.review_outcome = :confirmed AND s.withdrawn_at IS NULL
        ORDER BY s.rule) AS dumped
    FROM unnest(:order_ids, :days) t (order_id, business_date)
    JOIN orders o ON o.business_date = t.business_date AND o.id = t.order_id
    WHERE o.rep_id IS NOT NULL
""").bindparams(
    bindparam("order_ids", type_=ARRAY(Uuid)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("dumping", [rule.value for rule in DUMPING], type_=ARRAY(Text)),
    bindparam("confirmed", SignalReviewOutcome.CONFIRMED.value, type_=Text),
)


async def lock_judged_orders(session: AsyncSession, days: Mapping[UUID, date]) -> list[JudgedOrder]:
    """Orders of reps, by id and business date, locked until the transaction ends. Two statements."""
    parameters = {"order_ids": list(days), "days": list(days.values())}
    await session.execute(_LOCK, parameters)
    rows = await session.execute(_JUDGED, parameters)
    return [JudgedOrder(row.order_id, row.business_date, row.rep_id, tuple(row.dumped)) for row in rows]
