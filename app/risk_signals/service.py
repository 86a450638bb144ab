"""Use cases of risk signals: reconcile them with what the field recorded, review them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.risk_signals import queries
from app.risk_signals.errors import RiskSignalNotFound, SignalAlreadyReviewed, SignalWithdrawn
from app.risk_signals.field_days import AskedDays, check_ins_around, check_ins_of_days, field_days
from app.risk_signals.queries import Judged, Judgement
from app.risk_signals.records import ListedSignal, ReviewOutcome
from app.risk_signals.remote_orders import remote_orders
from app.risk_signals.rules import detect, repeated_fixes
from app.risk_signals.signals import FieldEvent, Position, Signal, position_of

__all__ = ["FieldEvent", "Recorded", "SequenceJudgement", "reconcile", "review"]


@dataclass(frozen=True, slots=True)
class SequenceJudgement:
    """Whether anything is missing of what a device numbered: a signal, or None where nothing is."""

    device_id: UUID
    signal: Signal | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was just recorded of one rep."""

    territory_id: int
    rep_id: int
    events: Sequence[FieldEvent]
    sequence: SequenceJudgement | None = None

    @property
    def placed(self) -> bool:
        """Whether other events of the rep can look different because of these."""
        return any(event.kind == "check_in" or event.lat is not None for event in self.events)


async def reconcile(
    session: AsyncSession, recorded: Sequence[Recorded], positions: Mapping[int, Position], at: datetime
) -> None:
    """Let the signals say what the reps' events now say (V6); each rep once in `recorded`.

    A pure function of the set of events: the days that were touched are judged again from all their events, so the
    order and the splitting of uploads make no difference. Doubts that no longer hold are withdrawn, those that hold
    again stand again; what was reviewed stays. Four statements at the most, fewer where nothing else can have changed.
    The caller sees to it that no other transaction records events of these reps meanwhile. `positions`: (lat, lon) by
    outlet id.
    """
    judged = await _judge_days(session, [one for one in recorded if one.placed])
    judged |= await _judge_unplaced_orders(
        session, {one.rep_id: one.events for one in recorded if one.events and not one.placed}, positions
    )
    judgements = []
    for one in recorded:
        found = judged.get(one.rep_id, Judged())
        if one.sequence is not None:
            signals = [one.sequence.signal] if one.sequence.signal else []
            found = replace(found, signals=[*found.signals, *signals], devices=(one.sequence.device_id,))
        if found.signals or found.days or found.devices:
            judgements.append(Judgement(one.territory_id, one.rep_id, found))
    if judgements:
        await queries.reconcile(session, judgements, at)


async def _judge_days(session: AsyncSession, recorded: Sequence[Recorded]) -> dict[int, Judged]:
    """By rep: every doubt about the days that `recorded` lies on, and about whatever has one of its fixes."""
    asked = {
        one.rep_id: AskedDays(
            {event.business_date for event in one.events},
            {position for event in one.events if (position := position_of(event))},
        )
        for one in recorded
    }
    found = await field_days(session, asked) if asked else {}
    judged = {}
    for rep_id, of_rep in found.items():
        days = asked[rep_id].days
        signals: list[Signal] = []
        for day in days:
            signals += detect([event for event in of_rep.of_days if event.business_date == day])
        signals += remote_orders(of_rep.of_days, of_rep.positions)
        # a new event says nothing about what came more than 30 days before it, nor before it at all
        twins = {event.id for event in of_rep.twins if event.business_date >= min(days)}
        signals += [signal for signal in repeated_fixes(of_rep.twins) if signal.subject_id in twins]
        judged[rep_id] = Judged(signals, days, twins)
    return judged


async def _judge_unplaced_orders(
    session: AsyncSession, orders: Mapping[int, Sequence[FieldEvent]], positions: Mapping[int, Position]
) -> dict[int, Judged]:
    """By rep: every doubt about new orders without a fix; nothing else can look different because of them."""
    single = {rep_id: of_rep[0] for rep_id, of_rep in orders.items() if len(of_rep) == 1}
    several = {
        rep_id: {order.business_date for order in of_rep} for rep_id, of_rep in orders.items() if len(of_rep) > 1
    }
    check_ins = await check_ins_around(session, single) if single else {}
    check_ins |= await check_ins_of_days(session, several) if several else {}
    return {
        rep_id: Judged(detect(of_rep) + remote_orders([*check_ins[rep_id], *of_rep], positions))
        for rep_id, of_rep in orders.items()
    }


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
