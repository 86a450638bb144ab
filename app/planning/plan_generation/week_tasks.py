"""What is searched for in a rep's week, and what comes of it; the search is `week_search`, in a worker process (M2)."""

from dataclasses import dataclass
from datetime import date

from app.ground.workers.calculations import Calculation
from app.planning.plan_generation.patterns import Choice
from app.planning.week_plans.plan_content import DayPlan, PlanNote
from app.planning.week_plans.timetables import Ways
from app.planning.workdays.rules import Workday


@dataclass(frozen=True, slots=True)
class WeekTask:
    """What a rep's week is made of: the days that are open, and what each outlet that is due can be given of them."""

    days: tuple[date, ...]
    choices: tuple[Choice, ...]
    workday: Workday
    ways: Ways
    seed: str


@dataclass(frozen=True, slots=True)
class GeneratedWeek:
    """The days with their routes; and, outlet by outlet, which visits they have no room for."""

    days: tuple[DayPlan, ...]
    unplanned: tuple[PlanNote, ...]


GENERATED: Calculation[[WeekTask], GeneratedWeek] = Calculation("app.planning.plan_generation.week_search:generated")
