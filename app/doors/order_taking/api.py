"""Every write of /v1/orders: placing, amending and cancelling, by handhelds, staff and integration clients."""

from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Request, Response

from app.doors.order_taking import amendments
from app.doors.order_taking.event_route import EventRoute
from app.doors.order_taking.events import OrderEvent
from app.doors.order_taking.results import Result, single_answer
from app.doors.order_taking.schemas import (
    OrderAmendmentAnswer,
    OrderAmendmentBody,
    OrderBody,
    OrderCancellationBody,
    SingleEventAnswer,
)
from app.doors.order_taking.service import NewOrder, place_order
from app.doors.order_taking.usual_bodies import SingleOrder, read_order
from app.ground.db.session import Database
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, CallerKind, Role, Scope, allow
from app.ground.web.dependencies import AppDatabase, WriteSession
from app.ground.web.hot_routes import HotRoute
from app.ground.web.problems import problems
from app.ground.web.versions import IfMatch, Precondition, etag, set_etag
from app.sales.orders import service as orders
from app.sales.orders.errors import OrderNotFound
from app.sales.orders.rules import OrderChannel
from app.sales.orders.schemas import OrderAnswer, OrderWarningAnswer

router = APIRouter(prefix="/v1", tags=["orders"], route_class=EventRoute)

MayPlace = Annotated[Caller, allow(device=True, scope=Scope.ORDERS_WRITE)]
MayChange = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.ORDERS_WRITE)]
_AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": SingleEventAnswer, "description": "It was recorded before: the first answer again."}
}
_MADE: dict[int | str, dict[str, Any]] = {
    201: {"model": SingleEventAnswer, "description": "There was no such order: it was placed, as by `POST /v1/orders`"}
}


class HandheldDoor(Protocol):
    """How a handheld's single event is recorded: as an upload of its own, together with others that come at once."""

    async def record_event(
        self, caller: Caller, event: OrderEvent, sent_at: datetime | None, sent_monotonic_ms: int | None
    ) -> Result:
        """Record one order, with the clocks of its sending; it is committed when this returns."""


async def handheld_door(request: Request) -> HandheldDoor:
    """This process's way in for handhelds. `create_app` sets it as `app.state.handheld_door`."""
    door: HandheldDoor = request.app.state.handheld_door
    return door


Handhelds = Annotated[HandheldDoor, Depends(handheld_door)]


@router.post(
    "/orders",
    operation_id="create_order",
    summary="Place one order",
    status_code=201,
    response_model=SingleEventAnswer,
    responses=_AGAIN | problems(401, 403, 409, 422, 429),
)
async def create_order(
    request: Request, caller: MayPlace, handhelds: Handhelds, database: AppDatabase, body: OrderBody
) -> Response:
    """A handheld's order by the rules of an upload, or an integration client's (channel API).

    A client's order has no fix and no clock evidence: it counts from when it is received.
    """
    return single_answer(request, await _place(caller, handhelds, database, body))


@router.put(
    "/orders/{order_id}",
    operation_id="amend_order",
    summary="Amend an order",
    response_model=OrderAmendmentAnswer,
    responses=_MADE | problems(401, 403, 404, 409, 412, 422, 429),
    openapi_extra=response_headers.VERSIONED,
)
async def amend_order(
    request: Request,
    order_id: UUID,
    caller: MayChange,
    body: OrderAmendmentBody,
    handhelds: Handhelds,
    database: AppDatabase,
    condition: IfMatch,
) -> Response:
    """The whole form, as it shall be from now on; it is judged like a new one, and every version is kept.

    It may come up to the cutoff of the order's business date. What a handheld captured by then, by a clock that can be
    believed, may come up to 72 hours later; a supervisor or an integration client may amend it after the cutoff, too.
    When the order came, and where it was captured, stays as it is. Safe to repeat: the same amendment again gets the
    same answer. An id that nobody knows is placed (201).
    """
    if body.id not in {None, order_id}:
        problem = FieldProblem("/id", "mismatch", f"Send {order_id}, as in the path, or leave it out.")
        raise Invalid("The body is about another order than the path.", errors=[problem])
    answer = await _amended(database, caller, order_id, body, condition)
    if answer is not None:
        return Response(answer.model_dump_json(), media_type="application/json", headers={"ETag": etag(answer.version)})
    condition.check(None)
    if caller.kind is CallerKind.USER:
        raise OrderNotFound
    order = OrderBody.model_validate(body.model_dump() | {"id": order_id})
    return single_answer(request, await _place(caller, handhelds, database, order))


@router.post(
    "/orders/{order_id}/cancel",
    operation_id="cancel_order",
    summary="Cancel an order",
    responses=problems(401, 403, 404, 409, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def cancel_order(
    order_id: UUID,
    caller: MayChange,
    session: WriteSession,
    condition: IfMatch,
    response: Response,
    body: Annotated[OrderCancellationBody | None, Body(examples=[{"reason": "the outlet called it off"}])] = None,
) -> OrderAnswer:
    """Answers the order. It stays, and counts for nothing any more: its visits have no order. Safe to repeat.

    Until when: as for an amendment. A handheld's cancellation counts from its capture, by a clock that can be believed;
    any other from when it came. `cancelled_by` says whose it was.
    """
    order = await amendments.order_in_sight(session, caller, order_id)
    if order is None:
        raise OrderNotFound
    await amendments.cancel_order(session, caller, order, body or OrderCancellationBody(), condition)
    cancelled = await orders.find_changed_order(session, caller, order_id)
    set_etag(response, cancelled.version)
    return OrderAnswer.model_validate(cancelled)


async def _answer_handheld(request: Request, caller: Caller, order: SingleOrder) -> Response:
    return single_answer(request, await (await handheld_door(request)).record_event(caller, *order))


HOT_ROUTES = (
    HotRoute(
        router,
        "/v1/orders",
        kind=CallerKind.DEVICE,
        read=read_order,
        answer=_answer_handheld,
    ),
)


async def _place(caller: Caller, handhelds: HandheldDoor, database: Database, body: OrderBody) -> Result:
    """Place an order for a handheld or an integration client; it is committed when this returns."""
    if caller.kind is CallerKind.DEVICE:
        return await handhelds.record_event(caller, body.event(), body.sent_at, body.sent_monotonic_ms)
    async with database.transaction() as session:
        return await place_order(session, NewOrder(body.form(), OrderChannel.API, caller))


async def _amended(
    database: Database, caller: Caller, order_id: UUID, body: OrderAmendmentBody, condition: Precondition
) -> OrderAmendmentAnswer | None:
    """The answer to an amendment of an order; its transaction is committed when this returns. None: no such order.

    Raises OrderNotFound where the caller may not see the order.
    """
    async with database.transaction() as session:
        order = await amendments.order_in_sight(session, caller, order_id)
        if order is None:
            await orders.must_be_unknown(session, order_id)
            return None
        changed, stamp = await amendments.amend_order(session, caller, order, body, condition)
    return OrderAmendmentAnswer(
        id=order.id,
        status="duplicate" if changed.repeated else "accepted",
        version=changed.version,
        warnings=[OrderWarningAnswer.model_validate(warning) for warning in changed.warnings],
        business_date=order.business_date,
        received_at=stamp.received_at,
        corrected_at=stamp.corrected_at,
        clock_skew_ms=stamp.skew_ms,
    )
