"""The 17:00 report, and closing a day by hand."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import aftermath_queries, report_queries, reports, service
from app.closing.cutoff.errors import CutoffRunNotFound
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.report_queries import ListedRun, RunFilter
from app.closing.cutoff.schemas import (
    ChangedOrderAnswer,
    CutoffRunAnswer,
    CutoffRunBody,
    MissingOrderAnswer,
    VoidBody,
)
from app.ground import clock
from app.ground.db.session import take_as_long_as_it_takes
from app.ground.web import response_headers
from app.ground.web.access import Caller, CallerKind, Role, Scope, allow
from app.ground.web.dependencies import AppDatabase, ReadSession, WriteSession
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Page, PageRequest, Paging
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router
from app.masters.territories import service as territories
from app.masters.territories.errors import TerritoryNotFound

router = make_router("cutoff")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.CUTOFF_READ)]


@router.get(
    "/cutoff-runs",
    operation_id="list_cutoff_runs",
    summary="Closed days, the newest first",
    response_model=Page[CutoffRunAnswer],
    responses=problems(401, 403, 422),
)
async def list_cutoff_runs(
    caller: Reader,
    session: ReadSession,
    paging: Paging,
    territory_code: Annotated[Code | None, Query()] = None,
    business_date: Annotated[Day | None, Query()] = None,
) -> Page[CutoffRunAnswer]:
    """A supervisor sees the runs of its own territories."""
    key = paging.key(date.fromisoformat, UUID)
    run_filter = RunFilter(caller.territory_ids, territory_code, business_date)
    rows = await report_queries.runs(session, run_filter, (key[0], key[1]) if key else None, paging.limit + 1)
    runs, next_cursor = paging.page(rows, lambda row: (row.run.business_date, row.run.id))
    return Page(items=[_answer(row) for row in runs], next_cursor=next_cursor)


@router.get(
    "/cutoff-runs/{run_id}",
    operation_id="get_cutoff_run",
    summary="One closed day",
    response_model=CutoffRunAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_cutoff_run(run_id: UUID, caller: Reader, session: ReadSession) -> CutoffRunAnswer:
    """The counts are those of the cutoff. What came later stands beside each missing order, and is counted in
    `orders_changed_after`.
    """
    row = await _run(session, caller, run_id)
    changed_orders = await report_queries.count_changed_orders(session, row.run)
    return CutoffRunAnswer.of(row.run, row.territory_code, changed_orders)


@router.get(
    "/cutoff-runs/{run_id}/changed-orders",
    operation_id="list_changed_orders",
    summary="Orders of a closed day that were amended or cancelled after its cutoff",
    response_model=Page[ChangedOrderAnswer],
    responses=problems(401, 403, 404, 422),
)
async def list_changed_orders(
    run_id: UUID, caller: Reader, session: ReadSession, paging: Paging
) -> Page[ChangedOrderAnswer]:
    """What was captured before the cutoff may come after it (O4). The run stays; this tells what is different."""
    entry = await _run(session, caller, run_id)
    key = paging.key(UUID)
    rows = await report_queries.changed_orders(session, entry.run, key[0] if key else None, paging.limit + 1)
    page, next_cursor = paging.page(rows, lambda row: (row.order_id,))
    return Page(items=[ChangedOrderAnswer.model_validate(row) for row in page], next_cursor=next_cursor)


@router.get(
    "/cutoff-runs/{run_id}/supplements",
    operation_id="list_supplements",
    summary="Visits of a closed day that were flagged after its report",
    response_model=Page[MissingOrderAnswer],
    responses=problems(401, 403, 404, 422),
)
async def list_supplements(
    run_id: UUID, caller: Reader, session: ReadSession, paging: Paging
) -> Page[MissingOrderAnswer]:
    """The run found an order that its rep had cancelled by the cutoff, as was heard later (O4): it never counted. The
    report of 17:00 stays as it was.
    """
    entry = await _run(session, caller, run_id)
    return await _missing_orders(session, caller, entry.run, paging, supplements=True)


@router.get(
    "/cutoff-runs/{run_id}/missing-orders",
    operation_id="list_missing_orders",
    summary="The 17:00 report: planned visits that had no order at the cutoff, and why",
    response_model=Page[MissingOrderAnswer],
    responses=problems(401, 403, 404, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def list_missing_orders(
    run_id: UUID,
    caller: Reader,
    database: AppDatabase,
    paging: Paging,
    medium: AcceptedMedium,
) -> Page[MissingOrderAnswer] | Response:
    """A snapshot: only what stands from `call_task_id` on changes after the cutoff (C8). `call` tells how the outlet's
    call stands, `resolving_order` which order came after all, `points` what the visit has cost by now.
    """
    # no session of the request: a file is streamed page by page, long after the request's own transaction would end
    async with database.read_only() as session:
        entry = await _run(session, caller, run_id)
        if medium is Medium.JSON:
            return await _missing_orders(session, caller, entry.run, paging)
    return file_answer(reports.missing_orders(database, entry), medium)


@router.post(
    "/cutoff-runs",
    operation_id="close_day",
    summary="Close a due day by hand, or ask what would be flagged",
    status_code=201,
    response_model=CutoffRunAnswer,
    responses=problems(401, 403, 404, 409, 422)
    | {200: {"model": CutoffRunAnswer, "description": "The day was closed already, or this is a dry run"}},
)
async def close_day(
    body: CutoffRunBody,
    caller: Annotated[Caller, allow(Role.ADMIN, scope=Scope.CUTOFF_RUN)],
    session: WriteSession,
    response: Response,
) -> CutoffRunAnswer:
    """The scheduler closes every due day by itself. Safe to repeat: a day has one run, and this answers it.

    A dry run answers at any time, as of the cutoff or, before it, as of now.
    """
    by_code = await territories.territories_by_code(session, [body.territory_code])
    territory = by_code.get(body.territory_code)
    if territory is None or not caller.may_see(territory.id):
        raise TerritoryNotFound
    await take_as_long_as_it_takes(session)
    if body.dry_run:
        response.status_code = 200
        return CutoffRunAnswer.of_preview(await service.preview(session, territory.id, body.business_date))
    run, created = await service.close_or_find(session, territory.id, body.business_date, triggered_by=caller.actor)
    response.status_code = 201 if created else 200
    return CutoffRunAnswer.of(run, territory.code)


@router.post(
    "/cutoff-runs/{run_id}/void",
    operation_id="void_cutoff_run",
    summary="Void a run that was made in error",
    response_model=CutoffRunAnswer,
    responses=problems(401, 403, 404, 422),
)
async def void_cutoff_run(
    run_id: UUID, body: VoidBody, caller: Annotated[Caller, allow(Role.ADMIN)], session: WriteSession
) -> CutoffRunAnswer:
    """For a wrong zone, say, or a holiday that nobody had entered. All that the run has cost is taken back, and the
    calls that nobody has claimed are cancelled; the run and its report stay readable. The day is not closed by itself
    again: mend what was wrong, then close it by hand, or leave it open. Safe to repeat: the first reason stays.
    """
    await take_as_long_as_it_takes(session)
    run = await service.void_run(session, run_id, reason=body.reason, by=caller.actor)
    return _answer(await _run(session, caller, run.id))


async def _missing_orders(
    session: AsyncSession, caller: Caller, run: CutoffRun, paging: PageRequest, *, supplements: bool = False
) -> Page[MissingOrderAnswer]:
    key = paging.key(UUID)
    rows = await report_queries.missing_orders(
        session, run, key[0] if key else None, paging.limit + 1, supplements=supplements
    )
    page, next_cursor = paging.page(rows, lambda row: (row.visit_id,))
    aftermaths = await aftermath_queries.aftermaths(session, run, [row.visit_id for row in page], clock.now())
    with_points = caller.kind is not CallerKind.CLIENT or Scope.POINTS_READ in caller.scopes
    answers = [MissingOrderAnswer.of(row, aftermaths[row.visit_id], with_points=with_points) for row in page]
    return Page(items=answers, next_cursor=next_cursor)


async def _run(session: AsyncSession, caller: Caller, run_id: UUID) -> ListedRun:
    row = await report_queries.run_by_id(session, run_id, caller.territory_ids)
    if row is None:
        raise CutoffRunNotFound
    return row


def _answer(row: ListedRun) -> CutoffRunAnswer:
    return CutoffRunAnswer.of(row.run, row.territory_code)
