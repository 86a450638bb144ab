"""On which days of a week an outlet can be visited so often. Pure functions of plain values (M2)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise

from app.masters.outlets.plan_facts import PlanOutlet
from app.planning.plan_generation.demands import Demand
from app.planning.week_plans.plan_content import PlanNote
from app.planning.week_plans.timetables import service_s, windows_on
from app.planning.workdays.rules import Workday

Pattern = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The patterns of a demand, and what of it cannot be had (`note`). No pattern: no visit at all."""

    demand: Demand
    patterns: tuple[Pattern, ...]
    note: PlanNote | None = None


def choice_of(demand: Demand, days: Sequence[date], workday: Workday, visit_days: Collection[date]) -> Choice:
    """Every way to make the visits of a demand on `days`, at the agreed gap from each other and from the visits in
    `visit_days`: before the week and after it, and within it those that stand or are another rep's. Where there is no
    such way, as many visits are made as fit, and the note says why.
    """
    outlet = demand.outlet
    if not demand.visits:
        return Choice(demand, ())
    if outlet.lat is None:
        return Choice(demand, (), _note(outlet, "no_location", "Nobody knows where this outlet is."))
    open_days = [day for day in days if _can_be_visited(outlet, day, workday)]
    if not open_days:
        return Choice(demand, (), _never(outlet, days))
    for visits in range(demand.visits, 0, -1):
        if patterns := tuple(_patterns(outlet, open_days, visits, visit_days)):
            return Choice(demand, patterns, _fewer(demand, visits, open_days))
    gap = max(outlet.min_gap_days or 1, 1)
    message = f"Its visits are {gap} days apart at the least, and it has one too near to every day that it allows."
    return Choice(demand, (), _note(outlet, "gap_too_short", message))


def _can_be_visited(outlet: PlanOutlet, day: date, workday: Workday) -> bool:
    if not outlet.welcome_on(day):
        return False
    takes = service_s(outlet, workday)
    return any(
        max(window.opens_s, workday.begins_s) + takes <= min(window.closes_s, workday.ends_s)
        for window in windows_on(outlet, day)
    )


def _never(outlet: PlanOutlet, days: Sequence[date]) -> PlanNote:
    if any(outlet.welcome_on(day) for day in days):
        message = "Its visiting hours leave no time for a visit within the rep's working hours."
        return _note(outlet, "visiting_hours", message)
    return _note(outlet, "no_allowed_day", "By its terms no visit is welcome on any of the week's working days.")


def _patterns(outlet: PlanOutlet, days: Sequence[date], visits: int, visit_days: Collection[date]) -> Iterator[Pattern]:
    gap = max(outlet.min_gap_days or 1, 1)
    free = [day for day in days if all(abs((day - other).days) >= gap for other in visit_days)]
    for pattern in combinations(free, visits):
        if all((later - earlier).days >= gap for earlier, later in pairwise(pattern)):
            yield pattern


def _fewer(demand: Demand, visits: int, open_days: Sequence[date]) -> PlanNote | None:
    if visits == demand.visits:
        return None
    gap = demand.outlet.min_gap_days
    reason = f"on {len(open_days)} days that it allows" + (f", {gap} days apart at the least" if gap else "")
    message = f"{visits} of {demand.visits} visits that were agreed for the week: there is no room for more {reason}."
    return _note(demand.outlet, "fewer_visits_than_agreed", message)


def _note(outlet: PlanOutlet, code: str, message: str) -> PlanNote:
    return PlanNote(code, message, outlet.id)
