"""Use case of reviews: write down what a person found, and let follow from it what has waited."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.field.risk_signals import service as risk_signals
from app.field.risk_signals.records import ListedSignal, SignalReviewOutcome
from app.ground import clock
from app.ground.db import barrier
from app.motivation.earnings import service as earnings


async def review(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    signal_id: UUID,
    outcome: SignalReviewOutcome,
    comment: str,
    *,
    actor: str,
) -> ListedSignal:
    """Review a doubt, and settle what it is about: the order that it doubts, and the days that it may decide (P4).

    The same review again changes nothing. Raises as `risk_signals.service.review` does.
    """
    subject = await risk_signals.subject_of(session, territory_ids, signal_id)
    await barrier.enter(session, subject.territory_id)
    signal = await risk_signals.review(session, territory_ids, signal_id, outcome, comment, actor=actor)
    at = clock.now()
    if subject.type == "order":
        await earnings.settle_orders(session, {subject.id: subject.business_date}, at)
    if subject.outlet_id is not None:
        await cutoff.settle_late_orders(session, [(subject.outlet_id, subject.business_date)], at)
    return signal
