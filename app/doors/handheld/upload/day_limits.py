"""How many events of one rep a day may have: what an upload adds, and whether that is too much (decision 59)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.doors.handheld.upload.errors import TooManyEvents
from app.doors.handheld.upload.rules import OpenedUpload
from app.doors.handheld.upload.schemas import MOST_EVENTS
from app.doors.order_taking.service import EventStatus, FieldRecord, Result
from app.field.rejected_events.records import DeviceLosses
from app.field.watermarks.day_counts import DayCount
from app.masters.territories.field_clock import ClockDoubt, Stamp
from app.sales.orders.records import NoOrderRecord

DAY_LIMIT_EVENTS = 5_000
"""So many events of one rep may be of one business date, and so many may come on one local day."""


def may_pass(upload: OpenedUpload, limit: int) -> bool:
    """Whether an upload may pass the limit, if all of it is new: nearly never, and then its ids are looked up."""
    return bool(upload.facts.full_days) or len(upload.upload.events) > limit


def watched_from(limit: int) -> int:
    """A day with fewer events than this cannot pass the limit by one upload."""
    return limit - MOST_EVENTS + 1


def beyond_limit(upload: OpenedUpload, known_ids: Collection[UUID], limit: int, at: datetime) -> TooManyEvents | None:
    """Why an upload cannot be taken; `known_ids`: those of its events' ids that have come before. They do not count.

    Nor do events that were rejected before, and come again.
    """
    before = {day.business_date: day for day in upload.facts.full_days}
    new = {
        event.id: stamp for event, stamp in zip(upload.events, upload.stamps, strict=True) if event.id not in known_ids
    }
    rejected = {rejection.event_id for rejection in upload.facts.rejections}
    unread = sum(event.id_text is None or event.id_text not in rejected for event, _ in upload.unread)
    for day, events in sorted(Counter(stamp.business_date for stamp in new.values()).items()):
        if events + (before[day].events if day in before else 0) > limit:
            return _refusal(
                upload, at, limit, day, f"are of the business date {day}", "Ask the operator of the service."
            )
    today = _local_date(upload, at)
    come_again = sum(str(id_) in rejected for id_ in new)
    received = len(new) - come_again + unread
    if received and received + (before[today].received if today in before else 0) > limit:
        return _refusal(upload, at, limit, today, f"came on {today}", "Send it again after midnight.")
    return None


def day_counts(
    upload: OpenedUpload, judged: Sequence[FieldRecord], results: Sequence[Result], losses: DeviceLosses, at: datetime
) -> list[DayCount]:
    """What an upload adds to the days of its device. `judged` and `results`: of its readable events."""
    new: dict[date, list[FieldRecord]] = {}
    for record, result in zip(judged, results, strict=True):
        if result.status is EventStatus.ACCEPTED:
            new.setdefault(record.stamp.business_date, []).append(record)
    received = {_local_date(upload, at): sum(map(len, new.values())) + len(losses.rejected)}
    days = new.keys() | {day for day, events in received.items() if events}
    return [_day_count(upload, day, new.get(day, ()), received) for day in sorted(days)]


def _day_count(upload: OpenedUpload, day: date, new: Sequence[FieldRecord], received: Mapping[date, int]) -> DayCount:
    timed = [
        (record.stamp.corrected_at, record.id)
        for record in new
        if not isinstance(record, NoOrderRecord) and _tells_time(record.stamp)
    ]
    (first_at, first_id), (last_at, last_id) = (min(timed), max(timed)) if timed else ((None, None), (None, None))
    return DayCount(
        upload.reporter.rep_id,
        day,
        upload.reporter.device_id,
        len(new),
        received.get(day, 0),
        len(timed),
        first_at,
        first_id,
        last_at,
        last_id,
    )


def _tells_time(stamp: Stamp) -> bool:
    return stamp.clock_doubt != ClockDoubt.UNPROVEN_TIME and (stamp.trusted or not stamp.clock_changed)


def _local_date(upload: OpenedUpload, at: datetime) -> date:
    return at.astimezone(upload.facts.territory.zone).date()


def _refusal(upload: OpenedUpload, at: datetime, limit: int, day: date, which: str, advice: str) -> TooManyEvents:
    zone = upload.facts.territory.zone
    midnight = datetime.combine(_local_date(upload, at) + timedelta(days=1), time(), zone)
    return TooManyEvents(
        f"With this upload more than {limit} events of this rep {which}: no working day has so many. Nothing of it was"
        f" recorded. {advice}",
        business_date=day.isoformat(),
        limit_events=limit,
        retry_after_seconds=int((midnight - at).total_seconds()) + 1,
    )
