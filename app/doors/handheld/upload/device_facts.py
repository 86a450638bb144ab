"""A row that is read under an upload's locks, as what is known of its device."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.doors.handheld.upload.records import DeviceFacts
from app.field.check_ins.geofence import VerdictPolicy
from app.field.rejected_events.records import Hold, KnownRejection
from app.field.watermarks.day_counts import FullDay
from app.field.watermarks.service import ranges_of, state_of
from app.masters.territories.boots import Boot
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.service import calendar_that_was
from app.planning.workdays.rules import USUAL_BEGIN, usual_end
from app.planning.workdays.working_hours import WorkingDays, WorkingHours

_BOOT = [field.name for field in fields(Boot)]
_INSTANTS = ("first_heard_at", "anchor_at", "sent_at")
_POLICY = [field.name for field in fields(VerdictPolicy)]
_TERRITORY = ("id", "code", "time_zone", "order_cutoff", "call_deadline", "created_at")


def facts_of(row: Any, rejections: Sequence[Any]) -> DeviceFacts:
    """What is known of a device: its row of `queries.open_uploads`, and those of its rejections."""
    territory = _territory(row)
    return DeviceFacts(
        state_of(row),
        {boot["boot_id"]: _boot(boot) for boot in orjson.loads(row["boots"] or "[]")},
        territory,
        row["closed_to"],
        _policy(*[row[name] for name in _POLICY]),
        _working_hours(territory, row["begins"], row["ends"]),
        row["several_devices"],
        ranges_of(row["elsewhere"] or ""),
        [_rejection(rejection) for rejection in rejections if rejection["own"]],
        list(
            {
                Hold(rejection["hold_before"], rejection["hold_until"])
                for rejection in rejections
                if not rejection["own"]
            }
        ),
        [_full_day(day) for day in orjson.loads(row["full_days"])] if row["full_days"] else (),
    )


def _full_day(row: dict[str, Any]) -> FullDay:
    return FullDay(date.fromisoformat(row["business_date"]), row["events"], row["received"])


def _working_hours(territory: TerritoryFacts, begins: time | None, ends: time | None) -> WorkingHours | None:
    """When the rep works; None where nobody has agreed on it."""
    if begins is None and ends is None:
        return None
    past = [WorkingDays(past.valid_until, past.working_weekdays, past.holidays) for past in territory.past]
    present = WorkingDays(date.max, territory.working_weekdays, territory.holidays)
    hours = begins or USUAL_BEGIN, ends or usual_end(territory.order_cutoff)
    return WorkingHours(territory.zone, *hours, [*past, present])


def _territory(row: Any) -> TerritoryFacts:
    columns = [row[name] for name in _TERRITORY]
    return _territory_facts(*columns, tuple(row["working_weekdays"]), tuple(row["holidays"]), row["past_calendars"])


# The same rows come with nearly every upload: what is made of them is kept by all that they hold.
@lru_cache(1_000)
def _territory_facts(
    id_: int,
    code: str,
    time_zone: str,
    order_cutoff: time,
    call_deadline: time,
    created_at: datetime,
    working_weekdays: Collection[int],
    holidays: Collection[date],
    past_calendars: str | None,
) -> TerritoryFacts:
    return TerritoryFacts(
        id=id_,
        code=code,
        zone=ZoneInfo(time_zone),
        order_cutoff=order_cutoff,
        call_deadline=call_deadline,
        working_weekdays=frozenset(working_weekdays),
        holidays=frozenset(holidays),
        created_at=created_at,
        past=tuple(calendar_that_was(**past) for past in orjson.loads(past_calendars or "[]")),
    )


@lru_cache(16)
def _policy(*columns: Any) -> VerdictPolicy:
    return VerdictPolicy(*columns)


def _rejection(row: Any) -> KnownRejection:
    before, until = row["hold_before"], row["hold_until"]
    hold = Hold(before, until) if before and until else None
    return KnownRejection(row["id"], row["event_id"], row["first_sequence"], hold, row["standing"])


def _boot(row: dict[str, Any]) -> Boot:
    values = {name: row[name] for name in _BOOT}
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return Boot(**values)
