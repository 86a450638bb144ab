"""Telling what goes back, and deciding who answers for it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from app.doors.fulfilment import returns
from app.doors.fulfilment.return_schemas import ReturnBody, ReturnDecisionBody
from app.ground import clock
from app.ground.receipts.forms import FormFate
from app.ground.receipts.idempotency import OnceOnly
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, set_etag
from app.sales.returns.errors import ReturnConflict, ReturnRefused
from app.sales.returns.reading import find_return
from app.sales.returns.schemas import ReturnAnswer

router = make_router("deliveries")

_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": ReturnAnswer, "description": "It was here: told again as it was, or corrected"}
}


@router.post(
    "/returns",
    operation_id="record_return",
    summary="Tell what goes back",
    status_code=201,
    response_model=ReturnAnswer,
    responses=_AGAIN | problems(401, 403, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def record_return(
    body: ReturnBody,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.DELIVERIES_WRITE)],
    session: WriteSession,
    condition: IfMatch,
    response: Response,
) -> ReturnAnswer:
    """What goes back, why, and whether it is accepted, line by line (D4).

    The same id with the same content is answered like the first time. With another content it is a correction: a new
    version, the old one kept. A content that was corrected since changes nothing, for it may be an old message sent
    again; with `If-Match`, which says that its sender knows what stands, it stands again. More of a product than its
    delivery left there, by all its returns, is taken, with the warning `exceeds_delivery`. A return that never was is
    corrected to declined lines. It is told of within 400 days, and has 100 versions at the most (`too_many_versions`).
    """
    at = clock.now()
    knows = condition.if_match is not None
    (outcome,) = await returns.take_returns(session, [body.form()], caller.actor, at, knows_what_stands=knows)
    if outcome.fate is FormFate.CONFLICT:
        raise ReturnConflict
    if outcome.fate is FormFate.REFUSED:
        raise ReturnRefused("The return was refused.", errors=outcome.problems)
    # checked after the write, which holds the lock: nothing is committed where it fails
    condition.check(outcome.previous_version)
    response.status_code = 201 if outcome.fate is FormFate.RECORDED else 200
    recorded = await find_return(session, caller, body.id)
    set_etag(response, recorded.version)
    return ReturnAnswer.model_validate(recorded)


@router.post(
    "/returns/{return_id}/decision",
    operation_id="decide_return",
    summary="Say who answers for a return",
    response_model=ReturnAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def decide_return(
    return_id: UUID,
    body: ReturnDecisionBody,
    caller: Annotated[Caller, allow(Role.SUPERVISOR)],
    session: WriteSession,
    once: OnceOnly,
) -> Response:
    """A supervisor's word goes before the reason's party (D4), for one product or for the whole return.

    The newest word counts for what it is about, also for what is corrected later; each is kept, with who and when.
    """

    async def decided() -> ReturnAnswer:
        word = body.answered_by.value, body.comment
        await returns.decide_return(session, caller, return_id, body.product_code, word, clock.now())
        return ReturnAnswer.model_validate(await find_return(session, caller, return_id))

    return await once.answer(session, caller.actor, body, decided, status=200)
