"""Until when an order is in time on each day of a period: computed outside SQL, whose zones are not T4's."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.masters.territories.calendar import TerritoryFacts, cutoff_at, is_working_day, zone_on
from app.masters.territories.local_time import instant_of


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant of a business date by some calendar: its cutoff (`due_time` None), or the due time of some outlets."""

    calendar: int
    business_date: date
    due_time: time | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Which calendar each territory (id) goes by, and the deadlines of the calendars.

    By calendar and not by territory: a company has hundreds of territories, and a few calendars.
    """

    calendars: Mapping[int, int]
    instants: list[Deadline]


def deadlines_of(
    territories: Collection[TerritoryFacts], due_times: Mapping[int, set[time]], first: date, last: date
) -> Deadlines:
    """The deadlines of every working day from the first to the last (T4, C7). `due_times`: by territory id."""
    alike: dict[Hashable, list[TerritoryFacts]] = {}
    for territory in territories:
        alike.setdefault(_calendar_of(territory), []).append(territory)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    calendars: dict[int, int] = {}
    instants: list[Deadline] = []
    for calendar, (some, *others) in enumerate(alike.values()):
        calendars |= {territory.id: calendar for territory in (some, *others)}
        own = sorted(set().union(*(due_times.get(territory.id, ()) for territory in (some, *others))))
        for day in days:
            if is_working_day(some, day):
                instants.append(Deadline(calendar, day, None, cutoff_at(some, day)))
                instants += [Deadline(calendar, day, due, instant_of(day, due, zone_on(some, day))) for due in own]
    return Deadlines(calendars, instants)


def _calendar_of(territory: TerritoryFacts) -> Hashable:
    """What two territories must have in common to have the same deadlines."""
    changes = (territory.created_at, territory.past) if territory.past else None
    return territory.zone.key, territory.order_cutoff, territory.working_weekdays, territory.holidays, changes
