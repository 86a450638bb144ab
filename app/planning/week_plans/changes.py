"""Use case of changes to approved plans: visits go to another day, to another rep, or out of the plan (M2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.ground import clock
from app.ground.db.consultation import consulted
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, Invalid
from app.masters.outlets.plan_facts import PlanOutlet, outlets_of_rep, planned_outlets_by_id
from app.masters.territories.calendar import RepFacts
from app.masters.territories.service import reps_by_code
from app.planning.routing.planner import Planner
from app.planning.week_plans import queries
from app.planning.week_plans.errors import PlanNotApproved, WeekPlanNotFound
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.plan_composition import Composed, Draft, TimedDays, timed
from app.planning.week_plans.plan_content import as_json
from app.planning.week_plans.rules import Action, PlanChange, PlanStatus
from app.planning.week_plans.service import PlanView, Week, judged, stand, told, view_of
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of


@dataclass(slots=True)
class _Desk:
    """One rep's approved week while it is changed: the outlets of each day in their order, and those that come new.

    `moved`: those that come, go, or change their day.
    """

    week: Week
    stops: dict[date, list[int]]
    coming: dict[date, list[int]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)

    def draft(self, workday: Workday, outlets: Mapping[int, PlanOutlet]) -> Draft:
        """The week as it will be."""
        stops, coming = (
            {day: [outlets[id_] for id_ in ids] for day, ids in visits.items() if ids}
            for visits in (self.stops, self.coming)
        )
        return Draft(workday, stops, coming)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """An approved plan as it will be. `moved`: the outlets that come, go, or change their day."""

    week: Week
    draft: Draft
    moved: frozenset[int]


@dataclass(frozen=True, slots=True)
class Why:
    """Who changes an approved plan, by which action, and with which remark."""

    action: Action
    by: str
    remark: str


async def change(database: Database, planner: Planner, week: Week, changes: Sequence[PlanChange], why: Why) -> PlanView:
    """Change an approved plan, and those of the reps that take visits over; each gets a version.

    A visit that comes to a day takes its cheapest place in the route. Raises WeekPlanNotFound, PlanNotApproved, and
    Invalid with every problem at once.
    """

    async def read(session: AsyncSession, *, lock: bool) -> list[Rewrite]:
        return await rewrites(session, week, changes, lock=lock)

    async def ask(facts: Sequence[Rewrite]) -> list[TimedDays]:
        return await times_of(planner, facts)

    async def write(session: AsyncSession, facts: Sequence[Rewrite], times: Sequence[TimedDays]) -> PlanView:
        await rewrite(session, facts, times, why, clock.now())
        return await view_of(session, week)

    return await consulted(database, read, ask, write)


async def rewrites(session: AsyncSession, week: Week, changes: Sequence[PlanChange], *, lock: bool) -> list[Rewrite]:
    """The plans that these changes touch, as they will be; with `lock`, locked until the commit.

    Raises WeekPlanNotFound, PlanNotApproved, Invalid.
    """
    reps = await reps_by_code(
        session, {plan_change.to_rep_code for plan_change in changes if plan_change.to_rep_code is not None}
    )
    desks = await _desks(session, week, reps, lock=lock)
    outlets = await planned_outlets_by_id(
        session, {id_ for desk in desks.values() for ids in desk.stops.values() for id_ in ids}
    )
    codes = {outlet.code: outlet.id for outlet in outlets.values()}
    frozen = week.frozen(clock.now())
    problems = [
        FieldProblem(f"/changes/{number}{pointer}", code, message)
        for number, plan_change in enumerate(changes)
        for pointer, code, message in _applied(plan_change, week, desks, reps, codes, frozen)
    ]
    if problems:
        raise Invalid("These changes cannot be made.", errors=problems)
    touched = [desk for desk in desks.values() if desk.moved]
    workdays = await workdays_of(session, week.territory, [desk.week.rep for desk in touched])
    return [
        Rewrite(desk.week, desk.draft(workdays[desk.week.rep.id], outlets), frozenset(desk.moved)) for desk in touched
    ]


async def times_of(planner: Planner, plans: Sequence[Rewrite]) -> list[TimedDays]:
    """The times of plans as they will be, one after the other. May wait for a router."""
    return [await timed(planner.travel_times, plan.draft) for plan in plans]


async def rewrite(
    session: AsyncSession, plans: Sequence[Rewrite], times: Sequence[TimedDays], why: Why, at: datetime
) -> None:
    """Write plans, read with `lock`, as they are from now on: a few statements for each rep whose plan it is."""
    for plan, days in zip(plans, times, strict=True):
        await _write(session, plan, days, why, at)


async def _write(session: AsyncSession, week_rewrite: Rewrite, times: TimedDays, why: Why, at: datetime) -> None:
    week = week_rewrite.week
    plan = await _locked_plan(session, week)
    own = await outlets_of_rep(session, week.rep.id, week.territory.id)
    content = await judged(session, week, Composed.of(week_rewrite.draft, times, own))
    version = queries.version_of(plan, why.action.value, at, why.by, why.remark, as_json(content))
    version.outlet_ids = sorted(week_rewrite.moved)
    await queries.write(session, plan, version, status=PlanStatus.APPROVED.value)
    await stand(session, week, content, at)
    await told(session, "week_plan.changed", week, why.by, at)


async def _locked_plan(session: AsyncSession, week: Week) -> WeekPlan:
    approved = PlanStatus.APPROVED.value
    plan, _ = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, approved)
    return plan


async def _desks(session: AsyncSession, week: Week, reps: Mapping[str, RepFacts], *, lock: bool) -> dict[str, _Desk]:
    """The plans of the rep and of those who take over, with `lock` locked in the order of their reps.

    Visits that were imported before there were plans are an approved plan.
    """
    weeks = {rep.id: Week(week.territory, rep, week.monday) for rep in (*reps.values(), week.rep)}
    desks: dict[str, _Desk] = {}
    for rep_id in sorted(weeks):
        own_week = weeks[rep_id]
        if own_week.rep.territory_id != week.territory.id:
            continue
        plan = await queries.plan_of(session, rep_id, week.monday, lock=lock)
        standing = await visit_plans.planned_visits(session, rep_id, week.days[0], week.days[-1])
        if lock and plan is None and standing:
            plan = await _locked_plan(session, own_week)
            standing = await visit_plans.planned_visits(session, rep_id, week.days[0], week.days[-1])
        if plan is None and not standing:
            if rep_id == week.rep.id:
                raise WeekPlanNotFound
            continue
        if plan is not None and plan.status != PlanStatus.APPROVED.value:
            if rep_id == week.rep.id:
                raise PlanNotApproved
            continue
        stops: dict[date, list[int]] = {}
        for visit in standing:
            stops.setdefault(visit.visit_date, []).append(visit.outlet_id)
        desks[own_week.rep.code] = _Desk(own_week, stops)
    return desks


def _applied(
    plan_change: PlanChange,
    week: Week,
    desks: Mapping[str, _Desk],
    reps: Mapping[str, RepFacts],
    codes: Mapping[str, int],
    frozen: set[date],
) -> list[tuple[str, str, str]]:
    """Move what a change moves; what is wrong with it instead (pointer, code, message), and then nothing is moved."""
    problems = [
        (pointer, code, message)
        for pointer, day in (("/from_date", plan_change.from_date), ("/to_date", plan_change.to_date))
        if day is not None
        for code, message in _wrong_day(day, week, frozen)
    ]
    target = desks.get(plan_change.to_rep_code or week.rep.code)
    if target is None:
        problems.append(("/to_rep_code", *_wrong_rep(reps.get(plan_change.to_rep_code or ""), week)))
    source = desks[week.rep.code]
    planned = source.stops.get(plan_change.from_date, [])
    moves = (
        planned
        if plan_change.outlet_code is None
        else [id_ for id_ in planned if id_ == codes.get(plan_change.outlet_code)]
    )
    if not moves:
        problems.append(("/outlet_code", "not_planned", "No such visit is planned on this day."))
    if problems or target is None:
        return problems
    stays = plan_change.to_date is None and plan_change.to_rep_code is None
    to_day = plan_change.to_date or plan_change.from_date
    if not stays and (repeats := set(moves) & {*target.stops.get(to_day, ()), *target.coming.get(to_day, ())}):
        return [("/outlet_code", "repeated", f"{len(repeats)} of these outlets are visited on that day already.")]
    source.stops[plan_change.from_date] = [id_ for id_ in planned if id_ not in moves]
    source.moved.update(moves)
    if not stays:
        target.coming.setdefault(to_day, []).extend(moves)
        target.moved.update(moves)
    return []


def _wrong_day(day: date, week: Week, frozen: set[date]) -> list[tuple[str, str]]:
    if day not in week.days:
        return [("another_week", "This day lies in another week.")]
    if day in frozen:
        return [("frozen_day", "The plan of this day stands since its local midnight; only excuses change it now.")]
    return []


def _wrong_rep(rep: RepFacts | None, week: Week) -> tuple[str, str]:
    if rep is None:
        return "unknown_rep", "There is no such rep."
    if rep.territory_id != week.territory.id:
        return "rep_of_another_territory", "This is no rep of the territory."
    return "plan_not_approved", "This rep has no approved plan for the week: approve it first."
