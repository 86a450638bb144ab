"""Use case of the handheld's door: record uploads, several of them in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import finalise_passed, settle_late_orders
from app.doors.handheld.errors import EventConflict, EventRejected
from app.doors.handheld.upload import queries, recording
from app.doors.handheld.upload.deduplication import Standing, claim_ids
from app.doors.handheld.upload.event_schemas import AnyEvent, NoOrderEvent, OrderEvent
from app.doors.handheld.upload.parsing import ReadEvent
from app.doors.handheld.upload.queries import KnownDevice
from app.doors.handheld.upload.records import (
    FirstAnswer,
    OpenedUpload,
    Reporter,
    Result,
    Sending,
    Status,
    UploadOutcome,
)
from app.doors.handheld.upload.rules import (
    Decision,
    Facts,
    advanced,
    corrected,
    decide,
    field_event,
    gap_of,
    upload_clock,
)
from app.field.risk_signals import service as risk_signals
from app.field.risk_signals.service import Recorded, SequenceJudgement
from app.ground import clock
from app.ground.errors import NotFound
from app.masters.catalogue.service import offers
from app.masters.outlets.service import outlets_as_agreed, outlets_by_code
from app.masters.territories.field_clock import UploadClock, skew_ms
from app.masters.territories.local_time import business_date_of, instant_of
from app.masters.territories.sequences import SyncState
from app.sales.orders.service import active_reasons


@dataclass(frozen=True, slots=True)
class Upload:
    """What a device brings: its clocks at the sending, and its events, each read or with what is wrong with it."""

    reporter: Reporter
    sending: Sending
    reads: Sequence[ReadEvent]


@dataclass(frozen=True, slots=True)
class _Opened:
    """An upload with what holds for every step of it. `first`: the place of its first event among all."""

    upload: Upload
    opened: OpenedUpload
    clock: UploadClock
    first: int

    @property
    def reporter(self) -> Reporter:
        """Whose it is."""
        return self.upload.reporter

    @property
    def places(self) -> range:
        """The places of its events among all."""
        return range(self.first, self.first + len(self.upload.reads))

    def events(self) -> list[tuple[int, AnyEvent]]:
        """Those that could be read, with their places."""
        reads = zip(self.places, self.upload.reads, strict=True)
        return [(place, read.event) for place, read in reads if read.event is not None]


async def record_uploads(session: AsyncSession, uploads: Sequence[Upload]) -> list[UploadOutcome | None]:
    """Record what devices of different reps bring; to be committed whatever the results are.

    Waits for nobody: None for an upload that another transaction is in the way of. `record_upload` records that one.
    The number of statements depends neither on the number of uploads nor on that of their events.
    """
    reporters = [upload.reporter for upload in uploads]
    opened = await queries.open_uploads(session, reporters)
    missing = [reporter for reporter in reporters if reporter.device_id not in opened]
    if missing:
        await queries.note_first_use(session, missing)
        opened |= await queries.open_uploads(session, missing)
    free = [upload for upload in uploads if upload.reporter.device_id in opened]
    outcomes = await _record(session, free, opened) if free else {}
    return [outcomes.get(upload.reporter.device_id) for upload in uploads]


async def record_upload(session: AsyncSession, upload: Upload) -> UploadOutcome:
    """Record one upload, as `record_uploads` does, and wait for whoever is in its way."""
    await queries.note_first_use(session, [upload.reporter])
    await queries.wait_for_locks(session, upload.reporter)
    (outcome,) = await record_uploads(session, [upload])
    if outcome is None:
        raise NotFound("The territory of this device is gone.")
    return outcome


async def _record(
    session: AsyncSession, uploads: Sequence[Upload], known: Mapping[UUID, OpenedUpload]
) -> dict[UUID, UploadOutcome]:
    """The outcomes by device.

    Reads the time (T5), the locks being held; gathers, decides about each event, claims their ids, records what is new
    as sets, reconciles the risk signals, settles late orders (C4, C5), and moves the watermarks last, so that an order
    never makes its own penalty final.
    """
    at = clock.now()
    opened = _opened(uploads, known, at)
    facts = await _gather(session, [(event, one.clock) for one in opened for _, event in one.events()])
    decisions = [
        decision for one in opened for decision in decide(one.events(), facts, one.reporter, one.clock, one.opened.zone)
    ]
    standings = {one.decision.place: one for one in await claim_ids(session, decisions, at)}
    new = [one.decision for one in standings.values() if one.status is Status.ACCEPTED]
    # all were opened under the newest policy
    answers = await recording.record(session, opened[-1].opened.policy, new, at)
    await recording.refuse(session, [one.decision for one in standings.values() if one.business_date is None], at)
    answers |= await _earlier_answers(session, list(standings.values()), answers)
    states = [_state_after(one, standings) for one in opened]
    await _reconcile(session, opened, states, standings, at)
    await _settle(session, opened, standings, at)
    await _save(session, opened, states, at)
    return {
        one.reporter.device_id: UploadOutcome(
            at, skew_ms(one.clock), state.watermark_at, _results(one, standings, answers)
        )
        for one, state in zip(opened, states, strict=True)
    }


def _opened(uploads: Sequence[Upload], known: Mapping[UUID, OpenedUpload], at: datetime) -> list[_Opened]:
    opened, first = [], 0
    for upload in uploads:
        found = known[upload.reporter.device_id]
        opened.append(_Opened(upload, found, upload_clock(upload.sending, at, found.last), first))
        first += len(upload.reads)
    return opened


async def _gather(session: AsyncSession, sent: Sequence[tuple[AnyEvent, UploadClock]]) -> Facts:
    """Outlets, offers, reasons and earlier terms by one statement each, where there is an event that needs them."""
    events = [event for event, _ in sent]
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
    moments = [
        (outlets[event.outlet_code], corrected(event, clock).corrected_at)
        for event, clock in sent
        if isinstance(event, OrderEvent) and event.outlet_code in outlets
    ]
    agreed = await outlets_as_agreed(session, moments)
    with_reason = any(isinstance(event, NoOrderEvent) for event in events)
    return Facts(outlets, known, frozenset(await active_reasons(session) if with_reason else ()), agreed)


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


def _state_after(one: _Opened, standings: Mapping[int, Standing]) -> SyncState:
    """What has a sequence has arrived, whatever became of it: else one bad event would hold the watermark for ever.

    A 0 comes from a device that counts from 0. Its event is as good as any, and nothing waits for it.
    """
    sequences = [read.sequence for read in one.upload.reads if read.sequence]
    decisions = [standings[place].decision for place, _ in one.events()]
    times = {decision.event.sequence: decision.time for decision in decisions if decision.event.sequence is not None}
    return advanced(one.opened.state, sequences, one.upload.sending.sequence_to, one.clock, times)


def _new(one: _Opened, standings: Mapping[int, Standing]) -> list[Decision]:
    """The decisions about the upload's check-ins and orders that are new."""
    found = [standings[place] for place, event in one.events() if not isinstance(event, NoOrderEvent)]
    return [standing.decision for standing in found if standing.status is Status.ACCEPTED]


