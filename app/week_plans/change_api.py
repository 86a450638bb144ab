"""Routes of changes to approved plans."""

from typing import Annotated

from fastapi import Response

from app.web.access import Caller, Role, allow
from app.web.dependencies import WriteSession
from app.web.problems import problems
from app.web.requests import router as make_router
from app.week_plans.api import AppPlanner, IsoWeek, RepCode, answered, week_in_sight
from app.week_plans.change_schemas import ChangesBody
from app.week_plans.changes import Why, change
from app.week_plans.rules import Action, Change
from app.week_plans.schemas import WeekPlanOut

router = make_router("week plans")

Supervisor = Annotated[Caller, allow(Role.SUPERVISOR)]


@router.post(
    "/reps/{rep_code}/week-plans/{iso_week}/changes",
    operation_id="change_week_plan",
    summary="Move visits of an approved plan",
    responses=problems(401, 403, 404, 409, 422),
)
async def change_week_plan(
    rep_code: RepCode,
    iso_week: IsoWeek,
    body: ChangesBody,
    session: WriteSession,
    caller: Supervisor,
    planner: AppPlanner,
    response: Response,
) -> WeekPlanOut:
    """A supervisor moves visits to another day of the week, hands them to another rep, or takes them out of the plan.

    All of the changes are made, or none. Each plan that they touch gets a version with the reason; days that have begun
    stay as they are. A visit takes the cheapest place in its new day's route; `optimise` finds the best order of all.
    """
    week = await week_in_sight(session, rep_code, iso_week, caller)
    changes = [Change(one.outlet_code, one.from_date, one.to_date, one.to_rep_code) for one in body.changes]
    action = Action.HANDED_OVER if any(one.to_rep_code for one in changes) else Action.CHANGED
    remark = f"{body.reason_code}: {body.comment}" if body.comment else body.reason_code
    return answered(await change(session, planner, week, changes, Why(action, caller.actor, remark)), response)
