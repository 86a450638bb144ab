"""Use cases of week plans: showing, submitting, approving and returning them (M2)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.field.visits.service import StandingVisit
from app.ground import clock
from app.ground.events import service as events
from app.ground.web.versions import Precondition
from app.masters.outlets.plan_facts import PlanOutlet, planned_outlets_by_id
from app.masters.territories.calendar import business_date
from app.planning.week_plans import queries
from app.planning.week_plans.day_instants import instants_of
from app.planning.week_plans.errors import PlanApproved, PlanNotSubmitted, WeekIsOver, WeekPlanNotFound
from app.planning.week_plans.iso_weeks import due_at, iso_week_of
from app.planning.week_plans.later_changes import later_changes, moved, withdrawn
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.plan_composition import Composed
from app.planning.week_plans.plan_content import DayPlan, PlanContent, PlanNote, as_json, from_json
from app.planning.week_plans.plan_warnings import Around, warnings_about
from app.planning.week_plans.queries import content_of, lock_or_make, plan_of
from app.planning.week_plans.records import Author, PlanView, Week
from app.planning.week_plans.rules import Action, PlanStatus, status_after_edit
from app.planning.workdays.rules import Workday
from app.planning.workdays.service import workdays_of

__all__ = [
    "FAR",
    "Author",
    "PlanView",
    "Week",
    "approve",
    "content_of",
    "edited",
    "judged",
    "lock_or_make",
    "plan_of",
    "send_back",
    "stand",
    "submit",
    "told",
    "view_of",
    "viewed",
    "without_frozen",
    "workday_of",
]

FAR = timedelta(days=61)
"""As far as a gap between visits can reach."""


async def view_of(session: AsyncSession, week: Week, plan: WeekPlan | None = None) -> PlanView:
    """A rep's plan of a week. Raises WeekPlanNotFound where there is neither one nor an approved visit."""
    plan = plan or await queries.plan_of(session, week.rep.id, week.monday)
    standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
    if plan is None and not standing:
        raise WeekPlanNotFound
    document = await queries.content_of(session, plan) if plan is not None else None
    content = from_json(document) if document is not None else PlanContent()
    outlet_ids = content.outlet_ids() | {visit.outlet_id for visit in standing}
    return viewed(week, plan, content, standing, await planned_outlets_by_id(session, outlet_ids))


def viewed(
    week: Week,
    plan: WeekPlan | None,
    content: PlanContent,
    standing: Sequence[StandingVisit],
    outlets: Mapping[int, PlanOutlet],
) -> PlanView:
    """A plan as it is shown now. `outlets`: all that its content and what stands of it name."""
    approved = plan is None or plan.status == PlanStatus.APPROVED.value
    visits = [(visit.visit_date, visit.outlet_id) for visit in standing] if approved else content.visits()
    today = business_date(week.territory, clock.now())
    visits = [(day, outlet_id) for day, outlet_id in visits if day >= today]
    changes = tuple(later_changes(visits, content, outlets, week.territory, week.rep))
    due = due_at(week.territory, week.monday)
    return PlanView(week, plan, content, standing, outlets, due, changes, withdrawn(visits, changes))


async def edited(
    session: AsyncSession,
    week: Week,
    plan: WeekPlan,
    content: PlanContent,
    action: Action,
    author: Author,
    at: datetime,
    remark: str | None,
) -> None:
    """Write what a plan says from now on. Raises PlanApproved where it is not this author's to change."""
    document = await queries.content_of(session, plan)
    same = document is not None and from_json(document).visits() == content.visits()
    status = status_after_edit(PlanStatus(plan.status), by_supervisor=author.supervisor, same=same)
    if status is None:
        raise PlanApproved
    version = queries.version_of(plan, action.value, at, author.name, remark, as_json(content))
    if status is PlanStatus.APPROVED:
        standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
        version.outlet_ids = moved(((visit.visit_date, visit.outlet_id) for visit in standing), content.visits())
    await queries.write(session, plan, version, status=status.value)
    if status is PlanStatus.APPROVED:
        await stand(session, week, content, at)
        await told(session, "week_plan.changed", week, author.name, at)


async def judged(
    session: AsyncSession, week: Week, composition: Composed, unplanned: Sequence[PlanNote] = ()
) -> PlanContent:
    """Timed days with the warnings about them."""
    visits = {(day.day, stop.outlet_id) for day in composition.days for stop in day.stops}
    before, after = await visit_plans.neighbours(
        session,
        {outlet_id for _, outlet_id in visits},
        (week.monday - FAR, week.monday - timedelta(days=1)),
        (week.days[-1] + timedelta(days=1), week.days[-1] + FAR),
    )
    surroundings = Around(
        before, after, await visit_plans.planned_by_others(session, week.rep.id, visits), composition.own
    )
    warnings = warnings_about(composition.days, composition.outlets, week.territory, composition.workday, surroundings)
    unplanned_ids = {note.outlet_id for note in unplanned}
    warnings = tuple(note for note in warnings if note.outlet_id is None or note.outlet_id not in unplanned_ids)
    return PlanContent(composition.days, (*composition.notes, *warnings), tuple(unplanned))


