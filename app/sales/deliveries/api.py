"""Looking at deliveries, and at what became of orders. Whatever door they come by, `fulfilment` writes them."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day, ShortText
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.ground.web.versions import changes_by_itself, set_etag
from app.sales.deliveries import due_listings, fulfilments, listings
from app.sales.deliveries.answers import fulfilment_answer
from app.sales.deliveries.due_listings import FulfilmentFilter
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.listings import DeliveryFilter
from app.sales.deliveries.reading import delivery_versions, find_delivery
from app.sales.deliveries.schemas import (
    DeliveryAnswer,
    DeliveryVersionAnswer,
    DeliveryVersionsAnswer,
    DueOrderAnswer,
    FulfilmentAnswer,
)

router = make_router("deliveries")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.DELIVERIES_READ)]

LONGEST_RANGE = timedelta(days=92)


@router.get(
    "/deliveries",
    operation_id="list_deliveries",
    summary="Deliveries, the newest day first",
    response_model=Page[DeliveryAnswer],
    responses=problems(401, 403, 422),
)
async def list_deliveries(
    caller: Reader,
    session: ReadSession,
    paging: Paging,
    first: Annotated[Day | None, Query(alias="from", description="came on this local day or later")] = None,
    last: Annotated[Day | None, Query(alias="to", description="came on this local day or before")] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    order_id: Annotated[UUID | None, Query()] = None,
    status: Annotated[
        FulfilmentStatus | None, Query(description="how their orders stand; without it, all. Of no order: mismatched")
    ] = None,
    number: Annotated[ShortText | None, Query(description="of the delivery note, as it was told")] = None,
) -> Page[DeliveryAnswer]:
    """A device lists those of its rep's orders and of the outlets that its rep looks after, a supervisor those of the
    own territories. Deliveries that arrive while someone pages move none that was or will be shown.
    """
    filters = DeliveryFilter(first, last, outlet_code, order_id, status, number)
    key = paging.key(date.fromisoformat, UUID)
    rows = await listings.delivery_page(session, caller, filters, (key[0], key[1]) if key else None, paging.limit + 1)
    page, cursor = paging.page(rows, lambda delivery: (delivery.delivered_date, delivery.id))
    return Page(items=[DeliveryAnswer.model_validate(delivery) for delivery in page], next_cursor=cursor)


@router.get(
    "/deliveries/{delivery_id}",
    operation_id="get_delivery",
    summary="One delivery",
    response_model=DeliveryAnswer,
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
@changes_by_itself
async def get_delivery(delivery_id: UUID, caller: Reader, session: ReadSession, response: Response) -> DeliveryAnswer:
    """A delivery as it stands, with its version as `ETag`. `status` is its order's, which others change, too."""
    delivery = await find_delivery(session, caller, delivery_id)
    set_etag(response, delivery.version)
    return DeliveryAnswer.model_validate(delivery)


@router.get(
    "/deliveries/{delivery_id}/versions",
    operation_id="list_delivery_versions",
    summary="What a delivery said before it was corrected",
    responses=problems(401, 403, 404, 422),
)
async def list_delivery_versions(delivery_id: UUID, caller: Reader, session: ReadSession) -> DeliveryVersionsAnswer:
    """Every version is kept, with who told it and when. They are 100 at the most: one answer holds them all."""
    versions = await delivery_versions(session, caller, delivery_id)
    return DeliveryVersionsAnswer(items=[DeliveryVersionAnswer.model_validate(version) for version in versions])


@router.get(
    "/orders/{order_id}/fulfilment",
    operation_id="get_fulfilment",
    summary="What became of an order",
    responses=problems(401, 403, 404, 422),
)
async def get_fulfilment(order_id: UUID, caller: Reader, session: ReadSession) -> FulfilmentAnswer:
    """Line by line, over all its deliveries as they stand now (D2), and who answers where it differs (D3).

    It is settled once every product that was ordered stands in a delivery, or the delivery date has passed and
    something came; until then it is open. From the next working day after the delivery date on, an order that nothing
    came of is undelivered.
    """
    fulfilment = await fulfilments.fulfilment_of(session, caller, order_id, clock.now())
    return await fulfilment_answer(session, fulfilment)


@router.get(
    "/fulfilments",
    operation_id="list_fulfilments",
    summary="The orders due in a range, and what became of them",
    response_model=Page[DueOrderAnswer],
    responses=problems(401, 403, 422),
)
async def list_fulfilments(
    caller: Reader,
    session: ReadSession,
    paging: Paging,
    first: Annotated[Day, Query(alias="from", description="delivery dates from this one on")],
    last: Annotated[Day, Query(alias="to", description="up to this one; at most 92 days after the first")],
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    status: Annotated[FulfilmentStatus | None, Query(description="without it, all")] = None,
) -> Page[DueOrderAnswer]:
    """By delivery date. The status is that of the last conclusion: when a delivery came, was corrected or decided on,
    the order was changed, or, at the latest an hour after, its delivery date had passed. Orders that were cancelled are
    there where something came of them. Of a territory that tells of no deliveries none is late.
    """
    if last - first > LONGEST_RANGE:
        problem = FieldProblem("/query/to", "range", f"Ask for {LONGEST_RANGE.days} days at most.")
        raise Invalid("The range is too long.", errors=[problem])
    filters = FulfilmentFilter(first, last, territory_code, rep_code, outlet_code, status)
    key = paging.key(date.fromisoformat, UUID)
    after = (key[0], key[1]) if key else None
    rows = await due_listings.fulfilment_page(session, caller, filters, after, paging.limit + 1)
    page, cursor = paging.page(rows, lambda row: (row.delivery_date, row.order_id))
    return Page(items=[DueOrderAnswer.model_validate(row) for row in page], next_cursor=cursor)
