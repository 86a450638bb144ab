"""Routes that show the weeks of many reps."""

from datetime import date
from typing import Annotated

from fastapi import Query

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.service import all_territory_facts
from app.planning.week_plans import queries
from app.planning.week_plans.answers import listed_answer
from app.planning.week_plans.board_schemas import BoardLineAnswer
from app.planning.week_plans.boards import board_lines
from app.planning.week_plans.iso_weeks import WEEK_PATTERN, due_at, monday_of
from app.planning.week_plans.schemas import ListedWeekPlanAnswer

router = make_router("week plans")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope="visits:read")]
WeekAsked = Annotated[str, Query(pattern=WEEK_PATTERN, examples=["2026-W49"])]


@router.get(
    "/week-plans", operation_id="list_week_plans", summary="Who has planned a week", responses=problems(401, 403, 422)
)
async def list_week_plans(
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    iso_week: WeekAsked,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Page[ListedWeekPlanAnswer]:
    """Every active rep within the caller's sight, by code: how its plan stands, and whether it is late."""
    monday = _monday_of(iso_week)
    rows = await queries.listed(
        session,
        monday,
        sight=caller.territory_ids,
        rep_id=caller.rep_id,
        territory_code=territory_code,
        after=paging.after_code(),
        limit=paging.limit,
    )
    territories = {territory.id: territory for territory in await all_territory_facts(session)}
    page, cursor = paging.page(rows, lambda row: [row.rep_code])
    now = clock.now()
    items = [
        listed_answer(row, territory.code, iso_week, due_at(territory, monday), now)
        for row in page
        for territory in [territories[row.territory_id]]
    ]
    return Page(items=items, next_cursor=cursor)


@router.get(
    "/week-plans/board",
    operation_id="get_week_plan_board",
    summary="The week of many reps side by side",
    responses=problems(401, 403, 422),
)
async def get_week_plan_board(
    session: ReadSession,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, scope="visits:read")],
    paging: Paging,
    iso_week: WeekAsked,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Page[BoardLineAnswer]:
    """Every active rep within the caller's sight, by code: how its plan stands, what each day holds, how much there is
    to know about it. By a fixed number of statements, however many the reps are.
    """
    monday = _monday_of(iso_week)
    rows = await queries.listed(
        session,
        monday,
        sight=caller.territory_ids,
        rep_id=None,
        territory_code=territory_code,
        after=paging.after_code(),
        limit=paging.limit,
    )
    page, cursor = paging.page(rows, lambda row: [row.rep_code])
    at = clock.now()
    items = [BoardLineAnswer.of(line, at) for line in await board_lines(session, monday, page)]
    return Page(items=items, next_cursor=cursor)


def _monday_of(iso_week: str) -> date:
    """The Monday of the week that is asked for. Raises Invalid where there is none."""
    try:
        return monday_of(iso_week)
    except ValueError as error:
        problem = FieldProblem("/query/iso_week", "iso_week", "There is no such week.")
        raise Invalid("There is no such week.", errors=[problem]) from error
