"""Use cases of risk signals: reconcile them with what the field recorded, review them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.risk_signals import queries
from app.field.risk_signals.device_spans import device_spans
from app.field.risk_signals.judging import Doubts, DoubtsByRep, judge_new
from app.field.risk_signals.order_contents import orders_judged_by
from app.field.risk_signals.queries import Judgement
from app.field.risk_signals.records import SignalSubject
from app.field.risk_signals.registry import DeviceRule, SpanRule, judge_device, judge_spans, names_of
from app.field.risk_signals.review_rules import ReviewResult, ReviewStatus, SignalReview, results_of
from app.field.risk_signals.rows import events_by_id
from app.field.risk_signals.rules.two_devices import spans_joined, spans_of, told_events
from app.field.risk_signals.signals import DeviceNumbers, FieldEvent, Position
from app.field.watermarks.service import DAYS_KEPT
from app.ground import clock
from app.ground.values import value

__all__ = [
    "DeviceNumbers",
    "FieldEvent",
    "RecordedEvents",
    "forget_positions",
    "judge_again",
    "reconcile",
    "review_all",
    "subjects_of",
]


@value(frozen=True, slots=True)
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

    def late_orders(self) -> list[FieldEvent]:
        """Orders of earlier days: a mean that later ones were compared with may be another now."""
        return [event for event in self.events if event.kind == "order" and event.business_date < self.today]

    def of_counted_days(self) -> list[FieldEvent]:
        """Those of days whose counts (`watermarks`) are kept yet; the day that is forgotten next may be so already."""
        return [event for event in self.events if event.business_date > self.today - DAYS_KEPT]


async def reconcile(
    session: AsyncSession, recorded: Sequence[RecordedEvents], positions: Mapping[int, Position], at: datetime
) -> None:
    """Let the signals say what the reps' events now say (V6); each rep once in `recorded`.

    A function of the set of events: the order and the splitting of uploads make no difference. What is new is judged,
    and what it can change (`registry`), by look-ups: what a rep did before on the day costs nothing. Doubts that no
    longer hold are withdrawn, those that hold again stand again; what was reviewed stays. Seventeen statements at the
    most, two to four for nearly every upload. The caller sees to it that no other transaction records events of these
    reps meanwhile. `positions`: (lat, lon) by outlet id.
    """
    doubts = {upload.rep_id: Doubts() for upload in recorded}
    events = {upload.rep_id: upload.events for upload in recorded if upload.events}
    late = [(upload.rep_id, order) for upload in recorded for order in upload.late_orders()]
    again = await orders_judged_by(session, late, max(upload.today for upload in recorded)) if late else {}
    if events:
        new = {event.id for of_rep in events.values() for event in of_rep}
        recorded_orders = {
            rep_id: [order for order in orders if order.id not in new] for rep_id, orders in again.items()
        }
        await judge_new(session, events, recorded_orders, positions, doubts)
    await _judge_devices(session, recorded, doubts)
    judgements = []
    for upload in recorded:
        of_rep = doubts[upload.rep_id]
        if of_rep.signals or of_rep.subjects or of_rep.days:
            judgements.append(Judgement(upload.territory_id, upload.rep_id, of_rep.judged()))
    if judgements:
        await queries.reconcile(session, judgements, at)


async def judge_again(
    session: AsyncSession, territory_id: int, rep_id: int, key: tuple[date, UUID], at: datetime
) -> None:
    """Judge an order (business date, id) of a rep anew, because it was changed, and those compared with it.

    Seven statements at the most. The caller sees to it that no other transaction records events of this rep meanwhile.
    """
    day, order_id = key
    (order,) = (await events_by_id(session, {order_id: day})).values()
    later = await orders_judged_by(session, [(rep_id, order)], at.date() + timedelta(days=1))
    doubts = {rep_id: Doubts()}
    await judge_new(session, {}, {rep_id: [order, *later.get(rep_id, ())]}, {}, doubts)
    await queries.reconcile(session, [Judgement(territory_id, rep_id, doubts[rep_id].judged())], at)


async def _judge_devices(session: AsyncSession, recorded: Sequence[RecordedEvents], doubts: DoubtsByRep) -> None:
    """Devices: how they number their events, and whether a rep used several at a time. Two statements at the most.

    A day whose counts are forgotten stays as it was judged: what is known of one handheld alone would clear it.
    """
    for upload in recorded:
        if upload.numbers is not None:
            of_rep, device_id = doubts[upload.rep_id], upload.numbers.device_id
            of_rep.add(judge_device(upload.numbers))
            of_rep.subjects.update((rule, "device", device_id) for rule in names_of(DeviceRule))
    several = {
        upload.rep_id: events for upload in recorded if upload.several_devices and (events := upload.of_counted_days())
    }
    if not several:
        return
    days = {(rep_id, event.business_date) for rep_id, events in several.items() for event in events}
    kept_spans = await device_spans(session, days)
    spans = {rep_id: spans_joined(kept_spans.get(rep_id, {}), spans_of(events)) for rep_id, events in several.items()}
    told_dates = {id_: day for of_rep in spans.values() for id_, day in told_events(of_rep).items()}
    new = {event.id: event for of_rep in several.values() for event in of_rep if event.id in told_dates}
    before = {id_: day for id_, day in told_dates.items() if id_ not in new}
    first_and_last = new | await events_by_id(session, before)
    for rep_id, of_days in spans.items():
        doubts[rep_id].add(judge_spans(of_days, first_and_last))
        doubts[rep_id].days.update((rule, day) for rule in names_of(SpanRule) for day in of_days)


async def review_all(
    session: AsyncSession, territory_ids: Collection[int] | None, reviews: Sequence[SignalReview], *, actor: str
) -> list[ReviewResult]:
    """Write down what a person found: what became of each review, in the order given. Two statements.

    One that does not count costs no other. Locks the signals until the transaction ends.
    """
    ids = {review.signal_id for review in reviews}
    signals = await queries.lock_signals(session, territory_ids, ids)
    at = clock.now()
    results = results_of(reviews, signals, actor, at)
    written = [
        review for review, result in zip(reviews, results, strict=True) if result.status is ReviewStatus.REVIEWED
    ]
    if written:
        await queries.set_reviews(session, written, actor, at)
    return results


async def subjects_of(
    session: AsyncSession, territory_ids: Collection[int] | None, signal_ids: Collection[UUID]
) -> dict[UUID, SignalSubject]:
    """What signals within these territories are about, by their ids; no entry for one that there is not."""
    return await queries.subjects_of(session, territory_ids, signal_ids)


async def forget_positions(session: AsyncSession, first: date, end: date, *, most: int) -> int:
    """Forget the positions in the evidence of signals. What they say stays.

    Of business dates from `first` to the day before `end`, up to `most` records, by one statement; answers how many.
    """
    return await queries.forget_positions(session, first, end, most)