async def _reconcile(
    session: AsyncSession,
    opened: Sequence[_Opened],
    states: Sequence[SyncState],
    standings: Mapping[int, Standing],
    at: datetime,
) -> None:
    recorded, positions = [], {}
    for one, state in zip(opened, states, strict=True):
        events = []
        for decision in _new(one, standings):
            if (outlet := decision.outlet) is not None:
                events.append(field_event(decision, outlet))
                if outlet.lat is not None and outlet.lon is not None:
                    positions[outlet.id] = (outlet.lat, outlet.lon)
        reporter, today = one.reporter, business_date_of(at, one.opened.zone)
        gap = gap_of(reporter.device_id, state, today)
        had_gap = gap_of(reporter.device_id, one.opened.state, today) is not None
        sequence = SequenceJudgement(reporter.device_id, gap) if gap or had_gap else None
        several = one.opened.several_devices
        recorded.append(Recorded(reporter.territory_id, reporter.rep_id, events, today, sequence, several))
    await risk_signals.reconcile(session, recorded, positions, at)


async def _settle(
    session: AsyncSession, opened: Sequence[_Opened], standings: Mapping[int, Standing], at: datetime
) -> None:
    """Settle late orders (C4, C5) where a day that got an order, or a check-in that may speak for one, may be closed.

    It may be, where it is past its cutoff or has a run. The runs were read before the barrier was entered, but a run
    that came meanwhile is one of a day past its cutoff.
    """
    touched: set[tuple[int, date]] = set()
    for one in opened:
        of_upload = {
            (decision.outlet.id, decision.business_date)
            for decision in _new(one, standings)
            if decision.outlet is not None
        }
        if any(_may_be_closed(one.opened, day, at) for day in {day for _, day in of_upload}):
            touched |= of_upload
    if touched:
        await queries.plan_for_values(session)
        await settle_late_orders(session, touched, at)


def _may_be_closed(opened: OpenedUpload, day: date, at: datetime) -> bool:
    ran = opened.closed_to is not None and day <= opened.closed_to
    return ran or instant_of(day, opened.order_cutoff, opened.zone) <= at


async def _save(session: AsyncSession, opened: Sequence[_Opened], states: Sequence[SyncState], at: datetime) -> None:
    """Write down the state of each device whose upload tells of its sequence, or of which something new is known."""
    known, moved = [], []
    for one, state in zip(opened, states, strict=True):
        sending, before = one.upload.sending, one.opened.state
        if sending.sequence_to is not None or state != before:
            device_id = one.reporter.device_id
            known.append(KnownDevice(device_id, state, sending.sent_at, sending.boot_id, skew_ms(one.clock)))
        if state.watermark_at != before.watermark_at:
            moved.append(one.reporter.rep_id)
    if known:
        await queries.save_states(session, known, at)
    if moved:
        await finalise_passed(session, moved, at)


def _results(one: _Opened, standings: Mapping[int, Standing], answers: Mapping[UUID, FirstAnswer]) -> list[Result]:
    """A result for each event, in the order sent."""
    results = []
    for place, read in zip(one.places, one.upload.reads, strict=True):
        standing = standings.get(place)
        if standing is None:
            problem = EventRejected("The event cannot be read.", errors=read.problems)
            results.append(Result(read.id, Status.REJECTED, problem=problem))
        else:
            results.append(_result(standing, answers))
    return results


def _result(standing: Standing, answers: Mapping[UUID, FirstAnswer]) -> Result:
    id_ = standing.decision.event.id
    match standing.status:
        case Status.REJECTED:
            problem = EventRejected("The event breaks a rule.", errors=standing.decision.problems)
            return Result(str(id_), standing.status, problem=problem)
        case Status.CONFLICT:
            return Result(str(id_), standing.status, problem=EventConflict("The first content of this id stays."))
        case _:
            return Result(str(id_), standing.status, answer=answers.get(id_))
