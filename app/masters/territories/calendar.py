"""What a territory's clock and calendar say (T3, T4, C7)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.masters.territories.local_time import business_date_of, instant_of


@dataclass(frozen=True, slots=True)
class PastCalendar:
    """A calendar that a territory had until it was changed."""

    until: datetime
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
    """The instant (UTC) at which `day` closes (T4), by the calendar that decides about it."""
    return _closes_at(_calendar_of(territory, day), day)


def call_deadline_at(territory: TerritoryFacts, day: date) -> datetime:
    """The instant (UTC) up to which outlets are phoned on `day` (T4), by the calendar by which it closes."""
    calendar = _calendar_of(territory, day)
    return instant_of(day, calendar.call_deadline, calendar.zone)


def is_working_day(territory: TerritoryFacts, day: date) -> bool:
    """Whether `day` has a cutoff at all (C7), by the calendar that decides about it."""
    calendar = _calendar_of(territory, day)
    return day.isoweekday() in calendar.working_weekdays and day not in calendar.holidays


def business_date(territory: TerritoryFacts, instant: datetime) -> date:
    """The local date of an instant (T3)."""
    return business_date_of(instant, territory.zone)


def _calendar_of(territory: TerritoryFacts, day: date) -> TerritoryFacts | PastCalendar:
    """The calendar that decides about a day: the last one that was set before the day's cutoff had come (C6).

    Once the cutoff has come, no change says anything about the day any more; and a change by which it would have come
    already holds from the next day on: nobody can be late by a time that was set afterwards. On the day on which a
    territory is made it is still being set up, and before it nobody knew of it: there the calendar that stands decides.
    """
    if day <= business_date(territory, territory.created_at):
        return territory
    calendar: TerritoryFacts | PastCalendar
    calendar, *later = (*territory.past, territory)
    for past, following in zip(territory.past, later, strict=True):
        if _closes_at(calendar, day) <= past.until:
            break
        if _closes_at(following, day) > past.until:
            calendar = following
    return calendar


def _closes_at(calendar: TerritoryFacts | PastCalendar, day: date) -> datetime:
    return instant_of(day, calendar.order_cutoff, calendar.zone)
