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
from app.field.risk_signals.registry import (
    RepDays,
    contents_wanted,
    judge_days,
    judge_device,
    judge_orders,
    judge_twins,
)
from app.field.risk_signals.signals import DeviceNumbers, FieldEvent, Position, has_fix, position_of
from app.ground import clock

__all__ = [
    "DeviceNumbers",
    "FieldEvent",
    "RecordedEvents",
    "forget_positions",
    "judge_again",
    "reconcile",
    "review",
]


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """What was just recorded of one rep. `today`: the local date; `several_devices`: whether the rep has had others.

    `numbers`: of the device that it came from, where anything may be said of them anew; None leaves what was said.
    """

    territory_id: int
    rep_id: int
    events: Sequence[FieldEvent]
    today: date
    numbers: DeviceNumbers | None = None
    several_devices: bool = False

    @property
    def changes_others(self) -> bool:
        """Whether other events of the rep can look different because of these."""
        placed = any(event.kind == "check_in" or has_fix(event) for event in self.events)
        return placed or (self.several_devices and bool(self.events))

    def late_orders(self) -> list[FieldEvent]:
        """Orders of earlier days: a mean that later ones were compared with may be another now."""
        return [event for event in self.events if event.kind == "order" and event.business_date < self.today]


async def reconcile(
    session: AsyncSession, recorded: Sequence[RecordedEvents], positions: Mapping[int, Position], at: datetime
) -> None:
    """Let the signals say what the reps' events now say (V6); each rep once in `recorded`.

    A pure function of the set of events: the days that were touched are judged again from all their events, so the
    order and the splitting of uploads make no difference. Doubts that no longer hold are withdrawn, those that hold
    again stand again; what was reviewed stays. Six statements at the most, two or fewer for nearly every upload. The
    caller sees to it that no other transaction records events of these reps meanwhile. `positions`: (lat, lon) by
    outlet id.
    """
    later = await _days_judged_by(session, recorded)
    judged = await _judge_whole_days(
        session, [upload for upload in recorded if upload.changes_others or upload.rep_id in later], later
    )
    judged |= await _judge_unplaced_orders(
        session,
        {upload.rep_id: upload.events for upload in recorded if upload.events and upload.rep_id not in judged},
        positions,
    )
    judgements = []
    for upload in recorded:
        of_rep = judged.get(upload.rep_id, Judged())
        if upload.numbers is not None:
            signals = [*of_rep.signals, *judge_device(upload.numbers)]
            of_rep = replace(of_rep, signals=signals, devices=(upload.numbers.device_id,))
        if of_rep.signals or of_rep.days or of_rep.devices:
            judgements.append(Judgement(upload.territory_id, upload.rep_id, of_rep))
    if judgements:
        await queries.reconcile(session, judgements, at)


async def judge_again(session: AsyncSession, territory_id: int, rep_id: int, day: date, at: datetime) -> None:
    """Judge one day of a rep anew, because one of its orders was changed. Three statements at the most.

    The caller sees to it that no other transaction records events of this rep meanwhile.
    """
    judged = await _judge_asked(session, {rep_id: AskedDays({day}, ())})
    await queries.reconcile(session, [Judgement(territory_id, rep_id, judged[rep_id])], at)


async def _days_judged_by(session: AsyncSession, recorded: Sequence[RecordedEvents]) -> dict[int, set[date]]:
    """By rep: the later days whose orders are compared with an order that has come only now."""
    late = [(upload.rep_id, order) for upload in recorded for order in upload.late_orders()]
    return await days_judged_by(session, late, max(upload.today for upload in recorded)) if late else {}


async def _judge_whole_days(
    session: AsyncSession, recorded: Sequence[RecordedEvents], later: Mapping[int, Collection[date]]
) -> dict[int, Judged]:
    """By rep: every doubt about the days that `recorded` lies on, and about whatever has one of its fixes."""
    requests = {
        upload.rep_id: AskedDays(
            {event.business_date for event in upload.events}.union(later.get(upload.rep_id, ())),
            {position for event in upload.events if (position := position_of(event))},
        )
        for upload in recorded
    }
    return await _judge_asked(session, requests) if requests else {}


async def _judge_asked(session: AsyncSession, requests: Mapping[int, AskedDays]) -> dict[int, Judged]:
    """By rep: every doubt about the days that are asked for, and about whatever has one of the fixes."""
    reps = await field_days(session, requests)
    await _add_contents(session, reps.values())
    judged = {}
    for rep_id, rep in reps.items():
        days = requests[rep_id].days
        # a new event says nothing about what came more than 30 days before it, nor before it at all
        twins = {event.id for event in rep.twins if event.business_date >= min(days)}
        signals = judge_days(rep) + [signal for signal in judge_twins(rep.twins) if signal.subject_id in twins]
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
    reps = {rep_id: RepDays([*check_ins[rep_id], *of_rep], positions=positions) for rep_id, of_rep in orders.items()}
    await _add_contents(session, reps.values())
    return {rep_id: Judged(judge_orders(reps[rep_id], of_rep)) for rep_id, of_rep in orders.items()}


async def _add_contents(session: AsyncSession, reps: Collection[RepDays]) -> None:
    """Add what orders say, where a rule wants to know it: then one statement, else none."""
    if orders := [order for rep in reps for order in contents_wanted(rep)]:
        contents = await contents_of(session, orders)
        for rep in reps:
            rep.contents = contents


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
