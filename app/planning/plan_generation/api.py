"""Routes of making plans."""

from typing import Annotated

from fastapi import Body, Response

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import AppDatabase
from app.ground.web.fair_shares import SEARCHES, costly
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch
from app.planning.plan_generation.service import generate
from app.planning.week_plans.parameters import (
    NO_WORD,
    AppPlanner,
    IsoWeek,
    RepCode,
    answered,
    author_of,
    week_in_sight,
)
from app.planning.week_plans.schemas import PlanStepBody, WeekPlanAnswer

router = make_router("week plans")

Planning = Annotated[Caller, allow(Role.SUPERVISOR, device=True)]


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/generate",
    operation_id="generate_week_plan",
    summary="Make a rep's week from the terms of its outlets",
    responses=problems(401, 403, 404, 409, 412, 422, 429),
    openapi_extra=response_headers.VERSIONED,
)
@costly(SEARCHES)
async def generate_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    database: AppDatabase,
    caller: Planning,
    planner: AppPlanner,
    condition: IfMatch,
    response: Response,
    body: Annotated[PlanStepBody, Body()] = NO_WORD,
) -> WeekPlanAnswer:
    """How often, on which weekdays, how far apart and when, by each outlet's terms; what was missed comes first.

    The days have about the same load and lie close together, each in its best order. What cannot be had is told under
    `unplanned`, outlet by outlet. A draft comes of it, which replaces what the plan said; an approved plan is for a
    supervisor alone to generate anew, and stays approved. Frozen days stay as they are. Takes some seconds.
    """
    async with database.read_only() as session:
        week = await week_in_sight(session, rep_code, iso_week, caller)
    view = await generate(database, planner, week, author_of(caller), condition, body.remark)
    return answered(view, response)
