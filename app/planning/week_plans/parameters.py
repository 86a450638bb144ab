"""What the routes about a rep's week share: the week that a path names, who asks, the planner, the answer."""

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller, CallerKind
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code
from app.ground.web.versions import set_etag
from app.masters.territories.visible import rep_in_sight
from app.planning.routing.planner import Planner
from app.planning.week_plans.answers import plan_answer
from app.planning.week_plans.iso_weeks import WEEK_PATTERN, monday_of
from app.planning.week_plans.records import Author, PlanView, Week
from app.planning.week_plans.schemas import PlanStepBody, WeekPlanAnswer

RepCode = Annotated[Code, Path()]
IsoWeek = Annotated[str, Path(pattern=WEEK_PATTERN, description="an ISO week", examples=["2026-W49"])]
NO_WORD = PlanStepBody()
"""The body where none was sent."""


async def planner_of(request: Request) -> Planner:
    """This process's planner."""
    planner: Planner = request.app.state.planner
    return planner


AppPlanner = Annotated[Planner, Depends(planner_of)]


async def week_in_sight(session: ReadSession, rep_code: str, iso_week: str, caller: Caller) -> Week:
    """The week that a path names. Raises RepNotFound, Invalid."""
    territory, rep = await rep_in_sight(session, rep_code, caller)
    try:
        monday = monday_of(iso_week)
    except ValueError as error:
        problem = FieldProblem("/path/iso_week", "iso_week", "There is no such week.")
        raise Invalid("There is no such week.", errors=[problem]) from error
    return Week(territory, rep, monday)


def author_of(caller: Caller) -> Author:
    """Who does something to a plan."""
    return Author(caller.actor, supervisor=caller.kind is not CallerKind.DEVICE)


def answered(view: PlanView, response: Response) -> WeekPlanAnswer:
    """A plan as it leaves, with its version as ETag."""
    answer = plan_answer(view, clock.now())
    set_etag(response, answer.version)
    return answer
