"""The route of imports of deliveries: whoever tells of deliveries need not write masters."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.doors.fulfilment.schemas import ROW, DeliveryRowBody
from app.doors.imports.delivery_imports import import_deliveries
from app.doors.imports.files import FileRow
from app.doors.imports.files_of_requests import answered, file_of, rows_in, turns
from app.doors.imports.schemas import ImportAnswer
from app.doors.imports.service import MOST_CODE
from app.ground import clock
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("imports")


@router.post(
    "/imports/deliveries",
    operation_id="import_deliveries",
    summary="Import a file of deliveries",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=file_of(ROW),
)
async def import_delivery_file(
    request: Request,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.DELIVERIES_WRITE)],
    *,
    atomic: Annotated[bool, Query(description="all or nothing: one bad row, and nothing is written (422)")] = False,
    dry_run: Annotated[bool, Query(description="answer the same, and write nothing")] = False,
) -> Response:
    """Tell of deliveries by an NDJSON, CSV or XLSX file (D1), a row a line, with an answer for every row.

    The rows of one `id` stand together and make one delivery; all of them say its number, outlet, order and time. A
    delivery with one bad row is rejected as a whole, the others are recorded: `created`, `updated` where it is a
    correction, `unchanged` where it was here. Otherwise as `POST /v1/deliveries`, and files as in
    `POST /v1/imports/{kind}`.
    """
    content_type, content = request.headers.get("content-type", ""), await request.body()
    async with turns(request):
        rows = await rows_in(request, content_type, content, DeliveryRowBody)
        # a savepoint, which a dry run goes back to: what it answers is what was done
        async with session.begin_nested() as savepoint:
            fates = await import_deliveries(session, rows, caller.actor, clock.now(), atomic=atomic)
            if dry_run:
                await savepoint.rollback()
        return await answered(request, rows, fates, _id_in)


def _id_in(row: FileRow) -> str | None:
    """The delivery's id, as the row says it."""
    id_ = row.raw.get("id")
    return id_ if isinstance(id_, str) and len(id_) <= MOST_CODE else None
