"""Use case of the handheld's door: record an upload, all of it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.catalogue.service import offers
from app.cutoff.service import finalise_passed, settle_late_orders
from app.errors import NotFound
from app.handheld import queries, recording
from app.handheld.claims import Standing, claim_ids
from app.handheld.errors import EventConflict, EventRejected
from app.handheld.event_schemas import AnyEvent, NoOrderEvent, OrderEvent
from app.handheld.parsing import ReadEvent
from app.handheld.records import FirstAnswer, OpenedUpload, Reporter, Result, Sending, Status, UploadOutcome
from app.handheld.rules import Decision, Facts, advanced, decide, field_event, gap_of, upload_clock
from app.orders.service import active_reasons
from app.outlets.service import outlets_by_code
from app.risk_signals import service as risk_signals
from app.risk_signals.service import SequenceJudgement
from app.territories.field_clock import UploadClock, skew_ms
from app.territories.local_time import business_date_of, instant_of
from app.territories.sequences import SyncState


@dataclass(frozen=True, slots=True)
class _Upload:
    """What holds for every step of one upload."""

    reporter: Reporter
    opened: OpenedUpload
    clock: UploadClock

    @property
    def at(self) -> datetime:
        """When the server received it."""
        return self.clock.received_at


async def record_upload(
    session: AsyncSession, reporter: Reporter, sending: Sending, reads: Sequence[ReadEvent]
) -> UploadOutcome:
    """Record what a device brings; to be committed whatever the results are.

    Locks (device, rep, barrier), reads the time (T5), gathers, decides about each event, claims their ids, records what
    is new as sets, reconciles the risk signals, settles late orders (C4, C5), and moves the watermark last, so that an
    order never makes its own penalty final. The number of statements does not depend on the number of events.
    """
    opened = await _open(session, reporter)
    upload = _Upload(reporter, opened, upload_clock(sending, clock.now()))
    events = [(place, read.event) for place, read in enumerate(reads) if read.event is not None]
    facts = await _gather(session, [event for _, event in events])
    standings = await claim_ids(session, decide(events, facts, reporter, upload.clock, opened.zone), upload.at)
    new = [one.decision for one in standings if one.status is Status.ACCEPTED]
    answers = await recording.record(session, reporter, opened.policy, new, upload.at)
    await recording.refuse(
        session, reporter, [one.decision for one in standings if one.business_date is None], upload.at
    )
    answers |= await _earlier_answers(session, standings, answers)
    state = _state_after(upload, sending, reads, standings)
    await _reconcile(session, upload, new, state)
    await _settle(session, upload, _touched(new))
    await _save(session, upload, sending, state)
    return UploadOutcome(upload.at, skew_ms(upload.clock), state.watermark_at, _results(reads, standings, answers))


async def _open(session: AsyncSession, reporter: Reporter) -> OpenedUpload:
    opened = await queries.open_upload(session, reporter)
    if opened is None:
        await queries.note_first_use(session, reporter)
        opened = await queries.open_upload(session, reporter)
    if opened is None:
        raise NotFound("The territory of this device is gone.")
    return opened


async def _gather(session: AsyncSession, events: Sequence[AnyEvent]) -> Facts:
    """Outlets, offers and reasons by one statement each, where there is an event that needs them."""
    outlets = await outlets_by_code(session, {event.outlet_code for event in events}) if events else {}
    orders = [event for event in events if isinstance(event, OrderEvent)]
    known = {}
    if orders:
        places = [outlets[order.outlet_code] for order in orders if order.outlet_code in outlets]
        known = await offers(
            session,
            {line.product_code for order in orders for line in order.lines},
            outlet_ids={outlet.id for outlet in places},
            channels={outlet.channel for outlet in places},
        )
    with_reason = any(isinstance(event, NoOrderEvent) for event in events)
    return Facts(outlets, known, frozenset(await active_reasons(session) if with_reason else ()))


async def _earlier_answers(
    session: AsyncSession, standings: Sequence[Standing], answered: dict[UUID, FirstAnswer]
) -> dict[UUID, FirstAnswer]:
    """The first answers of the duplicates of earlier uploads."""
    keys = {
        (one.business_date, one.decision.event.id)
        for one in standings
        if one.status is Status.DUPLICATE and one.business_date is not None and one.decision.event.id not in answered
    }
    return await queries.first_answers(session, keys) if keys else {}


def _state_after(
    upload: _Upload, sending: Sending, reads: Sequence[ReadEvent], standings: Sequence[Standing]
) -> SyncState:
    """What has a sequence has arrived, whatever became of it: else one bad event would hold the watermark for ever."""
    sequences = [read.sequence for read in reads if read.sequence is not None]
    times = {
        one.decision.event.sequence: one.decision.time for one in standings if one.decision.event.sequence is not None
    }
    return advanced(upload.opened.state, sequences, sending.sequence_to, upload.clock, times)


async def _reconcile(session: AsyncSession, upload: _Upload, new: Sequence[Decision], state: SyncState) -> None:
    reporter, today = upload.reporter, business_date_of(upload.at, upload.opened.zone)
    recorded, positions = [], {}
    for decision in new:
        outlet = decision.outlet
        if outlet is not None and not isinstance(decision.event, NoOrderEvent):
            recorded.append(field_event(decision, outlet, reporter.device_id))
            if outlet.lat is not None and outlet.lon is not None:
                positions[outlet.id] = (outlet.lat, outlet.lon)
    gap = gap_of(reporter.device_id, state, today)
    had_gap = gap_of(reporter.device_id, upload.opened.state, today) is not None
    await risk_signals.reconcile(
        session,
        territory_id=reporter.territory_id,
        rep_id=reporter.rep_id,
        recorded=recorded,
        positions=positions,
        sequence=SequenceJudgement(reporter.device_id, gap) if gap or had_gap else None,
        at=upload.at,
    )


def _touched(new: Sequence[Decision]) -> set[tuple[int, date]]:
    """The outlets and days that got an order, or a check-in that may speak for one."""
    return {
        (decision.outlet.id, decision.business_date)
        for decision in new
        if decision.outlet is not None and not isinstance(decision.event, NoOrderEvent)
    }


async def _settle(session: AsyncSession, upload: _Upload, touched: set[tuple[int, date]]) -> None:
    """Settle late orders (C4, C5), where a day that was touched may be closed: it is past its cutoff, or has a run.

    The runs were read before the barrier was entered, but a run that came meanwhile is one of a day past its cutoff.
    """
    opened = upload.opened
    days = {day for _, day in touched}
    if any(
        (opened.closed_to is not None and day <= opened.closed_to)
        or instant_of(day, opened.order_cutoff, opened.zone) <= upload.at
        for day in days
    ):
        await queries.plan_for_values(session)
        await settle_late_orders(session, touched, upload.at)


async def _save(session: AsyncSession, upload: _Upload, sending: Sending, state: SyncState) -> None:
    """Write the device's state down where an upload tells of its sequence, or something new is known."""
    before = upload.opened.state
    if sending.sequence_to is not None or state != before:
        await queries.save_state(session, upload.reporter.device_id, state, upload.at, skew_ms(upload.clock))
    if state.watermark_at != before.watermark_at:
        await finalise_passed(session, upload.reporter.rep_id, upload.at)


def _results(
    reads: Sequence[ReadEvent], standings: Sequence[Standing], answers: dict[UUID, FirstAnswer]
) -> list[Result]:
    """A result for each event, in the order sent."""
    by_place = {one.decision.place: one for one in standings}
    results = []
    for place, read in enumerate(reads):
        standing = by_place.get(place)
        if standing is None:
            problem = EventRejected("The event cannot be read.", errors=read.problems)
            results.append(Result(read.id, Status.REJECTED, problem=problem))
        else:
            results.append(_result(standing, answers))
    return results


def _result(standing: Standing, answers: dict[UUID, FirstAnswer]) -> Result:
    id_ = standing.decision.event.id
    match standing.status:
        case Status.REJECTED:
            problem = EventRejected("The event breaks a rule.", errors=standing.decision.problems)
            return Result(str(id_), standing.status, problem=problem)
        case Status.CONFLICT:
            return Result(str(id_), standing.status, problem=EventConflict("The first content of this id stays."))
        case _:
            return Result(str(id_), standing.status, answer=answers.get(id_))
