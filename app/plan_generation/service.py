"""Use case of generating a rep's week: gather in one transaction, search without any, write in another (M2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.db.session import Database
from app.errors import StaleVersion
from app.outlets.plan_facts import planned_outlets_by_id
from app.plan_generation.dealing import deal
from app.plan_generation.gathering import Gathered, gathered
from app.plan_generation.weeks import GeneratedWeek, WeekTask, generated
from app.routing.planner import Planner
from app.web.versions import Precondition
from app.week_plans import queries
from app.week_plans.composing import ESTIMATED, Composed
from app.week_plans.content import DayPlan, PlanContent, PlanNote, from_json
from app.week_plans.errors import PlanApproved, WeekIsOver
from app.week_plans.models import WeekPlan
from app.week_plans.rules import Action, PlanStatus, status_after_edit
from app.week_plans.service import Author, PlanView, Week, edited, judged, view_of
from app.week_plans.timing import ways_between


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a generation begins with; `version` is the plan's that was read, None where there is none."""

    facts: Gathered
    version: int | None
    kept: tuple[DayPlan, ...]
    dealt: int


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
    at = clock.now()
    if len(week.frozen(at)) == len(week.days):
        raise WeekIsOver
    async with database.transaction() as session:
        begun = await _begin(session, planner, week, author, condition, at)
    found, ways_note = await _searched(planner, begun.facts)
    async with database.transaction() as session:
        return await _write(session, begun, found, ways_note, author, remark)


async def _begin(
    session: AsyncSession, planner: Planner, week: Week, author: Author, condition: Precondition, at: datetime
) -> _Begun:
    plan = await queries.plan_of(session, week.rep.id, week.monday)
    condition.check(plan.version if plan is not None else None)
    _check_status(plan, author)
    dealt = await deal(session, planner.workers, week.territory, at, author.name)
    facts = await gathered(session, week, at)
    if plan is None and facts.standing and not author.supervisor:
        raise PlanApproved  # imported before there were plans
    content = from_json(await queries.content_of(session, plan) or {"days": []}) if plan else PlanContent()
    frozen, stands = week.frozen(at), {visit.visit_date for visit in facts.standing}
    kept = tuple(day for day in content.days if day.day in frozen & stands)
    return _Begun(facts, plan.version if plan is not None else None, kept, dealt)


def _check_status(plan: WeekPlan | None, author: Author) -> None:
    if plan is not None and status_after_edit(PlanStatus(plan.status), by_supervisor=author.supervisor) is None:
        raise PlanApproved


async def _searched(planner: Planner, facts: Gathered) -> tuple[GeneratedWeek, tuple[PlanNote, ...]]:
    """The week from the worker processes, and what is to be known about its ways."""
    due = [choice.demand.outlet for choice in facts.choices if choice.patterns]
    ways = await ways_between(planner.travel_times, facts.workday, due)
    task = WeekTask(facts.days, facts.choices, facts.workday, ways, facts.seed)
    found = await planner.workers.run(generated, task)
    warning = ways.travel.warning
    return found, (PlanNote(ESTIMATED, warning),) if warning is not None else ()


async def _write(
    session: AsyncSession,
    begun: _Begun,
    found: GeneratedWeek,
    ways_note: tuple[PlanNote, ...],
    author: Author,
    remark: str | None,
) -> PlanView:
    facts, at = begun.facts, clock.now()
    week = facts.week
    before = PlanStatus.APPROVED if facts.standing else PlanStatus.DRAFT
    plan, new = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, before.value)
    if (None if new else plan.version) != begun.version or week.frozen(at).intersection(facts.days):
        raise StaleVersion("The plan, or a day of it, has changed while the week was searched for. Ask again.")
    days = (*begun.kept, *found.days)
    kept = await planned_outlets_by_id(session, {stop.outlet_id for day in begun.kept for stop in day.stops})
    outlets = kept | {outlet.id: outlet for outlet in facts.own}
    notes = (*_dealt_note(begun.dealt), *facts.notes, *ways_note)
    made = Composed(days, outlets, facts.workday, facts.own, notes)
    content = await judged(session, week, made, (*facts.told, *found.unplanned))
    await edited(session, week, plan, content, Action.GENERATED, author, at, remark)
    return await view_of(session, week, plan)


def _dealt_note(outlets: int) -> tuple[PlanNote, ...]:
    if not outlets:
        return ()
    told = f"{outlets} outlets of the territory that nobody looked after were given to its reps."
    return (PlanNote("outlets_dealt", told),)
