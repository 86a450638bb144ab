"""What a rep's week is made from: terms, history, what stands, the ways. By a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.field.visits.service import StandingVisit
from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_rep
from app.masters.territories.calendar import business_date, is_working_day
from app.planning.plan_generation import queries
from app.planning.plan_generation.demands import Demand, History, demand_of, frequency_of
from app.planning.plan_generation.patterns import Choice, choice_of
from app.planning.plan_generation.territory_parts import on_a_plane, split
from app.planning.week_plans.iso_weeks import iso_week_of
from app.planning.week_plans.plan_content import PlanNote
from app.planning.week_plans.service import FAR, Week, workday_of
from app.planning.week_plans.timetables import service_s
from app.planning.workdays.rules import Workday

MOST_OUTLETS = 600
"""As many as are searched through, however short their visits are."""
_MORE_THAN_FITS = 1.25
_FULL = "The week's working hours are full without it: fewer visits, another rep or more days are needed."
_NEVER = History()
_SPARE = timedelta(weeks=2)
"""A visit that is overdue is still known of."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is due in a rep's week, on which of its days; and what of it cannot be had (`unplanned`)."""

    week: Week
    workday: Workday
    days: tuple[date, ...]
    choices: tuple[Choice, ...]
    unplanned: tuple[PlanNote, ...]
    notes: tuple[PlanNote, ...]
    own: Sequence[PlanOutlet]
    standing: Sequence[StandingVisit]

    @property
    def seed(self) -> str:
        """What the search draws by: the same for the same rep's same week."""
        return f"{self.week.rep.code}/{iso_week_of(self.week.monday)}"


async def gathered(session: AsyncSession, week: Week, at: datetime) -> Gathered:
    """Read everything that is known of the rep's outlets, and say how often each is due and on which days."""
    frozen = week.frozen(at)
    days = tuple(day for day in week.days if day not in frozen and is_working_day(week.territory, day))
    workday = await workday_of(session, week)
    own = await outlets_of_rep(session, week.rep.id, week.territory.id)
    standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
    agreed = [outlet for outlet in own if frequency_of(outlet)]
    demands, visit_days = await _demands(session, week, agreed, frozen, at)
    excused = {(visit.outlet_id, visit.visit_date) for visit in standing if visit.excused_at is not None}
    choices = [
        choice_of(demand, [day for day in days if (id_, day) not in excused], workday, visit_days[id_])
        for demand in demands
        for id_ in [demand.outlet.id]
    ]
    unplanned = [choice.note for choice in choices if choice.note is not None]
    fitting, left_out = with_room([choice for choice in choices if choice.patterns], workday, len(days))
    unplanned += [PlanNote("no_time_left", _FULL, choice.demand.outlet.id) for choice in left_out]
    return Gathered(week, workday, days, fitting, tuple(unplanned), _notes(own, agreed), own, standing)


async def _demands(
    session: AsyncSession, week: Week, outlets: Sequence[PlanOutlet], frozen: set[date], at: datetime
) -> tuple[list[Demand], dict[int, list[date]]]:
    """What is due beside the visits of the week that stand anyway; and for each outlet the days of its known visits."""
    today, ids = business_date(week.territory, at), [outlet.id for outlet in outlets]
    since = {outlet.id: week.monday - max(FAR, _period(outlet) + _SPARE) for outlet in outlets}
    before = week.monday - timedelta(days=1)
    first_open = min((day for day in week.days if day not in frozen), default=week.days[-1] + timedelta(days=1))
    # what was missed on a day of this week that is over comes first as well
    histories = await queries.histories(session, since, first_open - timedelta(days=1), today)
    of_week = await queries.visits_of_week(session, week.rep.id, ids, week.days, first_open, today)
    sunday = week.days[-1]
    _, after = await visit_plans.neighbours(
        session, ids, (week.monday - FAR, before), (sunday + timedelta(days=1), sunday + FAR)
    )
    phases = phases_of(outlets)
    demands, visit_days = [], {}
    for outlet in outlets:
        history, visits = histories.get(outlet.id, _NEVER), of_week.get(outlet.id, [])
        due = demand_of(outlet, week.monday, history, phases.get(outlet.id, Fraction(0)))
        demands.append(Demand(outlet, max(0, due.visits - len(visits)), due.first))
        dates = (history.last_visit, *visits, after.get(outlet.id))
        visit_days[outlet.id] = [day for day in dates if day is not None]
    return demands, visit_days


def _period(outlet: PlanOutlet) -> timedelta:
    """How long it is from one agreed visit to the next."""
    return timedelta(days=ceil(7 / frequency_of(outlet)))


def phases_of(outlets: Sequence[PlanOutlet]) -> Mapping[int, Fraction]:
    """Where in its cycle each outlet stands that is not due a whole number of times a week.

    Outlets of one cycle are split into as many parts as it has weeks, neighbours together: each week has as much of
    them as the next, and they lie in one place.
    """
    cycles: dict[int, list[PlanOutlet]] = {}
    for outlet in outlets:
        if (weeks := frequency_of(outlet).denominator) > 1 and outlet.lat is not None:
            cycles.setdefault(weeks, []).append(outlet)
    phases: dict[int, Fraction] = {}
    for weeks, members in cycles.items():
        points = on_a_plane([outlet.lat or 0.0 for outlet in members], [outlet.lon or 0.0 for outlet in members])
        parts = split(points, np.ones(len(members)), weeks)
        phases |= {outlet.id: Fraction(int(part), weeks) for outlet, part in zip(members, parts, strict=True)}
    return phases


def with_room(choices: Sequence[Choice], workday: Workday, days: int) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """What a week may have room for, and what it certainly has none for: the visits alone are longer than its hours.

    Missed ones are kept first, then those of outlets that are visited most often; what is left out is not searched
    through. More is kept than fits, for the search to choose from.
    """
    ranking = sorted(choices, key=lambda choice: (not choice.demand.first, -frequency_of(choice.demand.outlet)))
    room_s = _MORE_THAN_FITS * days * workday.room_s
    selection: list[Choice] = []
    for choice in ranking:
        room_s -= service_s(choice.demand.outlet, workday) * len(choice.patterns[0])
        if room_s < 0 or len(selection) == MOST_OUTLETS:
            break
        selection.append(choice)
    return tuple(sorted(selection, key=lambda choice: choice.demand.outlet.id)), tuple(ranking[len(selection) :])


def _notes(own: Sequence[PlanOutlet], agreed: Sequence[PlanOutlet]) -> tuple[PlanNote, ...]:
    if not own:
        return (PlanNote("no_outlets", "The rep looks after no outlet."),)
    if len(agreed) < len(own):
        message = f"Of {len(own) - len(agreed)} of the rep's {len(own)} outlets no frequency of visits is agreed."
        return (PlanNote("no_frequency", message),)
    return ()
