"""The route of imports."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from anyio import to_thread
from fastapi import Query, Request, Response
from pydantic import BaseModel

from app.doors.imports import service
from app.doors.imports.files import WORKBOOK_TYPES, FileRow, media_type_of, read_file
from app.doors.imports.packed_sheets import sheet_of
from app.doors.imports.schemas import ImportAnswer, ImportKind, ImportRowAnswer
from app.doors.imports.workbook_files import rows_of_sheet
from app.doors.imports.workbook_reader import WorkbookReaders
from app.ground import clock
from app.ground.audit.service import AuditChannel, author_of
from app.ground.errors import Forbidden, Invalid
from app.ground.web.access import Caller, CallerKind, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.media_types import Medium
from app.ground.web.problems import Problem, problem_body, problems
from app.ground.web.requests import router as make_router
from app.ground.web.upserts import Upserted, UpsertStatus
from app.masters.territories.rules import CalendarStart
from app.masters.territories.service import must_be_admin_for_today

router = make_router("imports")

AT_ONCE = 2
"""Files that a process imports at the same time, the others wait: each takes a connection and some 300 MB."""

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string", "format": "binary"},
                "example": '{"code": "PAT-R1", "name": "Anna Georgiou", "territory_code": "PAT"}\n',
            },
            "text/csv": {
                "schema": {"type": "string", "format": "binary"},
                "example": "code,name,territory_code\nPAT-R1,Anna Georgiou,PAT\n",
            },
            Medium.XLSX.value: {
                "schema": {"type": "string", "format": "binary", "description": "a workbook with the columns of CSV"},
                "example": "(a workbook)",
            },
        },
    }
}


@router.post(
    "/imports/{kind}",
    operation_id="import_file",
    summary="Import a file",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=_FILE,
)
async def import_file(
    request: Request,
    kind: ImportKind,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.MASTER_WRITE)],
    *,
    atomic: Annotated[bool, Query(description="all or nothing: one bad row, and nothing is written (422)")] = False,
    dry_run: Annotated[bool, Query(description="answer the same, and write nothing")] = False,
    override_freeze: Annotated[
        bool, Query(description="visits: change frozen days too; admins and clients with plans:override; recorded")
    ] = False,
    effective: Annotated[
        CalendarStart, Query(description="territories: from when on a changed calendar holds; today: for admins (T6)")
    ] = CalendarStart.NEXT_DAY,
) -> Response:
    """Upsert the rows of an NDJSON, CSV or XLSX file by their code, with an answer for every row.

    At most 20,000 rows a file. Without `atomic` the sound rows are written and the others rejected one by one, each
    with its first 20 problems; of rows with the same code the later ones count, member by member. What a row does not
    say stays as it is. The members are those of the single resource (territories, reps, outlets, products), of
    `GET /v1/prices` and `GET /v1/stock`, for visits `rep_code, outlet_code, visit_date, sequence`, and for
    assortment_targets `quarter, territory_code, assortment_group, share`, all groups of an owner next to each other.

    CSV is UTF-8, or of the `charset` that its Content-Type names, with a header, separated by commas, semicolons or
    tabs. Nested members have dotted columns (`location.lat`, `terms.visits_per_week`) or, as no two go by one name, the
    last part alone (`lat`). Lists are separated by `|`, lists of objects are JSON in the cell; an empty cell is a
    member left out, one that says null takes away. An unknown column refuses the file, so that a typing error does not
    pass.

    Numbers may have decimal commas: `1,15`, `1 234,50`, `1.234,50`. What may mean two numbers, `1,200` or `1.200`, is
    read as the other numbers of its column in the file show it: beside `1.15` or `0.5` the point is the mark of
    fractions, beside `1,15` the comma. Where none shows it, its row is rejected; but `1.200` is 1.2 where commas
    separate the columns. Where semicolons or tabs do, a day may be written `27.11.2026`, too.

    Of a workbook the first sheet is read that is not hidden and not empty: its first row with anything in it is the
    header, with the columns of CSV, and `line` is the row's number in the sheet. Blank rows are skipped, rows that are
    hidden are rejected. Cells count by what they hold, codes as their format shows them; a formula counts by its stored
    value. A cell with an error, a formula without a value, or a date where a number is meant rejects its row, by its
    name (`C12`). A workbook may have 16 MiB, unpacked 128 MiB; a password or the old format (.xls) refuses it.

    Visits land as an approved plan. Days that have begun in the territory's zone are frozen: their rows are rejected.
    """
    if override_freeze and not _may_override(caller):
        raise Forbidden("Changing frozen days is for admins and clients with the scope plans:override.")
    must_be_admin_for_today(caller, effective)
    content_type, content = request.headers.get("content-type", ""), await request.body()
    turns: asyncio.Semaphore = request.app.state.import_turns
    async with turns:
        # what takes as long as the file is long runs in a thread: the other requests of this worker go on meanwhile
        rows = await _rows(request, content_type, content, service.BODIES[kind])
        author = author_of(caller, AuditChannel.IMPORT)
        context = service.Importing(clock.now(), author, override_freeze, effective)
        # a savepoint, which a dry run goes back to: what it answers is what was done
        async with session.begin_nested() as savepoint:
            fates = await service.import_rows(session, kind, rows, context, atomic=atomic)
            if dry_run:
                await savepoint.rollback()
        body = await to_thread.run_sync(_answer, kind, rows, fates, str(request.scope.get("request_id", "")))
    return Response(body, media_type="application/json")


async def _rows(request: Request, content_type: str, content: bytes, model: type[BaseModel]) -> list[FileRow]:
    if media_type_of(content_type) not in WORKBOOK_TYPES:
        return await to_thread.run_sync(read_file, content, content_type, model)
    readers: WorkbookReaders = request.app.state.workbook_readers
    sheet = await readers.read(content)
    return await to_thread.run_sync(lambda: rows_of_sheet(sheet_of(orjson.loads(sheet)), model))


def _may_override(caller: Caller) -> bool:
    return caller.kind is CallerKind.USER or Scope.PLANS_OVERRIDE in caller.scopes


def _answer(kind: ImportKind, rows: Sequence[FileRow], fates: Sequence[Upserted], instance: str) -> str:
    """The answer as JSON; `instance` is the request's id, for the problems of rows."""
    results = [_result(kind, row, fate, instance) for row, fate in zip(rows, fates, strict=True)]
    rejected = sum(fate.status is UpsertStatus.REJECTED for fate in fates)
    return ImportAnswer(accepted=len(rows) - rejected, rejected=rejected, results=results).model_dump_json()


def _result(kind: ImportKind, row: FileRow, fate: Upserted, instance: str) -> ImportRowAnswer:
    problem = None
    if fate.status is UpsertStatus.REJECTED:
        error = Invalid("The row breaks a rule.", errors=fate.problems)
        problem = Problem.model_validate(problem_body(error, instance))
    return ImportRowAnswer(line=row.line, code=service.code_of(kind, row), status=fate.status, problem=problem)
