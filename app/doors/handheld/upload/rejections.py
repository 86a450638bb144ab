"""What of an upload cannot be recorded, and how long its day stays open for that (T7): pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from app.doors.handheld.upload.records import DeviceFacts, rejection_id
from app.doors.handheld.upload.rules import OpenedUpload
from app.doors.handheld.upload.schemas import UnreadEvent
from app.doors.order_taking.events import AnyEvent
from app.doors.order_taking.results import may_become_good
from app.doors.order_taking.service import EventStatus, FieldRecord, Result
from app.field.rejected_events.records import DeviceLosses, Hold, NewRejection, first_cutoff
from app.field.watermarks.rules import GRACE, SyncState, awaited
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.calendar import business_date, cutoff_at
from app.masters.territories.field_clock import Stamp
from app.sales.orders.records import OrderRecord, UnreadForm
from app.sales.orders.rules import OrderChannel


def losses_of(
    upload: OpenedUpload, state: SyncState, judged: Sequence[FieldRecord], results: Sequence[Result], today: date
) -> DeviceLosses:
    """What an upload tells of its device's rejected and lost events.

    `judged` and `results`: of its readable events; `state`: of the device, once the upload's numbers are counted in.
    """
    reporter, facts = upload.reporter, upload.facts
    readable = list(zip(upload.events, judged, results, strict=True))
    rejected = [
        _refused(upload, event, record) for event, record, result in readable if result.status is EventStatus.REJECTED
    ]
    rejected += [_unread(upload, event, stamp) for event, stamp in upload.unread]
    earlier = {rejection.id for rejection in facts.rejections}
    good = [event for event, _, result in readable if result.status is not EventStatus.REJECTED]
    still = awaited(state)
    return DeviceLosses(
        device_id=reporter.device_id,
        rep_id=reporter.rep_id,
        territory_id=reporter.territory_id,
        business_date=today,
        rejected=list({rejection.id: rejection for rejection in rejected if rejection.id not in earlier}.values()),
        recorded=_recorded(facts, good),
        lost=still if still or awaited(facts.state) else None,
        counter_since=state.counter_since,
    )


def hold_before(facts: DeviceFacts, losses: DeviceLosses, at: datetime) -> datetime | None:
    """The cutoff of the first day that an event of the device, rejected before or now, keeps open; None: none does."""
    new = [rejection.hold for rejection in losses.rejected if rejection.hold is not None]
    return first_cutoff([*facts.standing_holds(losses.recorded), *new], at)


def unread_forms(upload: OpenedUpload, outlets: Mapping[str, FieldOutlet], at: datetime) -> list[UnreadForm]:
    """The order forms that cannot be read, of outlets that can: the cutoff tells of them as refused (C3)."""
    reporter = upload.reporter
    forms = []
    for event, stamp in upload.unread:
        outlet = outlets.get(event.outlet_code or "")
        if event.type == "order" and outlet is not None:
            when = stamp or _of_arrival(upload, at)
            forms.append(
                UnreadForm(
                    id=event.uuid or rejection_id(upload.reporter.device_id, event),
                    rep_id=reporter.rep_id,
                    device_id=reporter.device_id,
                    outlet_id=outlet.id,
                    channel=OrderChannel.HANDHELD,
                    placed_by=reporter.actor,
                    stamp=when,
                    problems=event.problems,
                    digest=event.digest,
                )
            )
    return forms


def _recorded(facts: DeviceFacts, good: Iterable[AnyEvent]) -> list[UUID]:
    """Those of the device's rejected events that came again and are recorded now: by their id or their number."""
    standing = [rejection for rejection in facts.rejections if rejection.standing]
    if not standing:
        return []
    events = list(good)
    ids = {str(event.id) for event in events}
    numbers = {number for event in events if (number := event.clock.sequence)}
    return [rejection.id for rejection in standing if rejection.event_id in ids or rejection.sequence in numbers]


def _refused(upload: OpenedUpload, event: AnyEvent, record: FieldRecord) -> NewRejection:
    # a refused form of an outlet keeps that outlet's penalty provisional by itself (C4)
    kept_open_by_form = isinstance(record, OrderRecord) and record.outlet is not None
    return NewRejection(
        id=uuid5(upload.reporter.device_id, f"{event.id}:{record.digest.hex()}"),
        business_date=record.stamp.business_date,
        event_type=event.type,
        event_id=str(event.id),
        sequence=event.clock.sequence or None,
        outlet_code=event.outlet_code,
        problems=record.problems,
        can_be_sent_again=may_become_good(record.problems),
        hold=None if kept_open_by_form else _hold(upload, record.stamp),
    )


def _unread(upload: OpenedUpload, event: UnreadEvent, stamp: Stamp | None) -> NewRejection:
    when = stamp or _of_arrival(upload, upload.heard.clock.received_at)
    return NewRejection(
        id=rejection_id(upload.reporter.device_id, event),
        business_date=when.business_date,
        event_type=event.type,
        event_id=event.id_text,
        sequence=event.sequence,
        outlet_code=event.outlet_code,
        problems=event.problems,
        can_be_sent_again=may_become_good(event.problems),
        hold=_hold(upload, stamp),
    )


def _hold(upload: OpenedUpload, stamp: Stamp | None) -> Hold | None:
    """For how long an event that was not recorded keeps which day open: the day that it is of.

    What does not prove its time is no older than what the device had told before (T3), and may be of any later day that
    can still change.
    """
    territory, at = upload.facts.territory, upload.heard.clock.received_at
    if stamp is not None and stamp.trusted:
        before = last = cutoff_at(territory, stamp.business_date)
    else:
        earliest = max(filter(None, (upload.told_until, at - GRACE)))
        first = business_date(territory, earliest)
        before = cutoff_at(territory, first)
        if before <= earliest:
            before = cutoff_at(territory, first + timedelta(days=1))
        last = cutoff_at(territory, business_date(territory, at))
    until = max(last, before) + GRACE
    return Hold(before, until) if at < until else None


def _of_arrival(upload: OpenedUpload, at: datetime) -> Stamp:
    day = business_date(upload.facts.territory, at)
    return Stamp(business_date=day, captured_at=at, received_at=at, corrected_at=at)
