"""Use cases of risk signals: reconcile them with what the field recorded, review them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals import queries
from app.field.risk_signals.errors import RiskSignalNotFound, SignalAlreadyReviewed, SignalWithdrawn
from app.field.risk_signals.field_days import AskedDays, check_ins_around, check_ins_of_days, field_days
from app.field.risk_signals.order_contents import contents_of, days_judged_by
from app.field.risk_signals.queries import Judged, Judgement
from app.field.risk_signals.records import ListedSignal, SignalReviewOutcome
from app.field.risk_signals.rules.averaged_orders import averaged_orders, away_orders
from app.field.risk_signals.rules.fixes_and_clocks import detect, repeated_fixes
from app.field.risk_signals.rules.one_spot import one_spots
from app.field.risk_signals.rules.remote_orders import remote_orders
from app.field.risk_signals.rules.two_devices import two_devices
from app.field.risk_signals.signals import FieldEvent, Position, Signal, position_of
from app.ground import clock

__all__ = [
    "FieldEvent",
    "Recorded",
    "SequenceJudgement",
    "forget_positions",
    "judge_again",
    "reconcile",
    "review",
]


@dataclass(frozen=True, slots=True)
class SequenceJudgement:
    """Whether anything is missing of what a device numbered: a signal, or None where nothing is."""

    device_id: UUID
    signal: Signal | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was just recorded of one rep. `today`: the local date; `several_devices`: whether the rep has had others."""

    territory_id: int
    rep_id: int
    events: Sequence[FieldEvent]
    today: date
    sequence: SequenceJudgement | None = None
    several_devices: bool = False

    @property
    def changes_others(self) -> bool:
        """Whether other events of the rep can look different because of these."""
        placed = any(event.kind == "check_in" or event.lat is not None for event in self.events)
        return placed or (self.several_devices and bool(self.events))

    def late_orders(self) -> list[FieldEvent]:
        """Orders of earlier days: a mean that later ones were compared with may be another now."""
        return [event for event in self.events if event.kind == "order" and event.business_date < self.today]


async def reconcile(
    session: AsyncSession, recorded: Sequence[Recorded], positions: Mapping[int, Position], at: datetime
) -> None:
    """Let the signals say what the reps' events now say (V6); each rep once in `recorded`.

    A pure function of the set of events: the days that were touched are judged again from all their events, so the
    order and the splitting of uploads make no difference. Doubts that no longer hold are withdrawn, those that hold
    again stand again; what was reviewed stays. Six statements at the most, two or fewer for nearly every upload. The
    caller sees to it that no other transaction records events of these reps meanwhile. `positions`: (lat, lon) by
    outlet id.
    """
    later = await _days_judged_by(session, recorded)
    judged = await _judge_days(session, [one for one in recorded if one.changes_others or one.rep_id in later], later)
    judged |= await _judge_unplaced_orders(
        session, {one.rep_id: one.events for one in recorded if one.events and one.rep_id not in judged}, positions
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


async def judge_again(session: AsyncSession, territory_id: int, rep_id: int, day: date, at: datetime) -> None:
    """Judge one day of a rep anew, because one of its orders was changed. Three statements at the most.

    The caller sees to it that no other transaction records events of this rep meanwhile.
    """
    judged = await _judge_asked(session, {rep_id: AskedDays({day}, ())})
    await queries.reconcile(session, [Judgement(territory_id, rep_id, judged[rep_id])], at)


async def _days_judged_by(session: AsyncSession, recorded: Sequence[Recorded]) -> dict[int, set[date]]:
    """By rep: the later days whose orders are compared with an order that has come only now."""
    late = [(one.rep_id, order) for one in recorded for order in one.late_orders()]
    return await days_judged_by(session, late, max(one.today for one in recorded)) if late else {}


async def _judge_days(
    session: AsyncSession, recorded: Sequence[Recorded], later: Mapping[int, Collection[date]]
) -> dict[int, Judged]:
    """By rep: every doubt about the days that `recorded` lies on, and about whatever has one of its fixes."""
    asked = {
        one.rep_id: AskedDays(
            {event.business_date for event in one.events}.union(later.get(one.rep_id, ())),
            {position for event in one.events if (position := position_of(event))},
        )
        for one in recorded
    }
    return await _judge_asked(session, asked) if asked else {}


async def _judge_asked(session: AsyncSession, asked: Mapping[int, AskedDays]) -> dict[int, Judged]:
    """By rep: every doubt about the days that are asked for, and about whatever has one of the fixes."""
    found = await field_days(session, asked)
    averaged = await _averaged_orders(session, {rep_id: of_rep.of_days for rep_id, of_rep in found.items()})
    judged = {}
    for rep_id, of_rep in found.items():
        days = asked[rep_id].days
        signals: list[Signal] = []
        for day in days:
            signals += detect([event for event in of_rep.of_days if event.business_date == day])
        signals += remote_orders(of_rep.of_days, of_rep.positions)
        signals += one_spots(of_rep.of_days, of_rep.positions)
        signals += two_devices(of_rep.of_days)
        signals += averaged[rep_id]
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
    whole = {rep_id: [*check_ins[rep_id], *of_rep] for rep_id, of_rep in orders.items()}
    averaged = await _averaged_orders(session, whole)
    return {
        rep_id: Judged([*detect(of_rep), *remote_orders(whole[rep_id], positions), *averaged[rep_id]])
        for rep_id, of_rep in orders.items()
    }


async def _averaged_orders(
    session: AsyncSession, events: Mapping[int, Sequence[FieldEvent]]
) -> dict[int, list[Signal]]:
    """By rep: the doubts about dumped orders. Asks for what was ordered only where one may be: not captured INSIDE."""
    away = {rep_id: away_orders(of_rep) for rep_id, of_rep in events.items()}
    orders = [one.order for of_rep in away.values() for one in of_rep]
    contents = await contents_of(session, orders) if orders else {}
    return {rep_id: averaged_orders(of_rep, contents) for rep_id, of_rep in away.items()}


async def review(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    signal_id: UUID,
    outcome: SignalReviewOutcome,
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


async def forget_positions(session: AsyncSession, first: date, end: date, *, most: int) -> int:
    """Forget the positions in the evidence of signals. What they say stays.

    Of business dates from `first` to the day before `end`, up to `most` records, by one statement; answers how many.
    """
    return await queries.forget_positions(session, first, end, most)
