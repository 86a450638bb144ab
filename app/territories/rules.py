"""What a territory's clock and calendar say (T3, T4, C7)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.territories.local_time import business_date_of, instant_of


@dataclass(frozen=True, slots=True)
class TerritoryFacts:
    """A territory as others need it. `working_weekdays` are ISO (Monday is 1)."""

    id: int
    code: str
    zone: ZoneInfo
    order_cutoff: time
    call_deadline: time
    working_weekdays: frozenset[int]
    holidays: frozenset[date]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RepFacts:
    """A rep as others need it."""

    id: int
    code: str
    name: str
    territory_id: int
    active: bool


def cutoff_at(territory: TerritoryFacts, day: date) -> datetime:
    """The instant (UTC) at which `day` closes (T4)."""
    return instant_of(day, territory.order_cutoff, territory.zone)


def call_deadline_at(territory: TerritoryFacts, day: date) -> datetime:
    """The instant (UTC) up to which outlets are phoned on `day` (T4)."""
    return instant_of(day, territory.call_deadline, territory.zone)


def is_working_day(territory: TerritoryFacts, day: date) -> bool:
    """Whether `day` has a cutoff at all (C7)."""
    return day.isoweekday() in territory.working_weekdays and day not in territory.holidays


def business_date(territory: TerritoryFacts, instant: datetime) -> date:
    """The local date of an instant (T3)."""
    return business_date_of(instant, territory.zone)
