"""Routes of territories and reps."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, ShortText
from app.ground.web.merge_patch import MERGE_PATCH
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put, check_code
from app.ground.web.versions import IfMatch, set_etag
from app.masters.territories import queries, service
from app.masters.territories.errors import RepNotFound, TerritoryNotFound
from app.masters.territories.queries import RepFilter
from app.masters.territories.rules import CalendarStart
from app.masters.territories.schemas import RepAnswer, RepBody, TerritoryAnswer, TerritoryBody
from app.masters.territories.service import must_be_admin_for_today

router = make_router("territories and reps")

Writer = Annotated[Caller, allow(Role.ADMIN, scope="master:write")]
TerritoryReader = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope="master:read")]
RepReader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope="master:read")]
TheCode = Annotated[Code, Path()]
EffectiveDay = Annotated[
    CalendarStart, Query(description="from when on a changed calendar holds; today: for admins (T6)")
]
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": TerritoryAnswer}}
REP_CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": RepAnswer}}


@router.get("/territories", operation_id="list_territories", summary="Territories", responses=problems(401, 403, 422))
async def list_territories(session: ReadSession, caller: TerritoryReader, paging: Paging) -> Page[TerritoryAnswer]:
    """The territories within the caller's sight, by code."""
    rows = await queries.territory_page(session, caller.territory_ids, paging.after_code(), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.code])
    return Page(items=[TerritoryAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/territories/{code}",
    operation_id="get_territory",
    summary="One territory",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_territory(
    code: TheCode, session: ReadSession, caller: TerritoryReader, response: Response
) -> TerritoryAnswer:
    """The territory, with its version as `ETag`."""
    territory = await queries.territory(session, code, caller.territory_ids)
    if territory is None:
        raise TerritoryNotFound
    set_etag(response, territory.version)
    return TerritoryAnswer.model_validate(territory)


@router.put(
    "/territories/{code}",
    operation_id="put_territory",
    summary="Make or replace a territory",
    responses=CREATED | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_territory(
    code: TheCode,
    body: TerritoryBody,
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
    effective: EffectiveDay = CalendarStart.NEXT_DAY,
) -> TerritoryAnswer:
    """Made (201) or changed (200). What is left out stays as it is; a PUT that changes nothing keeps the version.

    `call_deadline` comes after `order_cutoff`, both local wall times in `time_zone`, a name of the zone database. A
    change of these, of the working days or the holidays holds from the next day on, as `calendar_from` says (T6):
    nobody is late by a time that was set afterwards. For today it is an admin's, with `effective=today`, until 60
    minutes before the earlier of both cutoffs. On the day on which a territory is made it is still being set up, and
    changes hold at once.
    """
    check_code(code, body.code)
    must_be_admin_for_today(caller, effective)
    author = author_of(caller)
    outcomes = await service.upsert_territories(session, [(code, body)], clock.now(), author, effective)
    answer_put(outcomes[0], condition, response)
    return TerritoryAnswer.model_validate(await queries.territory(session, code, None))


@router.patch(
    "/territories/{code}",
    operation_id="patch_territory",
    summary="Change parts of a territory",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def patch_territory(
    code: TheCode,
    body: Annotated[TerritoryBody, MERGE_PATCH],
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
    effective: EffectiveDay = CalendarStart.NEXT_DAY,
) -> TerritoryAnswer:
    """JSON merge patch (RFC 7396): the result must be a territory that could be put."""
    existing = await queries.territory(session, code, None, lock=True)
    if existing is None:
        raise TerritoryNotFound
    condition.check(existing.version)
    check_code(code, body.code)
    must_be_admin_for_today(caller, effective)
    author = author_of(caller)
    outcomes = await service.upsert_territories(session, [(code, body)], clock.now(), author, effective)
    answer_put(outcomes[0], condition, response)
    return TerritoryAnswer.model_validate(await queries.territory(session, code, None))


@router.get("/reps", operation_id="list_reps", summary="Reps", responses=problems(401, 403, 422))
async def list_reps(
    session: ReadSession,
    caller: RepReader,
    paging: Paging,
    territory_code: Annotated[Code | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
    search: Annotated[ShortText | None, Query(description="what the code or name has in it, in any case")] = None,
) -> Page[RepAnswer]:
    """The reps within the caller's sight, by code; a device's is its own rep alone."""
    rep_filter = RepFilter(caller.territory_ids, caller.rep_id, territory_code, active, search)
    rows = await queries.rep_page(session, rep_filter, paging.after_code(), paging.limit)
    page, cursor = paging.page(rows, lambda row: [row.code])
    return Page(items=[RepAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/reps/{code}",
    operation_id="get_rep",
    summary="One rep",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_rep(code: TheCode, session: ReadSession, caller: RepReader, response: Response) -> RepAnswer:
    """The rep, with its version as `ETag`."""
    rep = await queries.rep(session, code, RepFilter(caller.territory_ids, caller.rep_id))
    if rep is None:
        raise RepNotFound
    set_etag(response, rep.version)
    return RepAnswer.model_validate(rep)


@router.put(
    "/reps/{code}",
    operation_id="put_rep",
    summary="Make or replace a rep",
    responses=REP_CREATED | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_rep(
    code: TheCode, body: RepBody, session: WriteSession, caller: Writer, condition: IfMatch, response: Response
) -> RepAnswer:
    """Made (201) or changed (200); what is left out stays as it is.

    Reps are never deleted: one who has left is put with `active: false`.
    """
    check_code(code, body.code)
    outcomes = await service.upsert_reps(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return RepAnswer.model_validate(await queries.rep(session, code, RepFilter(None)))


@router.patch(
    "/reps/{code}",
    operation_id="patch_rep",
    summary="Change parts of a rep",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def patch_rep(
    code: TheCode,
    body: Annotated[RepBody, MERGE_PATCH],
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> RepAnswer:
    """JSON merge patch (RFC 7396): the result must be a rep that could be put."""
    existing = await queries.rep(session, code, RepFilter(None), lock=True)
    if existing is None:
        raise RepNotFound
    condition.check(existing.version)
    check_code(code, body.code)
    outcomes = await service.upsert_reps(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return RepAnswer.model_validate(await queries.rep(session, code, RepFilter(None)))
