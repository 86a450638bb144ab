"""Routes of outlets."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code, ShortText, TradeChannel
from app.ground.web.merge_patch import MERGE_PATCH
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put, check_code
from app.ground.web.versions import IfMatch, changes_by_itself, set_etag
from app.masters.outlets import listings, service
from app.masters.outlets.errors import OutletNotFound
from app.masters.outlets.listings import OutletFilter
from app.masters.outlets.rules import OutletGap
from app.masters.outlets.schemas import OutletAnswer, OutletBody

router = make_router("outlets")

Writer = Annotated[Caller, allow(Role.ADMIN, scope="master:write")]
Reader = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope="master:read")]
TheCode = Annotated[Code, Path()]
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": OutletAnswer}}


@router.get("/outlets", operation_id="list_outlets", summary="Outlets", responses=problems(401, 403, 422))
async def list_outlets(
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    territory_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[TradeChannel | None, Query()] = None,
    active: Annotated[bool | None, Query()] = None,
    search: Annotated[
        ShortText | None,
        Query(
            description="beginnings of words of the code, name or address, in any case and accent; digits of the phone"
        ),
    ] = None,
    missing: Annotated[OutletGap | None, Query(description="only those without a location, or without a rep")] = None,
) -> Page[OutletAnswer]:
    """The outlets within the caller's sight, by code; a device's are those of its rep's territory.

    What is searched for comes by name, after those whose code begins with it. Each of its words has to begin a word of
    the outlet's, its digits may stand anywhere in the phone from four on.
    """
    outlet_filter = OutletFilter(caller.territory_ids, territory_code, channel, active, search, missing)
    key = paging.key(*listings.sorted_by(search).parts)
    rows = await listings.outlet_page(session, outlet_filter, key, paging.limit)
    page, cursor = paging.page(rows, lambda placed: placed.place)
    return Page(items=[placed.row for placed in page], next_cursor=cursor)


@router.get(
    "/outlets/{code}",
    operation_id="get_outlet",
    summary="One outlet",
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_outlet(code: TheCode, session: ReadSession, caller: Reader, response: Response) -> OutletAnswer:
    """The outlet with its current location and terms; its version as `ETag`."""
    outlet = await listings.outlet(session, code, caller.territory_ids)
    if outlet is None:
        raise OutletNotFound
    set_etag(response, outlet.version)
    return outlet


@router.put(
    "/outlets/{code}",
    operation_id="put_outlet",
    summary="Make or replace an outlet",
    responses=CREATED | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_outlet(
    code: TheCode, body: OutletBody, session: WriteSession, caller: Writer, condition: IfMatch, response: Response
) -> OutletAnswer:
    """Made (201) or changed (200). What is left out stays as it is, of `terms` and `location`, too; null takes away.

    Another `location` makes a new location version, other `terms` make a new terms version; check-ins keep the verdict
    of the version they were judged by. An outlet that goes to another territory leaves its rep behind. Outlets are
    never deleted: one that has closed is put with `active: false`.
    """
    check_code(code, body.code)
    outcomes = await service.upsert_outlets(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return await _read(session, code)


@router.patch(
    "/outlets/{code}",
    operation_id="patch_outlet",
    summary="Change parts of an outlet",
    responses=problems(401, 403, 404, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def patch_outlet(
    code: TheCode,
    body: Annotated[OutletBody, MERGE_PATCH],
    session: WriteSession,
    caller: Writer,
    condition: IfMatch,
    response: Response,
) -> OutletAnswer:
    """JSON merge patch (RFC 7396): the result must be an outlet that could be put. Of a location, a `fence` leaves
    nothing of a circle.
    """
    await listings.lock_outlet(session, code)
    existing = await _read(session, code)
    condition.check(existing.version)
    check_code(code, body.code)
    outcomes = await service.upsert_outlets(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return await _read(session, code)


async def _read(session: ReadSession, code: str) -> OutletAnswer:
    outlet = await listings.outlet(session, code, None)
    if outlet is None:
        raise OutletNotFound
    return outlet