async def submit(
    session: AsyncSession, week: Week, author: Author, condition: Precondition, remark: str | None
) -> PlanView:
    """Draft or returned → submitted; a submitted plan is answered as it is. Raises PlanApproved, WeekPlanNotFound."""
    plan = await _locked(session, week, condition)
    at = clock.now()
    if plan.status == PlanStatus.APPROVED.value:
        raise PlanApproved
    if plan.status != PlanStatus.SUBMITTED.value:
        version = queries.version_of(plan, Action.SUBMITTED.value, at, author.name, remark, None)
        values = {"status": PlanStatus.SUBMITTED.value, "submitted_at": at, "submitted_by": author.name}
        await queries.write(session, plan, version, **values, remark=remark)
        await told(session, "week_plan.submitted", week, author.name, at)
    return await view_of(session, week, plan)


async def approve(
    session: AsyncSession, week: Week, author: Author, condition: Precondition, remark: str | None
) -> PlanView:
    """Submitted → approved: from now on its visits count. An approved plan is answered as it is.

    Days that have frozen since it was made stay as they stand. Raises PlanNotSubmitted, WeekPlanNotFound, WeekIsOver.
    """
    plan = await _locked(session, week, condition)
    at = clock.now()
    if plan.status == PlanStatus.APPROVED.value:
        return await view_of(session, week, plan)
    if plan.status != PlanStatus.SUBMITTED.value:
        raise PlanNotSubmitted
    content = from_json(await queries.content_of(session, plan) or as_json(PlanContent()))
    remainder = await without_frozen(session, week, content, at)
    version = queries.version_of(
        plan, Action.APPROVED.value, at, author.name, remark, as_json(remainder) if remainder != content else None
    )
    values = {"status": PlanStatus.APPROVED.value, "decided_at": at, "decided_by": author.name, "remark": remark}
    await queries.write(session, plan, version, **values)
    await stand(session, week, remainder, at)
    await told(session, "week_plan.approved", week, author.name, at)
    return await view_of(session, week, plan)


async def send_back(
    session: AsyncSession, week: Week, author: Author, condition: Precondition, remark: str
) -> PlanView:
    """Submitted → returned, with a remark. Raises PlanNotSubmitted, WeekPlanNotFound."""
    plan = await _locked(session, week, condition)
    at = clock.now()
    if plan.status == PlanStatus.RETURNED.value and plan.remark == remark:
        return await view_of(session, week, plan)
    if plan.status != PlanStatus.SUBMITTED.value:
        raise PlanNotSubmitted
    version = queries.version_of(plan, Action.RETURNED.value, at, author.name, remark, None)
    values = {"status": PlanStatus.RETURNED.value, "decided_at": at, "decided_by": author.name, "remark": remark}
    await queries.write(session, plan, version, **values)
    await told(session, "week_plan.returned", week, author.name, at)
    return await view_of(session, week, plan)


async def without_frozen(session: AsyncSession, week: Week, content: PlanContent, at: datetime) -> PlanContent:
    """A plan whose frozen days have what stands, and nothing else; that the others are too late is noted."""
    frozen = week.frozen(at)
    if len(frozen) == len(week.days):
        raise WeekIsOver
    if not frozen & {day.day for day in content.days}:
        return content
    standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
    standing_visits = {(visit.visit_date, visit.outlet_id) for visit in standing}
    days, notes = [], list(content.warnings)
    for day in content.days:
        if day.day not in frozen:
            days.append(day)
            continue
        late = [stop for stop in day.stops if (day.day, stop.outlet_id) not in standing_visits]
        message = "The day had begun when the plan was approved: this visit counts for nobody."
        notes += [PlanNote("day_frozen", message, stop.outlet_id, day.day) for stop in late]
        if len(late) < len(day.stops):
            days.append(_only(day, standing_visits))
    return PlanContent(tuple(days), tuple(notes), content.unplanned)


def _only(day: DayPlan, standing_visits: set[tuple[date, int]]) -> DayPlan:
    stops = tuple(stop for stop in day.stops if (day.day, stop.outlet_id) in standing_visits)
    return DayPlan(
        day.day,
        stops,
        day.departs_s,
        day.returns_s,
        day.lunch_s,
        day.lunch_until_s,
        day.driving_s,
        day.distance_m,
        day.start,
        day.end,
    )


async def stand(session: AsyncSession, week: Week, content: PlanContent, at: datetime) -> None:
    """Make a plan the approved one of its days that are not frozen."""
    frozen = week.frozen(at)
    stops = [
        (day.day, outlet_id, times.begins_at)
        for day in content.days
        if day.day not in frozen
        for outlet_id, times in instants_of(day, week.territory.zone).stops.items()
    ]
    open_days = [day for day in week.days if day not in frozen]
    await visit_plans.stand_in_plan(session, week.rep, open_days, stops, at)


async def told(session: AsyncSession, event: str, week: Week, by: str, at: datetime) -> None:
    """Tell the outbox what happened to a plan."""
    payload = {"rep_code": week.rep.code, "iso_week": iso_week_of(week.monday), "by": by}
    await events.record(session, event, week.territory.id, payload, at)


async def _locked(session: AsyncSession, week: Week, condition: Precondition) -> WeekPlan:
    plan = await queries.plan_of(session, week.rep.id, week.monday, lock=True)
    if plan is None:
        raise WeekPlanNotFound
    condition.check(plan.version)
    return plan


async def workday_of(session: AsyncSession, week: Week) -> Workday:
    """The workday that holds for the rep."""
    return (await workdays_of(session, week.territory, [week.rep]))[week.rep.id]
