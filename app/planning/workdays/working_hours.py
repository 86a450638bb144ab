"""When a rep works, and so when it is recorded where the rep was (decision 54). Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.masters.territories.local_time import business_date_of, instant_of

MARGIN = timedelta(hours=2)
"""What still counts as working hours before they begin and after they end. As far as a check-in speaks for an order
(V7): what vouches for an order that was captured within working hours can be doubted like the order itself.
"""
_NEARBY = (timedelta(0), timedelta(days=-1), timedelta(days=1))
"""Hours that begin or end about midnight reach into the day before, or after."""


class WorkingDays(NamedTuple):
    """Which days a territory works: ISO weekdays, but for holidays; of days before `valid_until`."""

    valid_until: date
    weekdays: frozenset[int]
    holidays: frozenset[date]

    def hold(self, day: date) -> bool:
        """Whether `day` is one of them."""
        return day.isoweekday() in self.weekdays and day not in self.holidays


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """From when to when a rep works, in local wall times, and on which days.

    `calendars`: of the territory, in the order in which they were set; the last one is the present one (T6).
    """

    zone: ZoneInfo
    begins: time
    ends: time
    calendars: Sequence[WorkingDays]

    def cover(self, at: datetime) -> bool:
        """Whether an instant lies within the working hours of a working day, or within MARGIN of them."""
        local_date = business_date_of(at, self.zone)
        return any(self._cover_on(local_date + shift, at) for shift in _NEARBY)

    def _cover_on(self, day: date, at: datetime) -> bool:
        begin, end = (instant_of(day, wall_time, self.zone) for wall_time in (self.begins, self.ends))
        return begin - MARGIN <= at <= max(begin, end) + MARGIN and self._works_on(day)

    def _works_on(self, day: date) -> bool:
        deciding = self.calendars[-1]
        for past in reversed(self.calendars[:-1]):
            if day >= past.valid_until:
                break
            deciding = past
        return deciding.hold(day)
