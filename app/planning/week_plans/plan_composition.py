"""From outlets by day to timed days. What a question about the ways rests on is a `Draft`; asking needs no session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.masters.outlets.plan_facts import PlanOutlet
from app.planning.routing.schedules import inserted, schedule
from app.planning.routing.travel_times import TravelTimes
from app.planning.week_plans.plan_content import DayPlan, PlanNote
from app.planning.week_plans.timetables import day_plan, routing_day, ways_between
from app.planning.workdays.rules import Workday

ESTIMATED = "estimated_drive_times"


@dataclass(frozen=True, slots=True)
class Draft:
    """A rep's days before they are timed: the outlets of each in their order, and those that come to it (`arrivals`),
    each of which takes its cheapest place.
    """

    workday: Workday
    stops: Mapping[date, Sequence[PlanOutlet]]
    arrivals: Mapping[date, Sequence[PlanOutlet]] = field(default_factory=dict)

    def outlets(self) -> dict[int, PlanOutlet]:
        """Every outlet of its days, by id."""
        days = (*self.stops.values(), *self.arrivals.values())
        return {outlet.id: outlet for outlets in days for outlet in outlets}


@dataclass(frozen=True, slots=True)
class TimedDays:
    """Days with their times, and what is to be known about the ways."""

    days: tuple[DayPlan, ...]
    notes: tuple[PlanNote, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """Timed days, the facts that they were made from, and what is to be known about the ways."""

    days: tuple[DayPlan, ...]
    outlets: Mapping[int, PlanOutlet]
    workday: Workday
    own: Sequence[PlanOutlet]
    notes: tuple[PlanNote, ...]

    @classmethod
    def of(cls, draft: Draft, times: TimedDays, own: Sequence[PlanOutlet]) -> "Composed":
        """A draft with its times; `own` are the outlets that the rep looks after."""
        return cls(times.days, draft.outlets(), draft.workday, own, times.notes)


async def timed(travel_times: TravelTimes, draft: Draft) -> TimedDays:
    """Time the days of a draft, each in the order given. May wait for a router."""
    days, notes = [], []
    for day in sorted({*draft.stops, *draft.arrivals}):
        planned, arrivals = draft.stops.get(day, ()), draft.arrivals.get(day, ())
        outlets = [*planned, *arrivals]
        ways = await ways_between(travel_times, draft.workday, outlets)
        problem = routing_day(day, outlets, draft.workday, ways)
        if arrivals:
            order = list(range(len(planned)))
            for stop in range(len(planned), len(outlets)):
                order, _ = inserted(problem, order, stop)
            outlets = [outlets[stop] for stop in order]
            problem = routing_day(day, outlets, draft.workday, ways)
        times = schedule(problem, range(len(outlets)))
        days.append(day_plan(day, problem, outlets, times, draft.workday, ways))
        if ways.travel.warning is not None:
            notes.append(PlanNote(ESTIMATED, ways.travel.warning, None, day))
    return TimedDays(tuple(days), tuple(notes))
