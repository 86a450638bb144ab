"""Use cases of risk signals: reconcile them with what the field recorded, review them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.risk_signals import queries
from app.risk_signals.errors import RiskSignalNotFound, SignalAlreadyReviewed, SignalWithdrawn
from app.risk_signals.field_days import check_ins_around, check_ins_of_days, field_days
from app.risk_signals.queries import Judged
from app.risk_signals.records import ListedSignal, ReviewOutcome
from app.risk_signals.remote_orders import remote_orders
from app.risk_signals.rules import detect, repeated_fixes
from app.risk_signals.signals import FieldEvent, Position, Signal

__all__ = ["FieldEvent", "SequenceJudgement", "reconcile", "review"]


@dataclass(frozen=True, slots=True)
class SequenceJudgement:
    """Whether anything is missing of what a device numbered: a signal, or None where nothing is."""

    device_id: UUID
    signal: Signal | None


async def reconcile(
    session: AsyncSession,
    *,
    territory_id: int,
    rep_id: int,
    recorded: Sequence[FieldEvent],
    positions: Mapping[int, Position],
    sequence: SequenceJudgement | None,
    at: datetime,
) -> None:
    """Let the signals say what the rep's events now say, `recorded` being those that were just added (V6).

    A pure function of the set of events: the days that were touched are judged again from all their events, so the
    order and the splitting of uploads make no difference. Doubts that no longer hold are withdrawn, those that hold
    again stand again; what was reviewed stays. Two statements, or fewer where nothing else can have changed. The caller
    sees to it that no other transaction records events of this rep meanwhile. `positions`: (lat, lon) by outlet id.
    """
    signals: list[Signal] = []
    judged = Judged()
    if any(event.kind == "check_in" or event.lat is not None for event in recorded):
        signals, judged = await _judge_days(session, rep_id, recorded)
    elif recorded:
        signals = await _judge_unplaced_orders(session, rep_id, recorded, positions)
    devices: Collection[UUID] = ()
    if sequence is not None:
        devices = (sequence.device_id,)
        signals += [sequence.signal] if sequence.signal else []
    if signals or judged.days or devices:
        await queries.reconcile(session, territory_id, rep_id, signals, Judged(judged.days, judged.twins, devices), at)


async def _judge_days(
    session: AsyncSession, rep_id: int, recorded: Sequence[FieldEvent]
) -> tuple[list[Signal], Judged]:
    """Every doubt about the days that `recorded` lies on, and about whatever has one of its fixes."""
    days = {event.business_date for event in recorded}
    fixes = {(event.lat, event.lon) for event in recorded if event.lat is not None and event.lon is not None}
    found = await field_days(session, rep_id, days, fixes)
    signals: list[Signal] = []
    for day in days:
        signals += detect([event for event in found.of_days if event.business_date == day])
    signals += remote_orders(found.of_days, found.positions)
    # a new event says nothing about what came more than 30 days before it, nor before it at all
    judged_twins = {event.id for event in found.twins if event.business_date >= min(days)}
    signals += [signal for signal in repeated_fixes(found.twins) if signal.subject_id in judged_twins]
    return signals, Judged(days, judged_twins)


async def _judge_unplaced_orders(
    session: AsyncSession, rep_id: int, orders: Sequence[FieldEvent], positions: Mapping[int, Position]
) -> list[Signal]:
    """Every doubt about new orders without a fix: nothing else can look different because of them."""
    if len(orders) == 1:
        check_ins = await check_ins_around(session, rep_id, orders[0])
    else:
        check_ins = await check_ins_of_days(session, rep_id, {order.business_date for order in orders})
    return detect(orders) + remote_orders([*check_ins, *orders], positions)


async def review(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    signal_id: UUID,
    outcome: ReviewOutcome,
    comment: str,
    *,
    actor: str,
) -> ListedSignal:
    """Write down what a person found; the same review again changes nothing.

    Raises RiskSignalNotFound, SignalAlreadyReviewed for another review, SignalWithdrawn where the doubt is gone.
    """
    signal = await queries.signal_by_id(session, territory_ids, signal_id, lock=True)
    if signal is None:
        raise RiskSignalNotFound
    if signal.reviewed_at is not None:
        if (signal.review_outcome, signal.review_comment) != (outcome.value, comment):
            raise SignalAlreadyReviewed(reviewed_by=signal.reviewed_by, outcome=signal.review_outcome)
        return signal
    if signal.withdrawn_at is not None:
        raise SignalWithdrawn
    await queries.set_review(session, signal_id, outcome.value, comment, actor, clock.now())
    reviewed = await queries.signal_by_id(session, territory_ids, signal_id)
    if reviewed is None:
        raise RiskSignalNotFound
    return reviewed
