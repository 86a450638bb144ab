"""Use cases of requests: a rep asks for changes to an approved plan, the supervisor grants them or not (M2)."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import service as visit_plans
from app.ground import clock
from app.ground.db.consultation import consulted
from app.ground.db.session import Database
from app.ground.web.access import Caller
from app.masters.territories.service import reps_by_id, territory_facts
from app.planning.routing.planner import Planner
from app.planning.week_plans import queries, request_queries
from app.planning.week_plans.change_schemas import (
    PlanChangeDecisionBody,
    PlanChangeRequestAnswer,
    PlanChangeRequestBody,
    PlanChangeRequestStatus,
    PlanChangesBody,
)
from app.planning.week_plans.changes import Rewrite, Why, rewrite, rewrites, times_of
from app.planning.week_plans.errors import (
    ChangeRequestDecided,
    ChangeRequestExists,
    ChangeRequestNotFound,
    PlanNotApproved,
    WeekPlanNotFound,
)
from app.planning.week_plans.iso_weeks import iso_week_of
from app.planning.week_plans.plan_composition import TimedDays
from app.planning.week_plans.request_queries import ListedRequest
from app.planning.week_plans.rules import Action, PlanChange, PlanStatus
from app.planning.week_plans.service import Week, told


async def ask(
    session: AsyncSession, week: Week, body: PlanChangeRequestBody, by: str
) -> tuple[PlanChangeRequestAnswer, bool]:
    """Note a request; whether it is new. Raises ChangeRequestExists, PlanNotApproved, WeekPlanNotFound."""
    at = clock.now()
    plan = await queries.plan_of(session, week.rep.id, week.monday, lock=True)
    if plan is None:
        if not await visit_plans.planned_visits(session, week.rep.id, week.days[0], week.days[-1]):
            raise WeekPlanNotFound
        approved = PlanStatus.APPROVED.value
        plan, _ = await queries.lock_or_make(session, week.rep.id, week.territory.id, week.monday, approved)
    if plan.status != PlanStatus.APPROVED.value:
        raise PlanNotApproved
    values = {
        "id": body.id,
        "plan_id": plan.id,
        "territory_id": week.territory.id,
        "rep_id": week.rep.id,
        "changes": kept(body),
        "reason_code": body.reason_code,
        "comment": body.comment,
        "requested_at": at,
        "requested_by": by,
    }
    new = await request_queries.insert_request(session, values)
    row = await request_queries.request(session, body.id)
    if row is None or (not new and not _is_same(row, plan.id, body)):
        raise ChangeRequestExists
    if new:
        await told(session, "week_plan.change_requested", week, by, at)
    return shown(row), new


def kept(body: PlanChangesBody) -> list[dict[str, str | None]]:
    """Changes as they are kept."""
    return [change_body.model_dump(mode="json") for change_body in body.changes]


def _is_same(row: ListedRequest, plan_id: int, body: PlanChangeRequestBody) -> bool:
    existing = row.request
    return (existing.plan_id, existing.changes, existing.reason_code, existing.comment) == (
        plan_id,
        kept(body),
        body.reason_code,
        body.comment,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that is decided: whose week it is about, and the plans as they will be where it is granted."""

    week: Week
    rewrites: list[Rewrite]
    row: ListedRequest = field(compare=False)


async def decide(
    database: Database, planner: Planner, caller: Caller, request_id: UUID, body: PlanChangeDecisionBody
) -> PlanChangeRequestAnswer:
    """A supervisor grants a request, and its changes are made, or refuses it.

    The same decision again is answered like the first one. Raises ChangeRequestNotFound, ChangeRequestDecided, and as
    `changes.change` does where the changes can no longer be made.
    """

    async def read(session: AsyncSession, *, lock: bool) -> _Asked:
        return await _asked(session, caller, request_id, body, lock=lock)

    async def ask(facts: _Asked) -> list[TimedDays]:
        return await times_of(planner, facts.rewrites)

    async def write(session: AsyncSession, facts: _Asked, times: list[TimedDays]) -> PlanChangeRequestAnswer:
        request, at = facts.row.request, clock.now()
        if request.decision is not None:
            return shown(facts.row)
        remark = f"{request.reason_code}, asked for by {request.requested_by}"
        await rewrite(session, facts.rewrites, times, Why(Action.GRANTED, caller.actor, remark), at)
        await request_queries.decide(session, request_id, body.decision.value, at, caller.actor, body.comment)
        await told(session, f"week_plan.change_{body.decision.value}", facts.week, caller.actor, at)
        decision_row = await request_queries.request(session, request_id)
        if decision_row is None:
            raise ChangeRequestNotFound
        return shown(decision_row)

    return await consulted(database, read, ask, write)


async def _asked(
    session: AsyncSession, caller: Caller, request_id: UUID, body: PlanChangeDecisionBody, *, lock: bool
) -> _Asked:
    row = await request_queries.request(session, request_id, lock=lock)
    if row is None or not caller.may_see(row.request.territory_id):
        raise ChangeRequestNotFound
    if row.request.decision not in {None, body.decision.value}:
        raise ChangeRequestDecided
    rep = (await reps_by_id(session, [row.request.rep_id]))[row.request.rep_id]
    week = Week(await territory_facts(session, row.request.territory_id), rep, row.week_date)
    if row.request.decision is not None or body.decision is not PlanChangeRequestStatus.GRANTED:
        return _Asked(week, [], row)
    request_body = PlanChangesBody.model_validate(
        {"changes": row.request.changes, "reason_code": row.request.reason_code}
    )
    changes = [
        PlanChange(item.outlet_code, item.from_date, item.to_date, item.to_rep_code) for item in request_body.changes
    ]
    return _Asked(week, await rewrites(session, week, changes, lock=lock), row)


def shown(row: ListedRequest) -> PlanChangeRequestAnswer:
    """A request as it leaves."""
    request = row.request
    return PlanChangeRequestAnswer.model_validate(
        {
            "id": request.id,
            "rep_code": row.rep_code,
            "iso_week": iso_week_of(row.week_date),
            "changes": request.changes,
            "reason_code": request.reason_code,
            "comment": request.comment,
            "status": request.decision or PlanChangeRequestStatus.OPEN,
            "requested_at": request.requested_at,
            "requested_by": request.requested_by,
            "decided_at": request.decided_at,
            "decided_by": request.decided_by,
            "decision_comment": request.decision_comment,
        }
    )
