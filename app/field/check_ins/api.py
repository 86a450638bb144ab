"""Routes that read check-ins. They are written by the handheld's door."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from app.field.check_ins import queries, service
from app.field.check_ins.errors import CheckInNotFound
from app.field.check_ins.records import CheckInFilter
from app.field.check_ins.schemas import CheckInAnswer
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("check-ins")

MayRead = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.VISITS_READ)]


async def check_in_filter(
    on: Annotated[Day | None, Query(alias="date", description="this business date alone")] = None,
    first: Annotated[Day | None, Query(alias="from", description="business dates from this one")] = None,
    last: Annotated[Day | None, Query(alias="to", description="business dates up to this one")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
) -> CheckInFilter:
    """The filters of the list."""
    return CheckInFilter(on or first, on or last, territory_code, rep_code, outlet_code)


@router.get(
    "/check-ins",
    operation_id="list_check_ins",
    summary="List check-ins with their verdicts",
    response_model=Page[CheckInAnswer],
    responses=problems(401, 403, 422),
)
async def list_check_ins(
    caller: MayRead, session: ReadSession, paging: Paging, filters: Annotated[CheckInFilter, Depends(check_in_filter)]
) -> Page[CheckInAnswer]:
    """Newest business date first. A device sees its rep's, a supervisor those of its territories."""
    after = paging.key(date.fromisoformat, instant_part, UUID)
    key = (after[0], after[1], after[2]) if after else None
    rows = await queries.check_ins_page(session, caller, filters, key, paging.limit + 1)
    page, cursor = paging.page(rows, lambda row: (row.business_date, row.corrected_at, row.id))
    return Page(items=[CheckInAnswer.of(row) for row in page], next_cursor=cursor)


@router.get(
    "/check-ins/{check_in_id}",
    operation_id="get_check_in",
    summary="Read one check-in",
    response_model=CheckInAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_check_in(caller: MayRead, session: ReadSession, check_in_id: UUID) -> CheckInAnswer:
    """The check-in with its fix, its verdict, and the versions of location and policy that the verdict rests on."""
    readable = await service.find_check_ins(session, caller, [check_in_id])
    if not readable:
        raise CheckInNotFound
    return CheckInAnswer.of(*readable)
