"""What becomes of each event of an upload: pure functions of the event and of what was gathered for it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache, partial

from app.doors.handheld.reporters import Reporter
from app.doors.handheld.upload.records import DeviceFacts, Upload
from app.doors.handheld.upload.schemas import UnreadEvent
from app.doors.order_taking.events import AnyEvent, CheckInEvent, NoOrderEvent, OrderEvent
from app.doors.order_taking.service import FieldRecord
from app.field.check_ins.geofence import GeofenceCase, VerdictPolicy, fence_of, judge_all
from app.field.check_ins.records import CheckInRecord
from app.ground.errors import FieldProblem
from app.ground.receipts.service import content_digest
from app.ground.values import value
from app.masters.outlets.positions import Fix, Position
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.boots import Boot, EventClock, HeardUpload, UploadClock, hear, hear_with
from app.masters.territories.calendar import RepFacts, business_date, cutoff_at
from app.masters.territories.field_clock import Stamp, boot_doubt, correct, within_reach
from app.sales.orders.judging import FormToJudge, JudgedForm
from app.sales.orders.records import RECEIPT_KIND, NoOrderRecord, OrderRecord
from app.sales.orders.rules import OrderChannel, judge_no_order

_UNKNOWN_OUTLET = FieldProblem("/outlet_code", "unknown_outlet", "There is no outlet with this code.")
_WORTH_KEEPING = timedelta(seconds=1)
"""An anchor, or a skew, that is better by less is not worth a write for every upload."""
_CLAIMED_ANEW_MS = 60_000
"""That nothing was recorded for less than this is not worth one either."""


@value(frozen=True, slots=True)
class OpenedUpload:
    """An upload that holds its locks, with the facts that were read under them, its clocks, and its readable events.

    `stamps` are the events', in their order. `told_until`: up to when the device had told everything before it came.
    `unread`: the events that cannot be read, with when they were where that can.
    """

    upload: Upload
    facts: DeviceFacts
    heard: HeardUpload
    events: Sequence[AnyEvent]
    stamps: Sequence[Stamp]
    told_until: datetime | None = None
    unread: Sequence[tuple[UnreadEvent, Stamp | None]] = ()

    @property
    def reporter(self) -> Reporter:
        """Whose it is."""
        return self.upload.reporter

    @property
    def news_of_boot(self) -> Boot | None:
        """What is to be written down of its boot; None where that says nothing new."""
        before, after = self.heard.before, self.heard.after
        if before is None or after is None or after.anchor_at is None or before.anchor_at is None:
            return None if after == before else after
        better = before.anchor_at - after.anchor_at > _WORTH_KEEPING
        quicker = (before.skew_ms is None) != (after.skew_ms is None) or (
            before.skew_ms is not None
            and after.skew_ms is not None
            and timedelta(milliseconds=before.skew_ms - after.skew_ms) > _WORTH_KEEPING
        )
        counted = before.claimed_to != after.claimed_to or (
            (after.claimed_ms or 0) - (before.claimed_ms or 0) > _CLAIMED_ANEW_MS
        )
        return after if better or quicker or counted else None


@value(frozen=True, slots=True)
class Masters:
    """What was gathered for the events of uploads, by code."""

    outlets: Mapping[str, FieldOutlet]
    reasons: frozenset[str]
    forms: Sequence[JudgedForm]
    """The order forms as they were judged, in the order of their events."""


def opened(upload: Upload, facts: DeviceFacts, at: datetime) -> OpenedUpload:
    """An upload whose locks were taken at `at`."""
    sending = upload.sending
    clock = UploadClock(sending.sent_at, at, sending.monotonic_ms, sending.boot_id, sending.sequence_to)
    boot = facts.boots.get(sending.boot_id or "")
    alone = upload.events[0].clock if sending.with_event else None
    heard = hear(boot, clock) if alone is None else hear_with(boot, clock, alone)
    events = [event for event in upload.events if not isinstance(event, UnreadEvent)]
    stamp = partial(_stamp, heard, heard.skew_ms, facts, cache(partial(cutoff_at, facts.territory)), at)
    stamps = [stamp(event.clock) for event in events]
    unread = [
        (event, stamp(event.clock) if event.clock is not None else None)
        for event in upload.events
        if isinstance(event, UnreadEvent)
    ]
    return OpenedUpload(upload, facts, heard, events, stamps, facts.told_until(at), unread)


def forms_in(uploads: Sequence[OpenedUpload], outlets: Mapping[str, FieldOutlet]) -> list[FormToJudge]:
    """The order forms of uploads, in the order of their events, as they are to be judged (O2)."""
    forms = []
    for upload in uploads:
        reporter = upload.reporter
        rep = RepFacts(reporter.rep_id, reporter.rep_code, reporter.rep_code, reporter.territory_id, active=True)
        for event, stamp in zip(upload.events, upload.stamps, strict=True):
            if isinstance(event, OrderEvent):
                form = event.form
                digest = content_digest(RECEIPT_KIND, reporter.rep_code, event.content())
                outlet = outlets.get(event.outlet_code)
                forms.append(FormToJudge(form, digest, outlet, stamp, upload.facts.territory.zone, rep))
    return forms


def judge(uploads: Sequence[OpenedUpload], masters: Masters) -> list[FieldRecord]:
    """Judge each readable event of uploads (V1, V2, O2), in their order; all were opened under the newest policy."""
    policy = uploads[-1].facts.policy
    events = [
        (upload, event, stamp, masters.outlets.get(event.outlet_code))
        for upload in uploads
        for event, stamp in zip(upload.events, upload.stamps, strict=True)
    ]
    positions = _positions([(event, stamp, outlet) for _, event, stamp, outlet in events], policy)
    records: list[FieldRecord] = []
    forms = iter(masters.forms)
    for (upload, event, stamp, outlet), judged in zip(events, positions, strict=True):
        reporter, position = upload.reporter, _as_kept(judged, upload.facts, stamp)
        if isinstance(event, CheckInEvent):
            records.append(_check_in(event, stamp, reporter, outlet, position, policy.version))
        elif isinstance(event, OrderEvent):
            records.append(_order(next(forms), stamp, upload, outlet, position))
        else:
            records.append(_report(event, stamp, reporter, outlet, masters.reasons))
    return records


def _stamp(
    heard: HeardUpload,
    skew_ms: int,
    facts: DeviceFacts,
    closes_at: Callable[[date], datetime],
    at: datetime,
    clock: EventClock,
) -> Stamp:
    """When an event happened (T1, T2), on which day (T3); it was received at `at`, however often it was sent."""
    boot_id = clock.boot_id or heard.clock.boot_id
    boot = facts.boots.get(boot_id or "")
    time = within_reach(correct(clock, heard, boot), at, facts.state.watermark_at)
    day = business_date(facts.territory, time.corrected_at)
    first_heard_at = boot.first_heard_at if boot is not None else at
    doubt = time.doubt
    if first_heard_at > time.corrected_at:
        doubt = boot_doubt(time, first_heard_at, closes_at(day))
    return Stamp(
        business_date=day,
        captured_at=clock.captured_at,
        received_at=at,
        corrected_at=time.corrected_at,
        skew_ms=skew_ms,
        trusted=time.trusted,
        clock_changed=time.clock_changed,
        monotonic_ms=clock.monotonic_ms,
        boot_id=boot_id,
        sequence=clock.sequence,
        clock_doubt=doubt,
    )


def _positions(events: Sequence[tuple[AnyEvent, Stamp, FieldOutlet | None]], policy: VerdictPolicy) -> list[Position]:
    """Each event's fix and the verdict on it: all check-ins at a known outlet have one, orders with a fix too (V2).

    A void fix is none from here on: it feeds no doubt and no proposal.
    """
    fixes = [None if isinstance(event, NoOrderEvent) else event.fix for event, _, _ in events]
    cases = {}
    for place, ((event, stamp, outlet), fix) in enumerate(zip(events, fixes, strict=True)):
        if outlet is not None and (fix is not None or isinstance(event, CheckInEvent)):
            fence = fence_of(outlet.location_version, outlet.lat, outlet.lon, outlet.radius_m, outlet.polygon)
            cases[place] = GeofenceCase(fix, fence, stamp.captured_at, stamp.corrected_at)
    verdicts = dict(zip(cases, judge_all(list(cases.values()), policy), strict=True))
    return [(fix if fix and not fix.void else None, verdicts.get(place)) for place, fix in enumerate(fixes)]


def _as_kept(position: Position, facts: DeviceFacts, stamp: Stamp) -> Position:
    """A judged position as it is kept: outside of working hours nobody is told where a rep is (decision 54).

    The verdict stays, so that the rep's evidence is the same at any hour (V7). What decides is when the event happened,
    as far as the server knows (T1), whatever the phone's clock shows.
    """
    fix, verdict = position
    if not isinstance(fix, Fix) or facts.hours is None or facts.hours.cover(stamp.corrected_at):
        return position
    return fix.without_coordinates(), verdict


def _check_in(
    event: CheckInEvent,
    stamp: Stamp,
    reporter: Reporter,
    outlet: FieldOutlet | None,
    position: Position,
    policy_version: int,
) -> CheckInRecord:
    return CheckInRecord(
        id=event.id,
        stamp=stamp,
        territory_id=reporter.territory_id,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        outlet=outlet,
        kind=event.kind,
        fix=position[0],
        verdict=position[1],
        policy_version=policy_version,
        digest=content_digest("check_in", reporter.rep_code, event.content()),
        problems=() if outlet is not None else (_UNKNOWN_OUTLET,),
    )


def _order(
    judged: JudgedForm, stamp: Stamp, upload: OpenedUpload, outlet: FieldOutlet | None, position: Position
) -> OrderRecord:
    reporter = upload.reporter
    return OrderRecord(
        form=judged.form,
        decision=judged.decision,
        stamp=stamp,
        outlet=outlet,
        channel=OrderChannel.HANDHELD,
        placed_by=reporter.actor,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        device_told_until=upload.told_until,
        fix=position[0],
        verdict=position[1],
        first_received_at=judged.first_received_at,
        digest=judged.digest,
    )


def _report(
    event: NoOrderEvent, stamp: Stamp, reporter: Reporter, outlet: FieldOutlet | None, reasons: frozenset[str]
) -> NoOrderRecord:
    return NoOrderRecord(
        id=event.id,
        stamp=stamp,
        territory_id=reporter.territory_id,
        rep_id=reporter.rep_id,
        device_id=reporter.device_id,
        outlet=outlet,
        reason_code=event.reason_code,
        comment=event.comment,
        digest=content_digest("no_order", reporter.rep_code, event.content()),
        problems=judge_no_order(event.reason_code, outlet, reasons, reporter.territory_id),
    )
