"""The route of imports of masters and plans."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.doors.imports import service
from app.doors.imports.files_of_requests import answered, file_of, rows_in, turns
from app.doors.imports.schemas import ImportAnswer, ImportKind
from app.ground import clock
from app.ground.audit.service import AuditChannel, author_of
from app.ground.errors import Forbidden
from app.ground.web.access import Caller, CallerKind, Role, Scope, allow
from app.ground.web.dependencies import WriteSession
from app.ground.web.problems import problems
from app.ground.web.requests import router as make_router
from app.masters.territories.rules import CalendarStart
from app.masters.territories.service import must_be_admin_for_today

router = make_router("imports")

_EXAMPLE = {"code": "PAT-R1", "name": "Anna Georgiou", "territory_code": "PAT"}


@router.post(
    "/imports/{kind}",
    operation_id="import_file",
    summary="Import a file",
    response_model=ImportAnswer,
    responses=problems(401, 403, 413, 422),
    openapi_extra=file_of(_EXAMPLE),
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
    async with turns(request):
        rows = await rows_in(request, content_type, content, service.BODIES[kind])
        author = author_of(caller, AuditChannel.IMPORT)
        context = service.Importing(clock.now(), author, override_freeze, effective)
        # a savepoint, which a dry run goes back to: what it answers is what was done
        async with session.begin_nested() as savepoint:
            fates = await service.import_rows(session, kind, rows, context, atomic=atomic)
            if dry_run:
                await savepoint.rollback()
        return await answered(request, rows, fates, lambda row: service.code_of(kind, row))


def _may_override(caller: Caller) -> bool:
    return caller.kind is CallerKind.USER or Scope.PLANS_OVERRIDE in caller.scopes
