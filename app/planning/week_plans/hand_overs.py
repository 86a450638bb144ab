"""Use case of handing a day over: another rep takes a day's visits, however far the two plans are (M2).

In one transaction, as both stand: what counts goes on counting, and a draft stays one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.field.visits.service import StandingVisit
from app.ground import clock
from app.ground.db.consultation import consulted
from app.ground.db.session import Database
from app.ground.errors import Invalid
from app.ground.web.versions import Precondition
from app.masters.outlets.plan_facts import outlets_of_rep, planned_outlets_by_id
from app.masters.territories.service import reps_by_code
from app.planning.routing.planner import Planner
from app.planning.week_plans import queries
from app.planning.week_plans.errors import WeekPlanNotFound
from app.planning.week_plans.plan_composition import Composed, Draft, TimedDays, timed
from app.planning.week_plans.plan_content import PlanContent, from_json
from app.planning.week_plans.records import Author, PlanView, Week
from app.planning.week_plans.rules import Action, Frame, HandOver, PlannedDay, PlanStatus, hand_over_problems
from app.planning.week_plans.service import edited, judged, view_of
from app.planning.workdays.service import workdays_of


@dataclass(frozen=True, slots=True)
class _Side:
    """One rep's week of the two: how its plan stands (None: there is none), and the outlets of each day in order.

    `unplanned`, of a generated plan, stay with it.
    """

    week: Week
    status: PlanStatus | None
    version: int | None
    stops: Mapping[date, list[int]]
    content: PlanContent = field(compare=False)

    def day_plan(self, day: date) -> PlannedDay:
        """How the plan stands, and whom the rep visits on a day."""
        return PlannedDay(self.status, frozenset(self.stops.get(day, ())))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """The two weeks, and what their days will be: of the rep who gives, and of the one who takes."""

    giving: _Side
    taking: _Side
    drafts: tuple[Draft, Draft]


async def hand_over(
    database: Database,
    planner: Planner,
    week: Week,
    transfer: HandOver,
    author: Author,
    condition: Precondition,
) -> tuple[PlanView, PlanView]:
    """Let another rep take a day's visits: the two plans afterwards, that of the rep who gives first.

    Each visit takes its cheapest place in the other's day. A plan that was submitted is a draft again, an approved one
    stays approved. Raises WeekPlanNotFound, StaleVersion, and Invalid with every problem at once.
    """

    async def read(session: AsyncSession, *, lock: bool) -> _Exchange:
        return await _exchange(session, week, transfer, condition, lock=lock)

    async def ask(facts: _Exchange) -> tuple[TimedDays, TimedDays]:
        giving, taking = facts.drafts
        return await timed(planner.travel_times, giving), await timed(planner.travel_times, taking)

    async def write(
        session: AsyncSession, facts: _Exchange, times: tuple[TimedDays, TimedDays]
    ) -> tuple[PlanView, PlanView]:
        for side, draft, days in zip((facts.giving, facts.taking), facts.drafts, times, strict=True):
            await _write(session, side, draft, days, author, transfer.comment)
        return await view_of(session, facts.giving.week), await view_of(session, facts.taking.week)

    return await consulted(database, read, ask, write)


async def _exchange(
    session: AsyncSession, week: Week, transfer: HandOver, condition: Precondition, *, lock: bool
) -> _Exchange:
    """What is handed over, from whom to whom; with `lock`, both plans locked in the order of their reps."""
    rep = (await reps_by_code(session, [transfer.to_rep_code])).get(transfer.to_rep_code)
    weeks = {week.rep.id: week}
    if rep is not None and rep.territory_id == week.territory.id:
        weeks[rep.id] = Week(week.territory, rep, week.monday)
    sides = {rep_id: await _side(session, weeks[rep_id], lock=lock) for rep_id in sorted(weeks)}
    giving = sides[week.rep.id]
    if giving.status is None:
        raise WeekPlanNotFound
    condition.check(giving.version)
    taking = None if rep is None else sides.get(rep.id)
    frame = Frame(week.rep, week.days, week.frozen(clock.now()))
    from_day, day = giving.day_plan(transfer.visit_date), transfer.visit_date
    problems = hand_over_problems(transfer, frame, rep, from_day, None if taking is None else taking.day_plan(day))
    if problems or taking is None:
        raise Invalid("This day cannot be handed over.", errors=problems)
    return _Exchange(giving, taking, await _drafts(session, giving, taking, transfer.visit_date))


async def _side(session: AsyncSession, week: Week, *, lock: bool) -> _Side:
    """How a rep's week stands. Visits that were imported before there were plans are an approved plan."""
    plan, new = await queries.plan_of(session, week.rep.id, week.monday, lock=lock), False
    standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
    if lock and plan is None:
        # one that is made now keeps everybody else from making another
        status = PlanStatus.APPROVED if standing else PlanStatus.DRAFT
        plan, new = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, status.value)
        standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
    document = await queries.content_of(session, plan) if plan is not None else None
    content = from_json(document) if document is not None else PlanContent()
    if plan is None or (new and not standing):
        imported = PlanStatus.APPROVED if standing else None
        return _Side(week, imported, 0 if standing else None, _by_day(standing), content)
    approved = plan.status == PlanStatus.APPROVED.value
    stops = _by_day(standing) if approved else {day.day: [stop.outlet_id for stop in day.stops] for day in content.days}
    return _Side(week, PlanStatus(plan.status), plan.version, stops, content)


def _by_day(standing: Sequence[StandingVisit]) -> dict[date, list[int]]:
    """The outlets of each day that stand in an approved plan, in their order."""
    stops: dict[date, list[int]] = {}
    for visit in standing:
        stops.setdefault(visit.visit_date, []).append(visit.outlet_id)
    return stops


async def _drafts(session: AsyncSession, giving: _Side, taking: _Side, day: date) -> tuple[Draft, Draft]:
    """The two weeks as they will be."""
    ids = {id_ for side in (giving, taking) for stops in side.stops.values() for id_ in stops}
    outlets = await planned_outlets_by_id(session, ids)
    workdays = await workdays_of(session, giving.week.territory, [giving.week.rep, taking.week.rep])
    left, kept_days = (
        {each: [outlets[id_] for id_ in stops] for each, stops in side.stops.items() if stops}
        for side in (giving, taking)
    )
    arrivals = left.pop(day)
    return (
        Draft(workdays[giving.week.rep.id], left),
        Draft(workdays[taking.week.rep.id], kept_days, {day: arrivals}),
    )


async def _write(
    session: AsyncSession, side: _Side, draft: Draft, days: TimedDays, author: Author, comment: str
) -> None:
    """Write one of the two weeks, read with `lock`, as it is from now on."""
    week, at = side.week, clock.now()
    status = side.status or PlanStatus.DRAFT
    plan, _ = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, status.value)
    own = await outlets_of_rep(session, week.rep.id, week.territory.id)
    content = await judged(session, week, Composed.of(draft, days, own), side.content.unplanned)
    await edited(session, week, plan, content, Action.HANDED_OVER, author, at, comment or None)
