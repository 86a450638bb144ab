"""Outlets to plan and weeks to spread them over, as plain values; and generations, for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.plan_facts import PlanOutlet
from app.masters.territories.models import Rep, Territory
from app.planning.plan_generation.demands import Demand
from app.planning.plan_generation.models import PlanGeneration, PlanGenerationRep
from app.planning.plan_generation.patterns import choice_of
from app.planning.plan_generation.week_tasks import WeekTask
from app.planning.routing.days import Lunch
from app.planning.routing.travel_times import AreaType, Place, estimated
from app.planning.week_plans.timetables import Ways
from app.planning.workdays.rules import Workday
from tests.factories.routing import at

WEEK = tuple(date(2026, 11, 30) + timedelta(days=number) for number in range(5))
"""Monday to Friday."""

PATRAS = Place(38.2466, 21.7346)


def make_plan_outlet(number: int = 1, times: str = "1", **fields: Any) -> PlanOutlet:
    """An active outlet in the middle of Patras that is to be visited so often a week."""
    sound: dict[str, Any] = {"lat": PATRAS.lat, "lon": PATRAS.lon, "visits_per_week": Decimal(times)}
    return PlanOutlet(number, f"PAT-{number:04}", f"Shop {number}", 1, active=True, rep_id=None, **sound | fields)


def make_workday(home: Place | None = PATRAS, **fields: Any) -> Workday:
    """From 8 to 17 with lunch, from home and back, a quarter of an hour a visit."""
    sound: dict[str, Any] = {
        "begins": time(8),
        "ends": time(17),
        "lunch": Lunch(1800, at(12), at(14)),
        "start": home,
        "end": home,
        "service_minutes": 15,
        "area_type": AreaType.URBAN,
    }
    return Workday(**sound | fields)


def make_week_task(
    outlets: Sequence[PlanOutlet],
    days: Sequence[date] = WEEK,
    workday: Workday | None = None,
    *,
    missed: Sequence[int] = (),
) -> WeekTask:
    """A rep's week in which these outlets are due as often as was agreed; those in `missed` come first."""
    workday = workday or make_workday()
    choices = tuple(
        choice_of(Demand(outlet, int(outlet.visits_per_week or 0), outlet.id in missed), days, workday, [])
        for outlet in outlets
    )
    return WeekTask(tuple(days), choices, workday, make_ways(outlets, workday), "PAT-R1/2026-W49")


def make_ways(outlets: Sequence[PlanOutlet], workday: Workday) -> Ways:
    """The estimated ways between outlets, and to where the day starts and ends."""
    places = [Place(outlet.lat, outlet.lon) for outlet in outlets if outlet.lat is not None and outlet.lon is not None]
    located = [outlet.id for outlet in outlets if outlet.lat is not None]
    home = None if workday.start is None else len(places)
    places += [] if workday.start is None else [workday.start]
    return Ways(estimated(places, workday.area_type), {id_: number for number, id_ in enumerate(located)}, home, home)


async def make_plan_generation(
    session: AsyncSession, territory: Territory, *reps: Rep, **fields: Any
) -> PlanGeneration:
    """A generation of the next week's plans that nobody has begun with."""
    sound = {
        "id": uuid4(),
        "week_date": WEEK[0],
        "asked": {"territory_code": territory.code, "rep_codes": None, "reassign": False},
        "territory_ids": [territory.id],
        "requested_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "requested_by": "user:test",
    }
    generation = PlanGeneration(**sound | fields)
    session.add(generation)
    await session.flush()
    session.add_all(PlanGenerationRep(generation_id=generation.id, rep_id=rep.id) for rep in reps)
    await session.flush()
    return generation
