"""Routes of changes to approved plans."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch
from app.planning.week_plans import request_queries, requests
from app.planning.week_plans.answers import plan_answer
from app.planning.week_plans.change_schemas import (
    HandOverAnswer,
    HandOverBody,
    PlanChangeDecisionBody,
    PlanChangeRequestAnswer,
    PlanChangeRequestBody,
    PlanChangeRequestStatus,
    PlanChangesBody,
)
from app.planning.week_plans.changes import Why, change
from app.planning.week_plans.hand_overs import hand_over
from app.planning.week_plans.parameters import AppPlanner, IsoWeek, RepCode, answered, author_of, week_in_sight
from app.planning.week_plans.request_queries import RequestFilter
from app.planning.week_plans.rules import Action, PlanChange
from app.planning.week_plans.schemas import WeekPlanAnswer

router = make_router("week plans")

Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]
MADE: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": PlanChangeRequestAnswer}}


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/changes",
    operation_id="change_week_plan",
    summary="Move visits of an approved plan",
    responses=problems(401, 403, 404, 409, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def change_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: PlanChangesBody,
    database: AppDatabase,
    caller: Supervisor,
    planner: AppPlanner,
    response: Response,
) -> WeekPlanAnswer:
    """A supervisor moves visits to another day of the week, hands them to another rep, or takes them out of the plan.

    All of the changes are made, or none. Each plan that they touch gets a version with the reason; days that have begun
    stay as they are. A visit takes the cheapest place in its new day's route; `optimise` finds the best order of all.
    """
    async with database.read_only() as session:
        week = await week_in_sight(session, rep_code, iso_week, caller)
    changes = [PlanChange(item.outlet_code, item.from_date, item.to_date, item.to_rep_code) for item in body.changes]
    action = Action.HANDED_OVER if any(item.to_rep_code for item in changes) else Action.CHANGED
    remark = f"{body.reason_code}: {body.comment}" if body.comment else body.reason_code
    return answered(await change(database, planner, week, changes, Why(action, caller.actor, remark)), response)


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/hand-over",
    operation_id="hand_over_day",
    summary="Let another rep take a day's visits",
    response_model=HandOverAnswer,
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def hand_over_day(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: HandOverBody,
    database: AppDatabase,
    caller: Supervisor,
    planner: AppPlanner,
    condition: IfMatch,
    response: Response,
) -> HandOverAnswer:
    """Also before the plans are approved: drafts stay drafts, what was submitted is a draft again, what is approved
    stays so. Visits that count go to an approved plan alone. Both plans get a version with the comment; a visit takes
    the cheapest place in the other's day. `If-Match`, and the `ETag`, are of the rep's plan who gives.
    """
    async with database.read_only() as session:
        week = await week_in_sight(session, rep_code, iso_week, caller)
    given_by, taken_by = await hand_over(database, planner, week, body.transfer(), author_of(caller), condition)
    answer = answered(given_by, response)
    return HandOverAnswer(given_by=answer, taken_by=plan_answer(taken_by, clock.now()))


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/change-requests",
    operation_id="request_week_plan_change",
    summary="Ask for changes to an approved plan",
    responses=MADE | problems(401, 403, 404, 409, 422),
)
async def request_week_plan_change(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: PlanChangeRequestBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True)],
    response: Response,
) -> PlanChangeRequestAnswer:
    """A rep asks; nothing changes before the supervisor grants it. New (201), or the same as before (200)."""
    week = await week_in_sight(session, rep_code, iso_week, caller)
    request, new = await requests.ask(session, week, body, caller.actor)
    response.status_code = 201 if new else 200
    return request


@router.get(
    "/plan-change-requests",
    operation_id="list_plan_change_requests",
    summary="Requests for changes to plans",
    responses=problems(401, 403, 422),
)
async def list_plan_change_requests(
    session: ReadSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True)],
    paging: Paging,
    status: Annotated[PlanChangeRequestStatus | None, Query()] = None,
) -> Page[PlanChangeRequestAnswer]:
    """What reps asked for, the oldest first; a device sees its own rep's."""
    decision = status.value if status not in {None, PlanChangeRequestStatus.OPEN} and status else None
    request_filter = RequestFilter(
        caller.territory_ids, caller.rep_id, decision, status is PlanChangeRequestStatus.OPEN
    )
    key = paging.key(instant_part, UUID)
    rows = await request_queries.page(session, request_filter, (key[0], key[1]) if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.request.requested_at.isoformat(), row.request.id])
    return Page(items=[requests.shown(row) for row in page], next_cursor=cursor)


@router.post(
    "/plan-change-requests/{request_id}/decision",
    operation_id="decide_plan_change_request",
    summary="Grant or refuse a request",
    responses=problems(401, 403, 404, 409, 422),
)
async def decide_plan_change_request(
    request_id: Annotated[UUID, Path()],
    body: PlanChangeDecisionBody,
    database: AppDatabase,
    caller: Supervisor,
    planner: AppPlanner,
) -> PlanChangeRequestAnswer:
    """What is granted is done at once, as if the supervisor had made the changes; a day that has begun stays.

    The first decision stands: the same again is answered like the first time, another is a conflict.
    """
    return await requests.decide(database, planner, caller, request_id, body)
