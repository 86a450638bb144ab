"""The route of timelines."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator

from app.doors.timelines.records import ItemKey, TimelineType
from app.doors.timelines.schemas import TimelineItemAnswer
from app.doors.timelines.service import read_timeline
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Instant
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("outlets")


def _one_by_one(types: object) -> object:
    """`types=order,return` says the same as `types=order&types=return`."""
    if not isinstance(types, list):
        return types
    return [part for each in types for part in (each.split(",") if isinstance(each, str) else [each])]


Types = Annotated[
    list[TimelineType] | None,
    BeforeValidator(_one_by_one),
    Query(max_length=100, description="of these alone; several, or joined by commas"),
]


@router.get(
    "/outlets/{code}/timeline",
    operation_id="get_outlet_timeline",
    summary="Everything that happened at an outlet, by time",
    response_model=Page[TimelineItemAnswer],
    responses=problems(401, 403, 404, 422),
)
async def get_outlet_timeline(
    code: Annotated[Code, Path()],
    caller: Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, scope=Scope.VISITS_READ)],
    session: ReadSession,
    paging: Paging,
    before: Annotated[Instant | None, Query(description="what happened before this instant")] = None,
    types: Types = None,
) -> Page[TimelineItemAnswer]:
    """The newest first; planned visits of days to come stand before everything else.

    Each record is shown to whom its own route shows it: what was recorded while the outlet belonged to another
    territory as far as it came along. An operator is told of calls, orders, forms by mail and terms. An integration
    client is told of what its scopes open beside `visits:read`: orders by `orders:read`, deliveries, returns and who
    answers by `deliveries:read`, missing orders by `cutoff:read`, locations and terms by `master:read`, changes of the
    master record by `audit:read`. Types that are not open to the caller are left out.

    What arrives while someone pages moves no item that was or will be shown.
    """
    place = paging.key(instant_part, str, str)
    key = ItemKey(place[0], place[1], place[2]) if place else ItemKey(before, "", "") if before else None
    items = await read_timeline(session, caller, code, types, key, paging.limit + 1)
    page, cursor = paging.page(items, lambda item: (item.at.isoformat(), item.title, item.key))
    return Page(items=[TimelineItemAnswer.model_validate(item) for item in page], next_cursor=cursor)
