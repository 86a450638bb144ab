"""From a day's wall times to instants. What takes minutes keeps them, on days on which clocks are changed as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.masters.territories.local_time import instant_of
from app.planning.week_plans.plan_content import DayPlan, PlannedStop
from app.planning.week_plans.timetables import wall_time_of


@dataclass(frozen=True, slots=True)
class StopInstants:
    """When the rep gets to an outlet, when the visit begins and ends; `waiting` before it, lunch apart."""

    arrival_at: datetime
    begins_at: datetime
    ends_at: datetime
    waiting: timedelta


@dataclass(frozen=True, slots=True)
class DayInstants:
    """A day's instants, with the zone's offsets; its stops by outlet."""

    departs_at: datetime
    returns_at: datetime
    lunch: tuple[datetime, datetime] | None
    stops: Mapping[int, StopInstants]


def instants_of(day: DayPlan, zone: ZoneInfo) -> DayInstants:
    """The instants of a day: its wall times, put off where a way or a visit before would not have had its minutes.

    That is so where a wall time falls into a gap (T4), and past midnight.
    """

    def wall(seconds: int) -> datetime:
        return instant_of(day.day, wall_time_of(seconds), zone)

    departs = now = wall(day.departs_s)
    clock_s = day.departs_s
    stops: dict[int, StopInstants] = {}
    for stop in day.stops:
        arrival = max(wall(stop.arrives_s), now + timedelta(seconds=stop.arrives_s - clock_s))
        lunch = timedelta(seconds=_lunch_s(day, stop))
        begins = max(wall(stop.begins_s), arrival + lunch)
        now, clock_s = begins + timedelta(seconds=stop.leaves_s - stop.begins_s), stop.leaves_s
        stops[stop.outlet_id] = StopInstants(
            arrival.astimezone(zone), begins.astimezone(zone), now.astimezone(zone), begins - arrival - lunch
        )
    returns = max(wall(day.returns_s), now + timedelta(seconds=day.returns_s - clock_s))
    break_ = None
    if day.lunch_s is not None and day.lunch_until_s is not None:
        break_begins = wall(day.lunch_s)
        break_ends = break_begins + timedelta(seconds=day.lunch_until_s - day.lunch_s)
        break_ = (break_begins.astimezone(zone), break_ends.astimezone(zone))
    return DayInstants(departs.astimezone(zone), returns.astimezone(zone), break_, stops)


def _lunch_s(day: DayPlan, stop: PlannedStop) -> int:
    """The seconds of the lunch break that lie between arriving and the visit's begin."""
    if day.lunch_s is None or day.lunch_until_s is None:
        return 0
    return max(0, min(day.lunch_until_s, stop.begins_s) - max(day.lunch_s, stop.arrives_s))
