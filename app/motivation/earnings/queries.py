"""All SQL of what orders earn and cost after the day: the orders with all that is known of them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, Uuid, and_, bindparam, column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.records import SignalReviewOutcome
from app.motivation.earnings.rules import DUMPING, JudgedOrder
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.models import Fulfilment
from app.sales.orders.models import Order

_given = (
    func.unnest(bindparam("order_ids", type_=ARRAY(Uuid)), bindparam("days", type_=ARRAY(Date)))
    .table_valued(column("order_id", Uuid), column("business_date", Date), name="given")
    .render_derived()
)
_of_reps = and_(Order.business_date == _given.c.business_date, Order.id == _given.c.order_id, Order.rep_id.is_not(None))
# Whoever concludes about an order next sees what is written here.
_LOCK = (
    select(Order.id)
    .join(_given, _of_reps)
    .order_by(Order.business_date, Order.id)
    .with_for_update(of=Order, key_share=True)
)
_dumped = (
    select(func.array_agg(RiskSignal.rule))
    .where(RiskSignal.rule == func.any(bindparam("dumping", [rule.value for rule in DUMPING], type_=ARRAY(Text))))
    .where(RiskSignal.subject_type == "order", RiskSignal.subject_id == Order.id)
    .where(RiskSignal.review_outcome == SignalReviewOutcome.CONFIRMED.value, RiskSignal.withdrawn_at.is_(None))
    .scalar_subquery()
)
_JUDGED: Any = (
    select(
        Order.id,
        Order.business_date,
        Order.rep_id,
        Order.cancelled_at.is_not(None).label("cancelled"),
        _dumped.label("dumped"),
        Fulfilment.status,
        Fulfilment.settled,
        Fulfilment.rep_answers_quantity,
        Fulfilment.rep_answers_price,
    )
    .join(_given, _of_reps)
    .outerjoin(Fulfilment, and_(Fulfilment.business_date == Order.business_date, Fulfilment.order_id == Order.id))
)


async def lock_judged_orders(
    session: AsyncSession, days: Mapping[UUID, date], facts: Mapping[UUID, Mapping[str, Any]]
) -> list[JudgedOrder]:
    """Orders of reps, by id and business date, locked until the transaction ends. Two statements.

    `facts`: what their fulfilments rest on, where that is known.
    """
    parameters = {"order_ids": list(days), "days": list(days.values())}
    await session.execute(_LOCK, parameters)
    return [
        JudgedOrder(
            order_id=row.id,
            business_date=row.business_date,
            rep_id=row.rep_id,
            cancelled=row.cancelled,
            dumped=tuple(sorted(row.dumped or ())),
            status=FulfilmentStatus(row.status) if row.settled else None,
            rep_answers_quantity=bool(row.rep_answers_quantity),
            rep_answers_price=bool(row.rep_answers_price),
            facts=facts.get(row.id),
        )
        for row in await session.execute(_JUDGED, parameters)
    ]
