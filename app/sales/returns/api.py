"""Looking at returns. Whatever door they come by, `fulfilment` writes them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import changes_by_itself, set_etag
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.returns import listings
from app.sales.returns.listings import ReturnFilter
from app.sales.returns.reading import find_return, return_versions
from app.sales.returns.schemas import ReturnAnswer, ReturnVersionAnswer, ReturnVersionsAnswer

router = make_router("deliveries")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.DELIVERIES_READ)]


@router.get(
    "/returns",
    operation_id="list_returns",
    summary="Returns, the newest day first",
    response_model=Page[ReturnAnswer],
    responses=problems(401, 403, 422),
)
async def list_returns(
    caller: Reader,
    session: ReadSession,
    paging: Paging,
    first: Annotated[Day | None, Query(alias="from", description="went back on this local day or later")] = None,
    last: Annotated[Day | None, Query(alias="to", description="went back on this local day or before")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query(description="with a line that belongs to this rep")] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    delivery_id: Annotated[UUID | None, Query()] = None,
    answered_by: Annotated[
        AnsweringParty | None, Query(description="with a line that this party answers for; with rep_code, of that rep")
    ] = None,
) -> Page[ReturnAnswer]:
    """A device lists those with a line that belongs to its rep, and those of the outlets that its rep looks after, a
    supervisor those of the own territories. Returns that arrive while someone pages move none that was or will be
    shown.
    """
    filters = ReturnFilter(first, last, territory_code, rep_code, outlet_code, delivery_id, answered_by)
    key = paging.key(date.fromisoformat, UUID)
    rows = await listings.return_page(session, caller, filters, (key[0], key[1]) if key else None, paging.limit + 1)
    page, cursor = paging.page(rows, lambda row: (row.returned_date, row.id))
    return Page(items=[ReturnAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/returns/{return_id}",
    operation_id="get_return",
    summary="One return",
    response_model=ReturnAnswer,
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_return(return_id: UUID, caller: Reader, session: ReadSession, response: Response) -> ReturnAnswer:
    """A return as it stands, with its version as `ETag`. Who answers, and whose it is, others change, too."""
    listed = await find_return(session, caller, return_id)
    set_etag(response, listed.version)
    return ReturnAnswer.model_validate(listed)


@router.get(
    "/returns/{return_id}/versions",
    operation_id="list_return_versions",
    summary="What a return said before it was corrected",
    responses=problems(401, 403, 404, 422),
)
async def list_return_versions(return_id: UUID, caller: Reader, session: ReadSession) -> ReturnVersionsAnswer:
    """Every version is kept, with who told it and when. They are 100 at the most: one answer holds them all."""
    versions = await return_versions(session, caller, return_id)
    return ReturnVersionsAnswer(items=[ReturnVersionAnswer.model_validate(version) for version in versions])
