"""The routes of imports of deliveries and returns: whoever tells of deliveries need not write masters."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request, Response

from app.doors.fulfilment.return_schemas import RETURN_ROW, ReturnRowBody
from app.doors.fulfilment.returns import take_returns
from app.doors.fulfilment.schemas import ROW, DeliveryRowBody
from app.doors.fulfilment.service import take_deliveries
from app.doors.imports.files_of_requests import file_of
from app.doors.imports.record_imports import RecordKind, answer_import
from app.doors.imports.schemas import ImportAnswer
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.sales.deliveries.rules import DeliveryForm
from app.sales.returns.rules import ReturnForm

router = make_router("imports")

Teller = Annotated[Caller, allow(Role.ADMIN, scope=Scope.DELIVERIES_WRITE)]
Atomic = Annotated[bool, Query(description="all or nothing: one bad row, and nothing is written (422)")]
DryRun = Annotated[bool, Query(description="answer the same, and write nothing")]


def _delivery_of(rows: Sequence[DeliveryRowBody]) -> DeliveryForm:
    return rows[0].form(tuple(row.line() for row in rows))


def _return_of(rows: Sequence[ReturnRowBody]) -> ReturnForm:
    return rows[0].form(tuple(row.line() for row in rows))


DELIVERIES = RecordKind(
    DeliveryRowBody,
    lambda row: (row.number, row.outlet_code, row.order_id, row.delivered_at),
    _delivery_of,
    take_deliveries,
)
RETURNS = RecordKind(
    ReturnRowBody, lambda row: (row.outlet_code, row.returned_at, row.delivery_id), _return_of, take_returns
)


@router.post(
    "/imports/deliveries",
    operation_id="import_deliveries",
    summary="Import a file of deliveries",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=file_of(ROW),
)
async def import_delivery_file(
    request: Request, session: WriteSession, caller: Teller, *, atomic: Atomic = False, dry_run: DryRun = False
) -> Response:
    """Tell of deliveries by an NDJSON, CSV or XLSX file (D1), a row a line, with an answer for every row.

    The rows of one `id` stand together and make one delivery; all of them say its number, outlet, order and time. A
    delivery with one bad row is rejected as a whole, and so are those whose rows stand apart and those next to a row
    whose id cannot be read; the others are recorded: `created`, `updated` where it is a correction, `unchanged` where
    it was here. Otherwise as `POST /v1/deliveries`, and files as in `POST /v1/imports/{kind}`.
    """
    return await answer_import(request, session, DELIVERIES, caller.actor, atomic=atomic, dry_run=dry_run)


@router.post(
    "/imports/returns",
    operation_id="import_returns",
    summary="Import a file of returns",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=file_of(RETURN_ROW),
)
async def import_return_file(
    request: Request, session: WriteSession, caller: Teller, *, atomic: Atomic = False, dry_run: DryRun = False
) -> Response:
    """Tell of returns by an NDJSON, CSV or XLSX file (D4), a row a line, with an answer for every row.

    The rows of one `id` stand together and make one return; all of them say its outlet, time and delivery. A return
    with one bad row is rejected as a whole, and so are those whose rows stand apart and those next to a row whose id
    cannot be read; the others are recorded: `created`, `updated` where it is a correction, `unchanged` where it was
    here. Otherwise as `POST /v1/returns`, and files as in `POST /v1/imports/{kind}`.
    """
    return await answer_import(request, session, RETURNS, caller.actor, atomic=atomic, dry_run=dry_run)
