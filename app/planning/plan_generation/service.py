"""Use case of generating a rep's week: gather in short transactions, search without any, write in another (M2)."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import StaleVersion
from app.ground.web.versions import Precondition
from app.masters.outlets.plan_facts import planned_outlets_by_id
from app.planning.plan_generation.assignment import Dealing, deal
from app.planning.plan_generation.errors import PlanSubmitted
from app.planning.plan_generation.week_facts import Gathered, gathered
from app.planning.plan_generation.week_tasks import GENERATED, GeneratedWeek, WeekTask
from app.planning.routing.planner import Planner
from app.planning.week_plans import service as week_plans
from app.planning.week_plans.errors import PlanApproved, WeekIsOver
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.plan_composition import ESTIMATED, Composed
from app.planning.week_plans.plan_content import DayPlan, PlanContent, PlanNote, from_json
from app.planning.week_plans.rules import Action, PlanStatus, status_after_edit
from app.planning.week_plans.service import Author, PlanView, Week, edited, judged, view_of
from app.planning.week_plans.timetables import ways_between


@dataclass(frozen=True, slots=True)
class GenerationStart:
    """What generating begins with; `version` is the plan's that was read, None where there is none."""

    facts: Gathered
    version: int | None
    frozen_days: tuple[DayPlan, ...]
    outlets_dealt: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was searched for, and what is to be known about the ways."""

    week: GeneratedWeek
    notes: tuple[PlanNote, ...]


async def generate(
    database: Database,
    planner: Planner,
    week: Week,
    author: Author,
    condition: Precondition,
    remark: str | None = None,
) -> PlanView:
    """Make the rep's week from the terms of its outlets, and write it as a draft; an approved plan, which is the
    supervisor's alone to change, stays approved.

    Days that are frozen stay as they are. Raises PlanApproved, WeekIsOver, StaleVersion where somebody edits the plan
    meanwhile.
    """
    start = await begin(database, planner, week, author, condition)
    result = await search(planner, start)
    async with database.transaction() as session:
        return await write(session, start, result, author, remark)


async def begin(
    database: Database,
    planner: Planner,
    week: Week,
    author: Author,
    condition: Precondition,
    *,
    spare_submitted: bool = False,
) -> GenerationStart:
    """Gather what the week is made from; outlets that nobody looks after are dealt first.

    Raises PlanApproved, WeekIsOver, StaleVersion, and PlanSubmitted where submitted plans are to be left alone.
    """
    check = partial(_plan_to_make, week=week, author=author, condition=condition, spare_submitted=spare_submitted)
    async with database.read_only() as session:
        await check(session)
    outlets_dealt = await deal(database, planner.workers, Dealing(week.territory, author.name))
    async with database.read_only() as session:
        plan, at = await check(session), clock.now()
        facts = await gathered(session, week, at)
        if plan is None and facts.standing and not author.supervisor:
            raise PlanApproved  # imported before there were plans
        content = from_json(await week_plans.content_of(session, plan) or {"days": []}) if plan else PlanContent()
    frozen, standing = week.frozen(at), {visit.visit_date for visit in facts.standing}
    frozen_days = tuple(day for day in content.days if day.day in frozen & standing)
    return GenerationStart(facts, plan.version if plan is not None else None, frozen_days, outlets_dealt)


async def _plan_to_make(
    session: AsyncSession, week: Week, author: Author, condition: Precondition, *, spare_submitted: bool
) -> WeekPlan | None:
    """The plan that there is, which this author may make anew."""
    if len(week.frozen(clock.now())) == len(week.days):
        raise WeekIsOver
    plan = await week_plans.plan_of(session, week.rep.id, week.monday)
    condition.check(plan.version if plan is not None else None)
    _check_status(plan, author, spare_submitted=spare_submitted)
    return plan


def _check_status(plan: WeekPlan | None, author: Author, *, spare_submitted: bool) -> None:
    if plan is None:
        return
    if status_after_edit(PlanStatus(plan.status), by_supervisor=author.supervisor) is None:
        raise PlanApproved
    if spare_submitted and plan.status == PlanStatus.SUBMITTED.value:
        raise PlanSubmitted


async def search(planner: Planner, start: GenerationStart) -> SearchResult:
    """Have the week searched for, in the worker processes. Needs no session."""
    facts = start.facts
    outlets = [choice.demand.outlet for choice in facts.choices]
    ways = await ways_between(planner.travel_times, facts.workday, outlets)
    task = WeekTask(facts.days, facts.choices, facts.workday, ways, facts.seed)
    warning = ways.travel.warning
    notes = (PlanNote(ESTIMATED, warning),) if warning is not None else ()
    return SearchResult(await planner.workers.run(GENERATED, task), notes)


async def write(
    session: AsyncSession, start: GenerationStart, result: SearchResult, author: Author, remark: str | None
) -> PlanView:
    """Write the week that was found. Raises StaleVersion where the plan is no longer the one that was read."""
    facts, at = start.facts, clock.now()
    week = facts.week
    before = PlanStatus.APPROVED if facts.standing else PlanStatus.DRAFT
    plan, new = await week_plans.lock_or_make(session, week.rep.id, week.territory.id, week.monday, before.value)
    if (None if new else plan.version) != start.version or week.frozen(at).intersection(facts.days):
        raise StaleVersion("The plan, or a day of it, has changed while the week was searched for. Ask again.")
    days = (*start.frozen_days, *result.week.days)
    frozen_outlets = await planned_outlets_by_id(
        session, {stop.outlet_id for day in start.frozen_days for stop in day.stops}
    )
    outlets = frozen_outlets | {outlet.id: outlet for outlet in facts.own}
    notes = (*_dealt_note(start.outlets_dealt), *facts.notes, *result.notes)
    composition = Composed(days, outlets, facts.workday, facts.own, notes)
    content = await judged(session, week, composition, (*facts.unplanned, *result.week.unplanned))
    await edited(session, week, plan, content, Action.GENERATED, author, at, remark)
    return await view_of(session, week, plan)


def _dealt_note(outlets: int) -> tuple[PlanNote, ...]:
    if not outlets:
        return ()
    message = f"{outlets} outlets of the territory that nobody looked after were given to its reps."
    return (PlanNote("outlets_dealt", message),)
