"""From the outlets of a day to a day with its times: the problem that routing knows, and its route as a plan's day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from app.masters.outlets.geodesy import Floats
from app.masters.outlets.plan_facts import PlanOutlet
from app.planning.routing.days import ALL_DAY, Day, Schedule, Stop, Window
from app.planning.routing.travel_times import Place, Travel, TravelTimes
from app.planning.week_plans.plan_content import DayPlan, PlannedStop
from app.planning.workdays.rules import Workday, seconds_of


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways between the outlets of a rep, and to where its days start and end. `place` has the matrix's indices.

    An outlet that nobody knows the place of has none.
    """

    travel: Travel
    place: Mapping[int, int]
    start: int | None
    end: int | None


async def ways_between(travel_times: TravelTimes, workday: Workday, outlets: Sequence[PlanOutlet]) -> Ways:
    """Ask for the ways between these outlets, both ways."""
    located = [(o.id, Place(o.lat, o.lon)) for o in outlets if o.lat is not None and o.lon is not None]
    places = [place for _, place in located]
    ends: list[int | None] = []
    for place in (workday.start, workday.end):
        ends.append(None if place is None else len(places))
        places += [] if place is None else [place]
    travel = await travel_times.between(places, workday.area_type)
    return Ways(travel, {outlet_id: index for index, (outlet_id, _) in enumerate(located)}, ends[0], ends[1])


def routing_day(
    day: date,
    outlets: Sequence[PlanOutlet],
    workday: Workday,
    ways: Ways,
    *,
    priorities: Mapping[int, int] | None = None,
) -> Day:
    """A day as routing knows it, stops in the order of `outlets`.

    An outlet without a place lies where the one before it lies: no way is known to it, and none is made up.
    """
    stops = []
    somewhere = next((ways.place[outlet.id] for outlet in outlets if outlet.id in ways.place), 0)
    for outlet in outlets:
        somewhere = ways.place.get(outlet.id, somewhere)
        priority = (priorities or {}).get(outlet.id, 0)
        stops.append(Stop(somewhere, service_s(outlet, workday), windows_on(outlet, day), priority))
    return Day(
        tuple(stops),
        ways.travel.drive_s,
        workday.begins_s,
        workday.ends_s,
        ways.start,
        ways.end,
        workday.lunch,
    )


def service_s(outlet: PlanOutlet, workday: Workday) -> int:
    """How long a visit takes, in seconds."""
    return (outlet.service_minutes or workday.service_minutes) * 60


def windows_on(outlet: PlanOutlet, day: date) -> tuple[Window, ...]:
    """When a visit is welcome on a day. An outlet that is closed is welcome at midnight, for no time at all."""
    spans = outlet.spans_on(day)
    if spans is None:
        return ALL_DAY
    return tuple(Window(seconds_of(opens), seconds_of(closes)) for opens, closes in spans) or (Window(0, 0),)


def day_plan(
    day: date, problem: Day, outlets: Sequence[PlanOutlet], times: Schedule, workday: Workday, ways: Ways
) -> DayPlan:
    """A timed route as a plan's day; `outlets` are the problem's stops."""
    metres = _metres(problem, times, ways.travel.distance_m)
    lunch_until = None
    if times.lunch_s is not None and problem.lunch is not None:
        lunch_until = times.lunch_s + problem.lunch.duration_s
    stops = tuple(
        PlannedStop(
            outlets[timed.stop].id,
            timed.drive_s,
            way,
            timed.arrives_s,
            timed.begins_s,
            timed.leaves_s,
            outlets[timed.stop].rep_id,
        )
        for timed, way in zip(times.stops, metres, strict=False)
    )
    return DayPlan(
        day,
        stops,
        times.departs_s,
        times.returns_s,
        times.lunch_s,
        lunch_until,
        times.driving_s,
        sum(metres),
        workday.start,
        workday.end,
    )


def _metres(problem: Day, times: Schedule, distance_m: Floats) -> list[int]:
    """The metres to each stop, and from the last one to the end."""
    places = [problem.start, *(problem.stops[timed.stop].place for timed in times.stops), problem.end]
    return [
        0 if here is None or there is None else round(float(distance_m[here, there]))
        for here, there in pairwise(places)
    ]


def wall_time_of(seconds: int) -> time:
    """A wall time from seconds since midnight; what goes past midnight stays at its last second."""
    seconds = min(max(seconds, 0), 24 * 3600 - 1)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
