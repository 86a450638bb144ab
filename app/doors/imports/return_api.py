"""The route of imports of returns: whoever tells of deliveries tells of returns, and need not write masters."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.doors.fulfilment.return_schemas import RETURN_ROW, ReturnRowBody
from app.doors.imports.files import FileRow
from app.doors.imports.files_of_requests import answered, file_of, rows_in, turns
from app.doors.imports.return_imports import import_returns
from app.doors.imports.schemas import ImportAnswer
from app.doors.imports.service import MOST_CODE
from app.ground import clock
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router

router = make_router("imports")


@router.post(
    "/imports/returns",
    operation_id="import_returns",
    summary="Import a file of returns",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=file_of(RETURN_ROW),
)
async def import_return_file(
    request: Request,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.DELIVERIES_WRITE)],
    *,
    atomic: Annotated[bool, Query(description="all or nothing: one bad row, and nothing is written (422)")] = False,
    dry_run: Annotated[bool, Query(description="answer the same, and write nothing")] = False,
) -> Response:
    """Tell of returns by an NDJSON, CSV or XLSX file (D4), a row a line, with an answer for every row.

    The rows of one `id` stand together and make one return; all of them say its outlet, time and delivery. A return
    with one bad row is rejected as a whole, the others are recorded: `created`, `updated` where it is a
    correction, `unchanged` where it was here. Otherwise as `POST /v1/returns`, and files as in
    `POST /v1/imports/{kind}`.
    """
    content_type, content = request.headers.get("content-type", ""), await request.body()
    async with turns(request):
        rows = await rows_in(request, content_type, content, ReturnRowBody)
        # a savepoint, which a dry run goes back to: what it answers is what was done
        async with session.begin_nested() as savepoint:
            fates = await import_returns(session, rows, caller.actor, clock.now(), atomic=atomic)
            if dry_run:
                await savepoint.rollback()
        return await answered(request, rows, fates, _id_in)


def _id_in(row: FileRow) -> str | None:
    """The return's id, as the row says it."""
    id_ = row.raw.get("id")
    return id_ if isinstance(id_, str) and len(id_) <= MOST_CODE else None
