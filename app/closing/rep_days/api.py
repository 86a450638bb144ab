"""Reps' days as they go."""

from typing import Annotated

from fastapi import Query

from app.closing.rep_days import service
from app.closing.rep_days.schemas import RepDayAnswer, RepDayPageAnswer, TerritoryDayAnswer
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import SnapshotSession
from app.ground.web.fields import Code, Day
from app.ground.web.pagination import Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("rep days")


@router.get(
    "/rep-days",
    operation_id="list_rep_days",
    summary="How each rep's day goes: visits, orders, where the rep was seen last, what comes next",
    response_model=RepDayPageAnswer,
    responses=problems(401, 403, 422),
)
async def list_rep_days(
    caller: Annotated[Caller, allow(Role.SUPERVISOR)],
    session: SnapshotSession,
    paging: Paging,
    day: Annotated[Day | None, Query(alias="date", description="today in each territory's zone, if not said")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> RepDayPageAnswer:
    """A line for each rep who is active, or has visits of the day, in each of the caller's territories.

    Every count can be opened: `GET /v1/visits?date=…&territory_code=…&rep_code=…&counted_as=…` lists just those visits.
    `progress` compares where the rep is with where the plan expects it by now: a rep is as late as at the arrival at
    the visit that was made last, or as the next one is overdue, whichever is more. Up to 15 minutes either way are
    `on_route`. A rep without handhelds that told anything has no `last_sync_at`.
    """
    key = paging.key(str, str)
    days = await service.rep_days(
        session,
        caller.territory_ids,
        day=day,
        territory_code=territory_code,
        after=(key[0], key[1]) if key else None,
        limit=paging.limit + 1,
    )
    page, cursor = paging.page(days.lines, lambda each: each.line.key)
    shown = {each.line.territory_id for each in page}
    territories = [
        each for id_, each in days.territories.items() if id_ in shown or each.territory.code == territory_code
    ]
    return RepDayPageAnswer(
        territories=[TerritoryDayAnswer.of(each) for each in sorted(territories, key=lambda of: of.territory.code)],
        items=[RepDayAnswer.of(each.within(caller.territory_ids)) for each in page],
        next_cursor=cursor,
    )
