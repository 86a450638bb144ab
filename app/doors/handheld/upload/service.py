"""Use case of the handheld's door: record uploads, several of them in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import finalise_moved, finalise_passed
from app.doors.handheld.upload import day_limits as limits
from app.doors.handheld.upload import queries
from app.doors.handheld.upload.day_limits import DAY_LIMIT_EVENTS
from app.doors.handheld.upload.errors import TooManyEvents
from app.doors.handheld.upload.numbers import changed_numbers, numbers_given_twice, state_after, used_numbers
from app.doors.handheld.upload.records import Upload, UploadOutcome
from app.doors.handheld.upload.rejections import hold_before, losses_of, unread_forms
from app.doors.handheld.upload.rules import Masters, OpenedUpload, forms_in, judge, opened
from app.doors.handheld.upload.schemas import UnreadEvent
from app.doors.order_taking import service as order_taking
from app.doors.order_taking.events import NoOrderEvent
from app.doors.order_taking.results import rejected, with_warnings
from app.doors.order_taking.service import FieldRecord, Result, Sender
from app.field.check_ins.records import CheckInRecord
from app.field.rejected_events import service as rejected_events
from app.field.rejected_events.records import DeviceLosses
from app.field.visits.sight import VisitedOutlet, planned_among
from app.field.watermarks import service as watermarks
from app.field.watermarks.day_counts import DayCount
from app.field.watermarks.rules import CounterRestart, SyncState, held, restart_of, told_until
from app.field.watermarks.service import DeviceUpload
from app.ground import clock
from app.ground.db.session import SERVER_SETTINGS
from app.ground.errors import NotFound
from app.masters.outlets.positions import OUT_OF_SIGHT
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.calendar import business_date
from app.sales.orders.judging import judge_forms
from app.sales.orders.service import active_reasons, record_unread_forms

PATIENT_LOCK_TIMEOUT = SERVER_SETTINGS["lock_timeout"]


async def record_uploads(
    session: AsyncSession,
    uploads: Sequence[Upload],
    day_limit: int = DAY_LIMIT_EVENTS,
    lock_timeout: str = PATIENT_LOCK_TIMEOUT,
) -> list[UploadOutcome | TooManyEvents | None]:
    """Record what devices of different reps bring; to be committed whatever the results are.

    Waits for nobody: None for an upload that another transaction blocks. `record_upload` records such an upload.
    TooManyEvents for one with which its rep would have more than `day_limit` events of one day: of that one nothing is
    recorded. No other lock is waited for longer than `lock_timeout`. The number of statements depends neither on how
    many uploads there are nor on how many events they bring.
    """
    watched_from = limits.watched_from(day_limit)
    facts = await queries.open_uploads(session, uploads, watched_from, lock_timeout)
    missing = [upload for upload in uploads if upload.reporter.device_id not in facts]
    if missing:
        devices = [(upload.reporter.device_id, upload.reporter.rep_id) for upload in missing]
        await queries.limit_waits(session, lock_timeout)  # where no lock was free, nothing has limited them yet
        await watermarks.note_first_use(session, devices)
        facts |= await queries.open_uploads(session, missing, watched_from, lock_timeout)
    at = clock.now()  # T5: the locks are held
    free = [opened(upload, facts[id_], at) for upload in uploads if (id_ := upload.reporter.device_id) in facts]
    refused = await _past_limit(session, free, day_limit, at)
    taken = [upload for upload in free if upload.reporter.device_id not in refused]
    outcomes = refused | (await _record(session, taken, at) if taken else {})
    return [outcomes.get(upload.reporter.device_id) for upload in uploads]


async def record_upload(session: AsyncSession, upload: Upload, day_limit: int = DAY_LIMIT_EVENTS) -> UploadOutcome:
    """Record one upload, as `record_uploads` does, and wait for whoever is in its way. Raises TooManyEvents."""
    reporter = upload.reporter
    await watermarks.note_first_use(session, [(reporter.device_id, reporter.rep_id)])
    await queries.wait_for_locks(session, reporter)
    (outcome,) = await record_uploads(session, [upload], day_limit)
    if outcome is None:
        raise NotFound("The territory of this device is gone.")
    if isinstance(outcome, TooManyEvents):
        raise outcome
    return outcome


async def _past_limit(
    session: AsyncSession, uploads: Sequence[OpenedUpload], day_limit: int, at: datetime
) -> dict[UUID, UploadOutcome | TooManyEvents]:
    """The uploads that cannot be taken, by device, with the reason. A statement, where one may be such; else none."""
    near = [upload for upload in uploads if limits.may_pass(upload, day_limit)]
    if not near:
        return {}
    known_ids = await queries.known_ids(session, {event.id for upload in near for event in upload.events})
    refusals = {upload.reporter.device_id: limits.beyond_limit(upload, known_ids, day_limit, at) for upload in near}
    return {device_id: refusal for device_id, refusal in refusals.items() if refusal is not None}


async def _record(
    session: AsyncSession, uploads: Sequence[OpenedUpload], at: datetime
) -> dict[UUID, UploadOutcome | TooManyEvents]:
    """The outcomes by device.

    Gathers, judges each event, has order taking record what is new with all that follows, and moves the watermarks
    last, so that an order never makes its own penalty final.
    """
    masters = await _gather(session, uploads)
    judged = judge(uploads, masters)
    await record_unread_forms(
        session, [form for upload in uploads for form in unread_forms(upload, masters.outlets, at)]
    )
    restarts = await _restarts(session, uploads)
    states = [state_after(upload, restart) for upload, restart in zip(uploads, restarts, strict=True)]
    senders = [
        _sender(upload, state, restart, at) for upload, state, restart in zip(uploads, states, restarts, strict=True)
    ]
    results = await _within_sight(session, judged, await order_taking.record(session, judged, at, senders))
    after = [held(state, upload.facts.state, at) for upload, state in zip(uploads, states, strict=True)]
    outcomes: dict[UUID, UploadOutcome | TooManyEvents] = {}
    losses, days, first = [], [], 0
    for upload, state, sender in zip(uploads, after, senders, strict=True):
        own = slice(first, first + len(upload.events))
        lost = losses_of(upload, state, judged[own], results[own], sender.today)
        shown = (upload.told_until, told_until(state.watermark_at, hold_before(upload.facts, lost, at)))
        watermark_at = max(filter(None, shown), default=None)
        outcomes[upload.reporter.device_id] = UploadOutcome(
            at, upload.heard.skew_ms, watermark_at, _results(upload, results[own])
        )
        losses.append(lost)
        days += limits.day_counts(upload, judged[own], results[own], lost, at)
        first += len(upload.events)
    await _save(session, uploads, after, losses, days, at)
    return outcomes


async def _restarts(session: AsyncSession, uploads: Sequence[OpenedUpload]) -> list[CounterRestart | None]:
    """What proves of each upload's device that its counter started over.

    One statement, where a number came that had come before; none else.
    """
    used = [number for upload in uploads for number in used_numbers(upload)]
    reused = await queries.reused_numbers(session, used) if used else {}
    return [
        restart_of(
            upload.facts.state,
            upload.heard,
            reused.get(upload.reporter.device_id, set()) | numbers_given_twice(upload),
        )
        for upload in uploads
    ]


async def _within_sight(
    session: AsyncSession, judged: Sequence[FieldRecord], results: Sequence[Result]
) -> Sequence[Result]:
    """The results as the devices may be told them: of an outlet out of their rep's sight they learn nothing.

    One statement more, where an outlet of another territory was visited.
    """
    elsewhere = {
        place: VisitedOutlet(event.stamp.business_date, event.rep_id, event.outlet.id)
        for place, event in enumerate(judged)
        if isinstance(event, CheckInRecord) and event.outlet and event.outlet.territory_id != event.territory_id
    }
    if not elsewhere:
        return results
    planned = await planned_among(session, set(elsewhere.values()))
    return [
        replace(result, verdict=OUT_OF_SIGHT)
        if result.verdict is not None and place in elsewhere and elsewhere[place] not in planned
        else result
        for place, result in enumerate(results)
    ]


async def _gather(session: AsyncSession, uploads: Sequence[OpenedUpload]) -> Masters:
    """Outlets and reasons by one statement each, where there is an event that needs them; order forms are judged."""
    events = [event for upload in uploads for event in upload.events]
    codes = {event.outlet_code for event in events}
    codes |= {event.outlet_code for upload in uploads for event, _ in upload.unread if event.outlet_code is not None}
    outlets = await outlets_by_code(session, codes) if codes else {}
    forms = await judge_forms(session, forms_in(uploads, outlets))
    with_reason = any(isinstance(event, NoOrderEvent) for event in events)
    return Masters(outlets, frozenset(await active_reasons(session) if with_reason else ()), forms)


def _sender(upload: OpenedUpload, state: SyncState, restart: CounterRestart | None, at: datetime) -> Sender:
    reporter, facts = upload.reporter, upload.facts
    today = business_date(facts.territory, at)
    return Sender(
        reporter.territory_id,
        reporter.rep_id,
        today,
        changed_numbers(upload, state, restart, today),
        facts.several_devices,
        facts.territory,
        facts.closed_to,
    )


async def _save(
    session: AsyncSession,
    uploads: Sequence[OpenedUpload],
    states: Sequence[SyncState],
    losses: Sequence[DeviceLosses],
    days: Sequence[DayCount],
    at: datetime,
) -> None:
    """Save the state of each device whose upload claims a sequence, has events, or tells something new of its boot.

    What was rejected or got lost first, for it keeps penalties provisional that the watermark would make final.
    """
    if news := [of_device for of_device in losses if of_device.is_news]:
        await rejected_events.save(session, news, at)
    new_states, moved = [], []
    with_events = {day.device_id for day in days}
    for upload, state in zip(uploads, states, strict=True):
        sending, before, reporter = upload.upload.sending, upload.facts.state, upload.reporter
        boot = upload.news_of_boot
        claims = sending.sequence_to is not None or reporter.device_id in with_events
        if claims or state != before or boot is not None:
            new_states.append(DeviceUpload(reporter.device_id, state, boot))
        if state.watermark_at != before.watermark_at:
            moved.append((reporter.rep_id, before.watermark_at, state.watermark_at))
    if new_states or days:
        await watermarks.save_states(session, new_states, at, days)
    if moved:
        await finalise_moved(session, moved, at)
    if rep_ids := [of_device.rep_id for of_device in losses if of_device.recorded]:
        await finalise_passed(session, rep_ids, at)


def _results(upload: OpenedUpload, results: Sequence[Result]) -> list[Result]:
    """A result for each event, in the order sent; `results` are those of the events that could be read."""
    of_read = iter(results)
    return [
        rejected(event.id, "The event cannot be read.", event.problems)
        if isinstance(event, UnreadEvent)
        else with_warnings(next(of_read), event.warnings)
        for event in upload.upload.events
    ]
