"""What a territory's clock and calendar say (T3, T4, C7)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.masters.territories.local_time import business_date_of, instant_of

LONGEST_PAUSE_DAYS = 366


@dataclass(frozen=True, slots=True)
class PastCalendar:
    """A calendar that a territory had until it was changed, at `until`; it decides about days before `valid_until`."""

    until: datetime
    valid_until: date
    zone: ZoneInfo
    order_cutoff: time
    call_deadline: time
    working_weekdays: frozenset[int]
    holidays: frozenset[date]


@dataclass(frozen=True, slots=True)
class TerritoryFacts:
    """A territory as others need it. `working_weekdays` are ISO (Monday is 1); `past` calendars, the oldest first."""

    id: int
    code: str
    zone: ZoneInfo
    order_cutoff: time
    call_deadline: time
    working_weekdays: frozenset[int]
    holidays: frozenset[date]
    created_at: datetime
    past: tuple[PastCalendar, ...] = ()


@dataclass(frozen=True, slots=True)
class RepFacts:
    """A rep as others need it."""

    id: int
    code: str
    name: str
    territory_id: int
    active: bool


def cutoff_at(territory: TerritoryFacts, day: date) -> datetime:
    """The instant (UTC) at which `day` closes (T4), by the calendar that decides about it (T6)."""
    calendar = _calendar_of(territory, day)
    return instant_of(day, calendar.order_cutoff, calendar.zone)


def call_deadline_at(territory: TerritoryFacts, day: date) -> datetime:
    """The instant (UTC) up to which outlets are phoned on `day` (T4), by the calendar by which it closes."""
    calendar = _calendar_of(territory, day)
    return instant_of(day, calendar.call_deadline, calendar.zone)


def is_working_day(territory: TerritoryFacts, day: date) -> bool:
    """Whether `day` has a cutoff at all (C7), by the calendar that decides about it."""
    calendar = _calendar_of(territory, day)
    return day.isoweekday() in calendar.working_weekdays and day not in calendar.holidays


def business_date(territory: TerritoryFacts, instant: datetime) -> date:
    """The local date of an instant (T3), by the zone that holds on that date.

    Where the zone changes, the last day by the old one is as long as it takes: until the new zone's first day begins.
    """
    calendar: TerritoryFacts | PastCalendar = territory
    last: date | None = None
    for past in reversed(territory.past):
        if business_date_of(instant, calendar.zone) >= past.valid_until:
            break
        calendar, last = past, past.valid_until - timedelta(days=1)
    local_date = business_date_of(instant, calendar.zone)
    return local_date if last is None else min(local_date, last)


def zone_on(territory: TerritoryFacts, day: date) -> ZoneInfo:
    """The zone of the calendar that decides about `day` (T6): by which its times of day are meant."""
    return _calendar_of(territory, day).zone


def next_working_day(territory: TerritoryFacts, day: date) -> date:
    """The first day after `day` on which the territory works (C7): when what is ordered can be delivered.

    Where it never works within a year, the next day.
    """
    ahead = (day + timedelta(days=days) for days in range(1, LONGEST_PAUSE_DAYS + 1))
    return next((later for later in ahead if is_working_day(territory, later)), day + timedelta(days=1))


def _calendar_of(territory: TerritoryFacts, day: date) -> TerritoryFacts | PastCalendar:
    """The calendar that decides about a day (T6): of those that had begun by then, the one that was set last.

    A change begins on the next day, so nobody is late by a time that was set afterwards, and no day of the past is
    opened (C6, decision 12).
    """
    calendar: TerritoryFacts | PastCalendar = territory
    for past in reversed(territory.past):
        if day >= past.valid_until:
            break
        calendar = past
    return calendar
