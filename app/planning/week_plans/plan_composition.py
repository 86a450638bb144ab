"""From outlets by day to timed days: the facts that it takes are gathered here, for every use case alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_rep
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.planning.routing.schedules import schedule
from app.planning.routing.travel_times import TravelTimes
from app.planning.week_plans.plan_content import DayPlan, PlanNote
from app.planning.week_plans.timetables import day_plan, routing_day, ways_between
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of

ESTIMATED = "estimated_drive_times"


@dataclass(frozen=True, slots=True)
class Composed:
    """Timed days, the facts that they were made from, and what is to be known about the ways."""

    days: tuple[DayPlan, ...]
    outlets: Mapping[int, PlanOutlet]
    workday: Workday
    own: Sequence[PlanOutlet]
    notes: tuple[PlanNote, ...]


async def composed(
    session: AsyncSession,
    travel_times: TravelTimes,
    territory: TerritoryFacts,
    rep: RepFacts,
    stops: Mapping[date, Sequence[PlanOutlet]],
) -> Composed:
    """Time the days, each in the order given."""
    workday = (await workdays_of(session, territory, [rep]))[rep.id]
    own = await outlets_of_rep(session, rep.id, territory.id)
    days, notes = [], []
    for day, outlets in sorted(stops.items()):
        ways = await ways_between(travel_times, workday, outlets)
        problem = routing_day(day, outlets, workday, ways)
        days.append(day_plan(day, problem, outlets, schedule(problem, range(len(outlets))), workday, ways))
        if ways.travel.warning is not None:
            notes.append(PlanNote(ESTIMATED, ways.travel.warning, None, day))
    outlets_by_id = {outlet.id: outlet for outlets in stops.values() for outlet in outlets}
    return Composed(tuple(days), outlets_by_id, workday, own, tuple(notes))
