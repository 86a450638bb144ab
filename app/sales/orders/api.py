"""Looking at orders. Whatever door they come through, they are written by `order_taking`."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import StringConstraints

from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import AppDatabase, ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.report_pages import count_rows
from app.ground.web.requests import router as make_router
from app.ground.web.versions import set_etag
from app.masters.territories.visible import clocks_of
from app.sales.orders import amendments, reports, service
from app.sales.orders.queries import rows_of_orders
from app.sales.orders.records import OrderStatus
from app.sales.orders.rules import OrderChannel
from app.sales.orders.schemas import (
    NoOrderReasonAnswer,
    NoOrderReasonsAnswer,
    OrderAnswer,
    OrderVersionAnswer,
    OrderVersionsAnswer,
)
from app.sales.orders.service import OrderFilter

router = make_router("orders")

IdPrefix = Annotated[str, StringConstraints(pattern="^([0-9a-fA-F]-?){8,32}$")]


@router.get(
    "/orders",
    operation_id="list_orders",
    summary="Accepted orders, the newest business date first",
    response_model=Page[OrderAnswer],
    responses=problems(401, 403, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def list_orders(
    caller: Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope=Scope.ORDERS_READ)],
    database: AppDatabase,
    paging: Paging,
    medium: AcceptedMedium,
    day: Annotated[Day | None, Query(alias="date", description="a business date; instead of `from` and `to`")] = None,
    first: Annotated[Day | None, Query(alias="from", description="business dates from this one on")] = None,
    last: Annotated[Day | None, Query(alias="to", description="business dates up to this one")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    channel: Annotated[OrderChannel | None, Query(description="the door that the orders came through")] = None,
    status: Annotated[OrderStatus | None, Query(description="without it, all")] = None,
    id_prefix: Annotated[IdPrefix | None, Query(description="how the id begins, by eight digits or more")] = None,
) -> Page[OrderAnswer] | Response:
    """A device lists its own rep's orders, a supervisor those of its own territories, an operator those of the outlets
    behind its call tasks.

    Orders that arrive while someone pages move none that was or will be shown. A file has a row for each line of all
    orders that match, 100,000 orders at the most.
    """
    filters = OrderFilter(day or first, day or last, territory_code, rep_code, outlet_code, channel, status)
    key = paging.key(date.fromisoformat, UUID)
    # no session of the request: a file is streamed page by page, long after the request's own transaction would end
    async with database.read_only() as session:
        if id_prefix is not None:
            filters = replace(filters, keys=await service.orders_beginning(session, id_prefix))
        if medium is Medium.JSON:
            after = (key[0], key[1]) if key else None
            rows = await service.list_orders(session, caller, filters, after, paging.limit + 1)
            orders, next_cursor = paging.page(rows, lambda order: (order.business_date, order.id))
            return Page(items=[OrderAnswer.model_validate(order) for order in orders], next_cursor=next_cursor)
        lines = await count_rows(session, rows_of_orders(caller, filters))
        zone = await clocks_of(session, caller, territory_code)
    return file_answer(reports.orders_file(database, caller, filters, lines, zone), medium)


@router.get(
    "/orders/{order_id}",
    operation_id="get_order",
    summary="One order",
    response_model=OrderAnswer,
    responses=problems(401, 403, 404, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def get_order(
    order_id: UUID,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope=Scope.ORDERS_READ)],
    session: ReadSession,
    response: Response,
) -> OrderAnswer:
    """An order by its id, by whatever door it came, with its version as `ETag`.

    A device sees those too that cover a planned visit of its rep.
    """
    order = await service.find_order(session, caller, order_id)
    set_etag(response, order.version)
    return OrderAnswer.model_validate(order)


@router.get(
    "/orders/{order_id}/versions",
    operation_id="list_order_versions",
    summary="What an order was before it was amended or cancelled",
    response_model=OrderVersionsAnswer,
    responses=problems(401, 403, 404, 422),
)
async def list_order_versions(
    order_id: UUID,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.ORDERS_READ)],
    session: ReadSession,
) -> OrderVersionsAnswer:
    """Every version is kept, with who made it and when. They are few: one answer holds them all."""
    versions = await amendments.versions_of(session, caller, order_id)
    return OrderVersionsAnswer(items=[OrderVersionAnswer.model_validate(version) for version in versions])


@router.get(
    "/no-order-reasons",
    operation_id="list_no_order_reasons",
    summary="Why a visit may end with no order",
    response_model=NoOrderReasonsAnswer,
    responses=problems(401, 403),
    dependencies=[allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope=Scope.MASTER_READ)],
)
async def list_no_order_reasons(session: ReadSession) -> NoOrderReasonsAnswer:
    """The reasons that are active now. They are few: one answer holds them all."""
    reasons = await service.active_reasons(session)
    return NoOrderReasonsAnswer(items=[NoOrderReasonAnswer(code=code, label=label) for code, label in reasons.items()])
