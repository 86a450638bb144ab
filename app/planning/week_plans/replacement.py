"""Use case of putting a plan: a rep's week is made, or replaced, as a whole (M2)."""

from collections.abc import Sequence
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
from app.masters.outlets.plan_facts import (
    PlanOutlet,
    outlets_of_rep,
    planned_outlets_by_code,
    planned_outlets_by_id,
)
from app.planning.routing.planner import Planner
from app.planning.week_plans import queries
from app.planning.week_plans.errors import PlanApproved, WeekIsOver
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.plan_composition import Composed, Draft, TimedDays, timed
from app.planning.week_plans.plan_content import PlanContent, from_json
from app.planning.week_plans.records import Author, PlanView, Week
from app.planning.week_plans.rules import Action, Frame, PlanStatus, WantedVisit, problems_of, status_after_edit
from app.planning.week_plans.service import edited, judged, view_of, workday_of


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a plan is put over: the days to be timed, what stands, and the plan that there is."""

    draft: Draft
    standing: Sequence[StandingVisit] = field(compare=False)
    plan: WeekPlan | None = field(compare=False)
    content: PlanContent = field(compare=False)

    @property
    def status(self) -> PlanStatus:
        """How the plan stands. Visits that were imported before there were plans are an approved one."""
        if self.plan is not None:
            return PlanStatus(self.plan.status)
        return PlanStatus.APPROVED if self.standing else PlanStatus.DRAFT

    def says_the_same(self) -> bool:
        """Whether the plan, if there is one, has the draft's visits already, in the same order."""
        if self.plan is None and not self.standing:
            return False
        visits = self.content.visits()
        if self.status is PlanStatus.APPROVED:
            visits = [(visit.visit_date, visit.outlet_id) for visit in self.standing]
        return visits == [(day, outlet.id) for day, outlets in sorted(self.draft.stops.items()) for outlet in outlets]

    def may_be_put_by(self, author: Author) -> bool:
        """Whether it is this author's to put: an approved plan is the supervisor's to change, anybody's to leave."""
        return status_after_edit(self.status, by_supervisor=author.supervisor) is not None or self.says_the_same()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A rep's week as somebody wants it: who, under which condition, with which remark."""

    week: Week
    visits: Sequence[WantedVisit]
    author: Author
    condition: Precondition
    remark: str | None

    async def read(self, session: AsyncSession, *, lock: bool) -> _Facts:
        """What it is judged by. Raises Invalid, StaleVersion, PlanApproved, WeekIsOver."""
        week, at = self.week, clock.now()
        frame = Frame(week.rep, week.days, week.frozen(at))
        if len(frame.frozen) == len(week.days):
            raise WeekIsOver
        plan = await queries.plan_of(session, week.rep.id, week.monday, lock=lock)
        outlets = await planned_outlets_by_code(session, {visit.outlet_code for visit in self.visits})
        standing = await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1])
        by_id = await planned_outlets_by_id(session, {visit.outlet_id for visit in standing})
        standing_codes: dict[date, list[str]] = {}
        for visit in standing:
            standing_codes.setdefault(visit.visit_date, []).append(by_id[visit.outlet_id].code)
        if problems := problems_of(self.visits, outlets, standing_codes, frame):
            raise Invalid("The plan breaks a rule.", errors=problems)
        stops: dict[date, list[PlanOutlet]] = {}
        for outlet_code, visit_date in self.visits:
            stops.setdefault(visit_date, []).append(outlets[outlet_code])
        self.condition.check(plan.version if plan is not None else None)
        document = await queries.content_of(session, plan) if plan is not None else None
        content = from_json(document) if document is not None else PlanContent()
        facts = _Facts(Draft(await workday_of(session, week), stops), standing, plan, content)
        if not facts.may_be_put_by(self.author):
            raise PlanApproved
        return facts

    async def write(self, session: AsyncSession, facts: _Facts, times: TimedDays) -> tuple[PlanView, bool]:
        """Write it where it says something new; whether the plan is new."""
        week = self.week
        same = facts.says_the_same()
        if same and facts.status is PlanStatus.APPROVED and not self.author.supervisor:
            return await view_of(session, week, facts.plan), False
        own = await outlets_of_rep(session, week.rep.id, week.territory.id)
        content = await judged(session, week, Composed.of(facts.draft, times, own))
        if same and self.remark is None and content == facts.content:
            return await view_of(session, week, facts.plan), False
        plan, new = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, facts.status.value)
        self.condition.check(None if new else plan.version)
        await edited(session, week, plan, content, Action.PUT, self.author, clock.now(), self.remark)
        return await view_of(session, week, plan), new


async def put_plan(database: Database, planner: Planner, replacement: Replacement) -> tuple[PlanView, bool]:
    """Make a plan, or replace what one says; whether it is new. One that says the same stays what it was.

    Raises Invalid, StaleVersion, PlanApproved, WeekIsOver.
    """

    async def ask(facts: _Facts) -> TimedDays:
        return await timed(planner.travel_times, facts.draft)

    return await consulted(database, replacement.read, ask, replacement.write)
