"""Use case of optimising: the order of a plan's days, searched for in worker processes (M2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, Invalid, StaleVersion
from app.ground.web.versions import Precondition
from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_rep, planned_outlets_by_id
from app.planning.routing.days import Dropped, DroppedStop, Route
from app.planning.routing.planner import Planner
from app.planning.week_plans import queries
from app.planning.week_plans.errors import PlanApproved, WeekIsOver, WeekPlanNotFound
from app.planning.week_plans.plan_composition import ESTIMATED, Composed
from app.planning.week_plans.plan_content import DayPlan, PlanContent, PlanNote, from_json
from app.planning.week_plans.rules import Action, PlanStatus, status_after_edit
from app.planning.week_plans.service import Author, PlanView, Week, edited, judged, view_of
from app.planning.week_plans.timetables import day_plan, routing_day, ways_between
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of


@dataclass(frozen=True, slots=True)
class _Task:
    """What an optimisation begins with: the plan as it was read, and the days to be searched through."""

    version: int
    content: PlanContent
    workday: Workday
    searched: dict[date, list[PlanOutlet]]


async def optimise(
    database: Database,
    planner: Planner,
    week: Week,
    days: Sequence[date] | None,
    author: Author,
    condition: Precondition,
) -> PlanView:
    """Put each day's visits (None: of every day that is not frozen) into the order of the least driving.

    A visit that does not fit into its day is taken out, and told under what the plan does not meet, with what it would
    need. Nothing is held while the days are searched through. Raises WeekPlanNotFound, PlanApproved, WeekIsOver,
    Invalid, and StaleVersion where somebody edits the plan meanwhile.
    """
    at = clock.now()
    async with database.read_only() as session:
        task = await _task(session, week, days, author, condition)
    routes, notes, dropped = await routed(planner, task.workday, task.searched)
    async with database.transaction() as session:
        plan = await queries.plan_of(session, week.rep.id, week.monday, lock=True)
        if plan is None:
            raise WeekPlanNotFound
        if plan.version != task.version or week.frozen(clock.now()).intersection(task.searched):
            raise StaleVersion("The plan, or a day of it, has changed while its days were searched through. Ask again.")
        untouched = [day for day in task.content.days if day.day not in task.searched]
        own = await outlets_of_rep(session, week.rep.id, week.territory.id)
        outlets_by_id = {outlet.id: outlet for outlets in task.searched.values() for outlet in outlets}
        outlets_by_id |= await planned_outlets_by_id(
            session, {stop.outlet_id for day in untouched for stop in day.stops}
        )
        ordered = tuple(sorted([*untouched, *routes], key=lambda day: day.day))
        earlier = [note for note in task.content.unplanned if note.day not in task.searched]
        composition = Composed(ordered, outlets_by_id, task.workday, own, notes)
        content = await judged(session, week, composition, [*earlier, *dropped])
        await edited(session, week, plan, content, Action.OPTIMISED, author, at, None)
        return await view_of(session, week, plan)


async def _task(
    session: AsyncSession, week: Week, days: Sequence[date] | None, author: Author, condition: Precondition
) -> _Task:
    open_days = _open_days(week, days)
    plan = await queries.plan_of(session, week.rep.id, week.monday)
    if plan is None:
        raise WeekPlanNotFound
    if status_after_edit(PlanStatus(plan.status), by_supervisor=author.supervisor) is None:
        raise PlanApproved
    condition.check(plan.version)
    content = from_json(await queries.content_of(session, plan) or {"days": []})
    stops = await stops_of(session, week, content, approved=plan.status == PlanStatus.APPROVED.value)
    outlets = await planned_outlets_by_id(session, {outlet_id for ids in stops.values() for outlet_id in ids})
    workday = (await workdays_of(session, week.territory, [week.rep]))[week.rep.id]
    searched = {day: [outlets[id_] for id_ in stops[day]] for day in open_days if stops.get(day)}
    return _Task(plan.version, content, workday, searched)


def _open_days(week: Week, days: Sequence[date] | None) -> list[date]:
    frozen = week.frozen(clock.now())
    if days is None:
        if len(frozen) == len(week.days):
            raise WeekIsOver
        return [day for day in week.days if day not in frozen]
    problems = [
        FieldProblem(f"/dates/{number}", "another_week", "This day lies in another week.")
        if day not in week.days
        else FieldProblem(f"/dates/{number}", "frozen_day", "The plan of this day stands since its local midnight.")
        for number, day in enumerate(days)
        if day not in week.days or day in frozen
    ]
    if problems:
        raise Invalid("These days cannot be optimised.", errors=problems)
    return sorted(set(days))


async def stops_of(session: AsyncSession, week: Week, content: PlanContent, *, approved: bool) -> dict[date, list[int]]:
    """The outlets of each day in their order: what stands, where the plan is approved; else what it says."""
    stops: dict[date, list[int]] = {}
    if approved:
        for visit in await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1]):
            stops.setdefault(visit.visit_date, []).append(visit.outlet_id)
        return stops
    return {day.day: [stop.outlet_id for stop in day.stops] for day in content.days}


async def routed(
    planner: Planner, workday: Workday, stops: dict[date, list[PlanOutlet]]
) -> tuple[list[DayPlan], tuple[PlanNote, ...], list[PlanNote]]:
    """Days in their best order, what is to be known about the ways, and the visits that do not fit."""
    outlets_by_id = {outlet.id: outlet for outlets in stops.values() for outlet in outlets}
    ways = await ways_between(planner.travel_times, workday, list(outlets_by_id.values()))
    problems = {day: routing_day(day, outlets, workday, ways) for day, outlets in stops.items()}
    routes = await planner.best_routes(list(problems.values()))
    day_plans: list[DayPlan] = []
    dropped: list[PlanNote] = []
    for (day, problem), route in zip(problems.items(), routes, strict=True):
        day_plans.append(day_plan(day, problem, stops[day], route.schedule, workday, ways))
        dropped += notes_of(day, stops[day], route)
    warning = ways.travel.warning
    return day_plans, (PlanNote(ESTIMATED, warning),) if warning is not None else (), dropped


def notes_of(day: date, outlets: Sequence[PlanOutlet], route: Route) -> list[PlanNote]:
    """The visits that do not fit into a day, each with what it would need."""
    return [PlanNote(drop.reason.value, _needs(drop), outlets[drop.stop].id, day) for drop in route.dropped]


def _needs(drop: DroppedStop) -> str:
    takes = -(-drop.takes_s // 60)
    if drop.reason is Dropped.VISITING_HOURS or drop.missing_s is None:
        return f"Its visiting hours do not go with the day's other visits and the working hours; it takes {takes} min."
    return f"It takes {takes} min with the way to it; the day would have to be {-(-drop.missing_s // 60)} min longer."
