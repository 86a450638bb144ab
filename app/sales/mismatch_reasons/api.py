"""Routes of reasons."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession, WriteSession
from app.ground.web.fields import Code
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import answer_put, check_code
from app.ground.web.versions import IfMatch, set_etag
from app.sales.mismatch_reasons import queries, service
from app.sales.mismatch_reasons.rules import ReasonUse
from app.sales.mismatch_reasons.schemas import MismatchReasonAnswer, MismatchReasonBody

router = make_router("deliveries")

READ = allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope=Scope.MASTER_READ)
TheCode = Annotated[Code, Path()]
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "It is new.", "model": MismatchReasonAnswer}}


@router.get(
    "/mismatch-reasons",
    operation_id="list_mismatch_reasons",
    summary="Why deliveries differ from orders, and goods come back",
    dependencies=[READ],
    responses=problems(401, 403, 422),
)
async def list_mismatch_reasons(
    session: ReadSession,
    paging: Paging,
    use: Annotated[ReasonUse | None, Query(alias="for", description="what they explain; without it, both")] = None,
    active: Annotated[bool | None, Query()] = None,
) -> Page[MismatchReasonAnswer]:
    """The reasons, by code, each with who answers by default."""
    rows = await queries.reason_page(
        session, paging.after_code(), paging.limit, applies_to=use and use.value, active=active
    )
    page, cursor = paging.page(rows, lambda row: [row.code])
    return Page(items=[MismatchReasonAnswer.model_validate(row) for row in page], next_cursor=cursor)


@router.get(
    "/mismatch-reasons/{code}",
    operation_id="get_mismatch_reason",
    summary="One reason",
    dependencies=[READ],
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_mismatch_reason(code: TheCode, session: ReadSession, response: Response) -> MismatchReasonAnswer:
    """The reason, with its version as `ETag`."""
    reason = await service.find_reason(session, code)
    set_etag(response, reason.version)
    return MismatchReasonAnswer.model_validate(reason)


@router.put(
    "/mismatch-reasons/{code}",
    operation_id="put_mismatch_reason",
    summary="Make or change a reason",
    responses=CREATED | problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def put_mismatch_reason(
    code: TheCode,
    body: MismatchReasonBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.MASTER_WRITE)],
    condition: IfMatch,
    response: Response,
) -> MismatchReasonAnswer:
    """Made (201) or changed (200); what is left out stays as it is.

    Who answers by default changes for what is recorded from now on: what was recorded before was told with the party
    that the reason had then. A reason that is no longer used is put with `active: false`.
    """
    check_code(code, body.code)
    outcomes = await service.upsert_reasons(session, [(code, body)], clock.now(), author_of(caller))
    answer_put(outcomes[0], condition, response)
    return MismatchReasonAnswer.model_validate(await service.find_reason(session, code))
