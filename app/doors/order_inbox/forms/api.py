"""The order form, going out."""

from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Query, Response

from app.doors.order_inbox.forms.service import order_sheet
from app.doors.order_inbox.forms.writing import OrderSheet, csv_form, xlsx_form
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.paths import attachment
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("order forms")

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_CSV = """outlet_code,PAT-0042
delivery_date,2026-11-24
form_id,0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a

product_code,product,pack_size,unit_price,quantity
CHO-100,Dark 100 g,6,1.15,12
"""

Filler = Annotated[Caller, allow(Role.SUPERVISOR, Role.OPERATOR, device=True, scope="orders:write")]
OutletCode = Annotated[Code, Query()]
OrderDate = Annotated[Day | None, Query(description="the day on which it is ordered; today, where it is left out")]

_one_at_a_time = CapacityLimiter(1)


def _file(media_type: str, example: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}, "example": example}}
    return {200: {"description": "the form", "content": content}, **problems(401, 403, 404, 422)}


@router.get(
    "/order-form.xlsx",
    operation_id="get_order_form_xlsx",
    summary="An outlet's order form as a workbook",
    response_class=Response,
    responses=_file(WORKBOOK, "PK…"),
    openapi_extra=response_headers.sends("Content-Disposition", "Cache-Control"),
)
async def get_order_form_xlsx(
    caller: Filler, session: ReadSession, outlet_code: OutletCode, order_date: OrderDate = None
) -> Response:
    """The form that is sent back by mail: the outlet's catalogue with its prices, must-stock items and suggestion.

    Each download is a form of its own, and orders once: sent twice it is the same order.
    """
    sheet = await order_sheet(session, caller, outlet_code, order_date)
    content = await to_thread.run_sync(partial(xlsx_form, sheet), limiter=_one_at_a_time)
    return _answer(content, WORKBOOK, sheet, "xlsx")


@router.get(
    "/order-form.csv",
    operation_id="get_order_form_csv",
    summary="An outlet's order form as CSV",
    response_class=Response,
    responses=_file("text/csv", _CSV),
    openapi_extra=response_headers.sends("Content-Disposition", "Cache-Control"),
)
async def get_order_form_csv(
    caller: Filler, session: ReadSession, outlet_code: OutletCode, order_date: OrderDate = None
) -> Response:
    """The same as `GET /v1/order-form.xlsx`, for programs and plain text: UTF-8 with a mark, separated by commas."""
    sheet = await order_sheet(session, caller, outlet_code, order_date)
    content = await to_thread.run_sync(partial(csv_form, sheet), limiter=_one_at_a_time)
    return _answer(content, "text/csv; charset=utf-8", sheet, "csv")


def _answer(content: bytes, media_type: str, sheet: OrderSheet, suffix: str) -> Response:
    """A file to save; a form that was kept in a cache would be one form for two."""
    name = f"order-form-{sheet.outlet_code}-{sheet.order_date}.{suffix}"
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)
