"""Until when an order is in time: the wall times that are deadlines somewhere, as instants of a period's days (T4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.territories.local_time import instant_of


@dataclass(frozen=True, slots=True)
class Deadline:
    """A wall time of a business date in a zone: the cutoff of its territories, or the due time of some outlets."""

    zone: str
    business_date: date
    wall_time: time
    at: datetime


def deadlines_of(wall_times: Collection[tuple[str, time]], first: date, last: date) -> list[Deadline]:
    """Each wall time (zone, time) on each day from the first to the last.

    By zone and not by territory: a company has hundreds of territories, in a few zones and with the same few times.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        Deadline(zone, day, wall_time, instant_of(day, wall_time, zone))
        for zone, wall_time in sorted(set(wall_times))
        for day in days
    ]
