"""Routes of week plans."""

from typing import Annotated, Any

from fastapi import Body, Response

from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.fair_shares import SEARCHES, costly
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, changes_by_itself
from app.masters.outlets.plan_facts import planned_outlets_by_id
from app.planning.week_plans import queries, service
from app.planning.week_plans.answers import outlets_named, version_answer
from app.planning.week_plans.errors import WeekPlanNotFound
from app.planning.week_plans.optimisation import optimise
from app.planning.week_plans.parameters import (
    NO_WORD,
    AppPlanner,
    IsoWeek,
    RepCode,
    answered,
    author_of,
    week_in_sight,
)
from app.planning.week_plans.replacement import Replacement, put_plan
from app.planning.week_plans.rules import WantedVisit
from app.planning.week_plans.schemas import (
    PlanOptimisationBody,
    PlanReturnBody,
    PlanStepBody,
    PlanVersionAnswer,
    WeekPlanAnswer,
    WeekPlanBody,
)

router = make_router("week plans")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope="visits:read")]
Planning = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]
Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]
MADE: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": WeekPlanAnswer}}
EVERY_DAY = PlanOptimisationBody()


@router.get(
    "/reps/{rep_code}/week-plans/{iso_week}",
    operation_id="get_week_plan",
    summary="A rep's week",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_week_plan(
    rep_code: RepCode, iso_week: IsoWeek, session: ReadSession, caller: Reader, response: Response
) -> WeekPlanAnswer:
    """The plan with its times, warnings and wishes that it does not meet; its version as `ETag`.

    Of an approved plan the visits are those that stand: what was imported over it shows here as well.
    """
    return answered(await service.view_of(session, await week_in_sight(session, rep_code, iso_week, caller)), response)


@router.put(
    "/reps/{rep_code}/week-plans/{iso_week}",
    operation_id="put_week_plan",
    summary="Make or replace a rep's week",
    responses=MADE | problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: WeekPlanBody,
    database: AppDatabase,
    caller: Planning,
    planner: AppPlanner,
    condition: IfMatch,
    response: Response,
) -> WeekPlanAnswer:
    """Made (201) or replaced (200): a draft, also where it was submitted or returned before.

    With the visits that it has already, in the same order, a plan stays what it was: submitted, returned or approved.
    An approved plan is changed by a supervisor alone, and stays approved; a rep asks for changes instead. Visits on
    frozen days are sent as they stand. What does not fit the outlets' terms is taken, and warned of.
    """
    visits = _visits_of(body, rep_code)
    async with database.read_only() as session:
        week = await week_in_sight(session, rep_code, iso_week, caller)
    replacement = Replacement(week, visits, author_of(caller), condition, body.remark)
    view, new = await put_plan(database, planner, replacement)
    response.status_code = 201 if new else 200
    return answered(view, response)


def _visits_of(body: WeekPlanBody, rep_code: str) -> list[WantedVisit]:
    """The visits in the order of each day's route. Raises Invalid for another rep's."""
    mismatches = [
        FieldProblem(f"/visits/{number}/rep_code", "mismatch", f"Send {rep_code}, as in the path, or leave it out.")
        for number, visit in enumerate(body.visits)
        if visit.rep_code not in {None, rep_code}
    ]
    if mismatches:
        raise Invalid("The body is about another rep than the path.", errors=mismatches)
    ordered = sorted(body.visits, key=lambda visit: (visit.sequence is None, visit.sequence or 0))
    return [WantedVisit(visit.outlet_code, visit.visit_date) for visit in ordered]


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/submit",
    operation_id="submit_week_plan",
    summary="Submit a rep's week",
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def submit_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    session: WriteSession,
    caller: Planning,
    condition: IfMatch,
    response: Response,
    body: Annotated[PlanStepBody, Body()] = NO_WORD,
) -> WeekPlanAnswer:
    """A draft, or a plan that was returned, goes to the supervisor. Due on the Friday before at 18:00 local."""
    week = await week_in_sight(session, rep_code, iso_week, caller)
    return answered(await service.submit(session, week, author_of(caller), condition, body.remark), response)


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/approve",
    operation_id="approve_week_plan",
    summary="Approve a rep's week",
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def approve_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    session: WriteSession,
    caller: Supervisor,
    condition: IfMatch,
    response: Response,
    body: Annotated[PlanStepBody, Body()] = NO_WORD,
) -> WeekPlanAnswer:
    """A submitted plan counts from now on. Of days that have frozen since, only what stood already counts.

    With `If-Match` nobody approves what has changed since it was read.
    """
    week = await week_in_sight(session, rep_code, iso_week, caller)
    return answered(await service.approve(session, week, author_of(caller), condition, body.remark), response)


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/return",
    operation_id="return_week_plan",
    summary="Return a rep's week",
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def return_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: PlanReturnBody,
    session: WriteSession,
    caller: Supervisor,
    condition: IfMatch,
    response: Response,
) -> WeekPlanAnswer:
    """A submitted plan goes back to the rep, with a remark."""
    week = await week_in_sight(session, rep_code, iso_week, caller)
    return answered(await service.send_back(session, week, author_of(caller), condition, body.remark), response)


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/optimise",
    operation_id="optimise_week_plan",
    summary="Put a rep's days into their best order",
    responses=problems(401, 403, 404, 409, 412, 422, 429),
    openapi_extra=response_headers.VERSIONED,
)
@costly(SEARCHES)
async def optimise_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    database: AppDatabase,
    caller: Planning,
    planner: AppPlanner,
    condition: IfMatch,
    response: Response,
    body: Annotated[PlanOptimisationBody, Body()] = EVERY_DAY,
) -> WeekPlanAnswer:
    """The order of the least driving within visiting and working hours, lunch included. No window is missed.

    What does not fit into its day is taken out of it and told under `unplanned`, with the minutes that are missing.
    Like a PUT it makes a draft of a plan that was submitted, and leaves one approved that a supervisor optimises.
    """
    async with database.read_only() as session:
        week = await week_in_sight(session, rep_code, iso_week, caller)
    return answered(await optimise(database, planner, week, body.dates, author_of(caller), condition), response)


@router.get(
    "/reps/{rep_code}/week-plans/{iso_week}/versions",
    operation_id="list_week_plan_versions",
    summary="Everything that happened to a rep's week",
    responses=problems(401, 403, 404, 422),
)
async def list_week_plan_versions(
    rep_code: RepCode, iso_week: IsoWeek, session: ReadSession, caller: Reader, paging: Paging
) -> Page[PlanVersionAnswer]:
    """Every version, the newest first: who did what, when, and what the plan said from then on."""
    week = await week_in_sight(session, rep_code, iso_week, caller)
    plan = await queries.plan_of(session, week.rep.id, week.monday)
    if plan is None:
        raise WeekPlanNotFound
    key = paging.key(int)
    rows = await queries.versions_of(session, plan.id, key[0] if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.version])
    outlet_ids = {outlet_id for row in page for outlet_id in outlets_named(row)}
    codes = {id_: outlet.code for id_, outlet in (await planned_outlets_by_id(session, outlet_ids)).items()}
    return Page(items=[version_answer(row, codes) for row in page], next_cursor=cursor)
