"""The week of many reps side by side: how each plan stands, and what each day holds. By sets, not rep by rep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.masters.outlets.plan_facts import planned_outlets_by_id
from app.masters.territories.calendar import RepFacts
from app.masters.territories.service import all_territory_facts
from app.planning.week_plans import queries, request_queries
from app.planning.week_plans.iso_weeks import days_of
from app.planning.week_plans.plan_content import PlanContent, from_json
from app.planning.week_plans.queries import ListedPlan
from app.planning.week_plans.records import PlanView, Week
from app.planning.week_plans.service import viewed


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One rep's week. `view` None: there is neither a plan nor an approved visit. `requests`: nobody has decided."""

    week: Week
    listed: ListedPlan
    view: PlanView | None
    requests: int


async def board_lines(session: AsyncSession, monday: date, reps: Sequence[ListedPlan]) -> list[BoardLine]:
    """The weeks of reps as they are shown, in the order given. Five statements."""
    days = days_of(monday)
    plans = [row.plan for row in reps if row.plan is not None]
    documents = await queries.contents_of(session, plans)
    contents = {plan_id: from_json(document) for plan_id, document in documents.items()}
    standing = await visit_plans.planned_visits_of_reps(session, {row.rep_id for row in reps}, days[0], days[-1])
    outlet_ids = {id_ for content in contents.values() for id_ in content.outlet_ids()}
    outlet_ids |= {visit.outlet_id for visits in standing.values() for visit in visits}
    outlets = await planned_outlets_by_id(session, outlet_ids)
    requests = await request_queries.open_requests(session, {plan.id for plan in plans})
    territories = {territory.id: territory for territory in await all_territory_facts(session)}
    lines = []
    for row in reps:
        rep = RepFacts(row.rep_id, row.rep_code, row.rep_name, row.territory_id, active=True)
        week, visits = Week(territories[row.territory_id], rep, monday), standing.get(row.rep_id, [])
        view = None
        if row.plan is not None or visits:
            content = PlanContent() if row.plan is None else contents.get(row.plan.id, PlanContent())
            view = viewed(week, row.plan, content, visits, outlets)
        lines.append(BoardLine(week, row, view, 0 if row.plan is None else requests.get(row.plan.id, 0)))
    return lines
