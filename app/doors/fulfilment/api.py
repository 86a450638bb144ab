"""Telling what came of orders, and deciding who answers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from app.doors.fulfilment import service
from app.doors.fulfilment.schemas import DeliveryBody, FulfilmentDecisionBody
from app.ground import clock
from app.ground.receipts.forms import FormFate
from app.ground.receipts.idempotency import OnceOnly
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, set_etag
from app.sales.deliveries.answers import fulfilment_answer
from app.sales.deliveries.errors import DeliveryConflict, DeliveryRefused
from app.sales.deliveries.reading import find_delivery
from app.sales.deliveries.schemas import DeliveryAnswer, FulfilmentAnswer

router = make_router("deliveries")

MayTell = Annotated[Caller, allow(Role.ADMIN, scope=Scope.DELIVERIES_WRITE)]
_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": DeliveryAnswer, "description": "It was here: told again as it was, or corrected"}
}


@router.post(
    "/deliveries",
    operation_id="record_delivery",
    summary="Tell what came of an order",
    status_code=201,
    response_model=DeliveryAnswer,
    responses=_AGAIN | problems(401, 403, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED_OR_NEW,
)
async def record_delivery(
    body: DeliveryBody, caller: MayTell, session: WriteSession, condition: IfMatch, response: Response
) -> DeliveryAnswer:
    """What was shipped and accepted, and at what price (D1). The order is concluded anew (D2), with who answers (D3).

    The same id with the same content is answered like the first time. With another content it is a correction: a new
    version, the old one kept. A content that was corrected since changes nothing, for it may be an old message sent
    again; with `If-Match`, which says that its sender knows what stands, it stands again. A delivery keeps its id, its
    order, and what it is filed under: one that never was is corrected to lines of nothing, and is none of its order's
    from then on. Lines of nothing in a first version say that nothing of it will come.

    A delivery of no order is told of within 400 days. A delivery has 100 versions at the most, an order 200 deliveries:
    what is past that is refused (`too_many_versions`, `too_many_deliveries`). One whose number the outlet has had
    within a month is taken, with the warning `same_number`: it may be the same one under a new id.
    """
    at = clock.now()
    knows = condition.if_match is not None
    (outcome,) = await service.take_deliveries(session, [body.form()], caller.actor, at, knows_what_stands=knows)
    if outcome.fate is FormFate.CONFLICT:
        raise DeliveryConflict
    if outcome.fate is FormFate.REFUSED:
        raise DeliveryRefused("The delivery was refused.", errors=outcome.problems)
    # checked after the write, which holds the lock: nothing is committed where it fails
    condition.check(outcome.previous_version)
    response.status_code = 201 if outcome.fate is FormFate.RECORDED else 200
    delivery = await find_delivery(session, caller, body.id)
    set_etag(response, delivery.version)
    return DeliveryAnswer.model_validate(delivery)


@router.post(
    "/orders/{order_id}/fulfilment/decision",
    operation_id="decide_fulfilment",
    summary="Say who answers for what differs",
    response_model=FulfilmentAnswer,
    responses=problems(401, 403, 404, 409, 422),
)
async def decide_fulfilment(
    order_id: UUID,
    body: FulfilmentDecisionBody,
    caller: Annotated[Caller, allow(Role.SUPERVISOR)],
    session: WriteSession,
    once: OnceOnly,
) -> Response:
    """A supervisor's word goes before reasons, terms and figures (D3), for one product or for the whole order.

    The newest word counts for what it is about, also for what is corrected later; each is kept, with who and when.
    Answers what became of the order by it.
    """

    async def decided() -> FulfilmentAnswer:
        fulfilment = await service.decide(
            session, caller, order_id, body.product_code, body.answered_by.value, body.comment, clock.now()
        )
        return await fulfilment_answer(session, fulfilment)

    return await once.answer(session, caller.actor, body, decided, status=200)
