"""Use cases of reviews: write down what a person found, and let follow from it what has waited."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.field.risk_signals import service as risk_signals
from app.field.risk_signals.errors import RiskSignalNotFound
from app.field.risk_signals.records import ListedSignal
from app.field.risk_signals.review_rules import ReviewResult, SignalReview
from app.ground import clock
from app.ground.db import barrier
from app.motivation.earnings import service as earnings


async def review(
    session: AsyncSession, territory_ids: Collection[int] | None, said: SignalReview, *, actor: str
) -> ListedSignal:
    """Review a doubt, and settle what it is about (P4): the signal as it stands.

    The same review again changes nothing. Raises RiskSignalNotFound, SignalAlreadyReviewed for another review,
    SignalWithdrawn where the doubt is gone.
    """
    (result,) = await review_all(session, territory_ids, [said], actor=actor)
    if result.signal is None:
        raise result.problem or RiskSignalNotFound
    return result.signal


async def review_all(
    session: AsyncSession, territory_ids: Collection[int] | None, reviews: Sequence[SignalReview], *, actor: str
) -> list[ReviewResult]:
    """Review doubts, and settle what they are about: the orders that they doubt, and the days that they may decide.

    What became of each review, in the order given: one that does not count costs no other. A fixed number of
    statements, however many there are.
    """
    subjects = await risk_signals.subjects_of(session, territory_ids, {review.signal_id for review in reviews})
    if subjects:
        await barrier.enter_all(session, {subject.territory_id for subject in subjects.values()})
    results = await risk_signals.review_all(session, territory_ids, reviews, actor=actor)
    settled = [subjects[result.signal.id] for result in results if result.signal is not None]
    at = clock.now()
    orders = {subject.id: subject.business_date for subject in settled if subject.type == "order"}
    if orders:
        await earnings.settle_orders(session, orders, at)
    outlet_days = {(subject.outlet_id, subject.business_date) for subject in settled if subject.outlet_id is not None}
    await cutoff.settle_late_orders(session, outlet_days, at)
    return results
