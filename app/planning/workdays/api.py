"""Routes of workdays."""

from typing import Annotated

from fastapi import Path, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, changes_by_itself, set_etag
from app.masters.territories.visible import rep_in_sight, territory_in_sight
from app.planning.workdays import service
from app.planning.workdays.schemas import WorkdayAnswer, WorkdayBody

router = make_router("week plans")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope="master:read")]
StaffReader = Annotated[Caller, allow(Role.SUPERVISOR, scope="master:read")]
Writer = Annotated[Caller, allow(Role.SUPERVISOR, scope="master:write")]
RepCode = Annotated[Code, Path()]


@router.get(
    "/reps/{rep_code}/workday",
    operation_id="get_rep_workday",
    summary="When and from where a rep works",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_rep_workday(rep_code: RepCode, session: ReadSession, caller: Reader, response: Response) -> WorkdayAnswer:
    """What was set for this rep, and what holds, with its version as `ETag`."""
    workday = await service.shown(session, *await rep_in_sight(session, rep_code, caller))
    set_etag(response, workday.version)
    return workday


@router.put(
    "/reps/{rep_code}/workday",
    operation_id="put_rep_workday",
    summary="Set when and from where a rep works",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def put_rep_workday(
    rep_code: RepCode,
    body: WorkdayBody,
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> WorkdayAnswer:
    """It holds for what is planned from now on. What is left out stays, what is null is as the territory's is."""
    territory, rep = await rep_in_sight(session, rep_code, caller)
    workday = await service.put_workday(session, territory, rep, body, condition, clock.now(), author_of(caller))
    set_etag(response, workday.version)
    return workday


@router.get(
    "/territories/{code}/workday",
    operation_id="get_territory_workday",
    summary="When a territory's reps work",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_territory_workday(
    code: RepCode, session: ReadSession, caller: StaffReader, response: Response
) -> WorkdayAnswer:
    """What was set for the territory, and what holds for reps with nothing of their own."""
    workday = await service.shown(session, await territory_in_sight(session, code, caller), None)
    set_etag(response, workday.version)
    return workday


@router.put(
    "/territories/{code}/workday",
    operation_id="put_territory_workday",
    summary="Set when a territory's reps work",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def put_territory_workday(
    code: RepCode,
    body: WorkdayBody,
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> WorkdayAnswer:
    """It holds for what is planned from now on. What is left out stays, a part that is null is as usual."""
    territory = await territory_in_sight(session, code, caller)
    workday = await service.put_workday(session, territory, None, body, condition, clock.now(), author_of(caller))
    set_etag(response, workday.version)
    return workday
