"""Visits as they stand, with their evidence."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.closing.compliance import visit_reports, visits
from app.closing.compliance.rules import VisitCount, VisitStatus
from app.closing.compliance.visit_queries import rows_of_visits
from app.closing.compliance.visit_records import VisitFilter
from app.closing.compliance.visit_schemas import VisitAnswer, WholeVisitAnswer
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
from app.masters.territories.visible import clocks_of

router = make_router("visits")

Looking = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.VISITS_READ)]


@router.get(
    "/visits",
    operation_id="list_visits",
    summary="Visits by day, with their status and what was recorded of them",
    response_model=Page[VisitAnswer],
    responses=problems(401, 403, 406, 422) | report_responses(visit_reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def list_visits(
    caller: Looking,
    database: AppDatabase,
    paging: Paging,
    medium: AcceptedMedium,
    day: Annotated[Day | None, Query(alias="date", description="a day; instead of `from` and `to`")] = None,
    first: Annotated[Day | None, Query(alias="from", description="days from this one on")] = None,
    last: Annotated[Day | None, Query(alias="to", description="days up to this one")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    outlet_code: Annotated[Code | None, Query()] = None,
    status: Annotated[VisitStatus | None, Query()] = None,
    counted_as: Annotated[
        VisitCount | None, Query(description="those behind a figure of `GET /v1/rep-days`, by its name")
    ] = None,
) -> Page[VisitAnswer] | Response:
    """A device sees its own rep's visits, a supervisor those of the own territories.

    `verified`: an arrival INSIDE that day by that rep. `unverified`: check-ins, but none of those. Without any, a visit
    is `planned` until its local day is over, then `missed`. `excused`: a supervisor's word, whatever was recorded.
    A file has a row for each visit that matches, out of 100,000 of the period at the most.
    """
    visit_filter = VisitFilter(day or first, day or last, territory_code, rep_code, outlet_code, status, counted_as)
    key = paging.key(date.fromisoformat, UUID)
    # no session of the request: a file is streamed page by page, long after the request's own transaction would end
    async with database.read_only() as session:
        if medium is Medium.JSON:
            after = (key[0], key[1]) if key else None
            rows = await visits.list_visits(session, caller, visit_filter, after, paging.limit + 1)
            page, cursor = paging.page(rows, lambda record: (record.visit.visit_date, record.visit.id))
            return Page(items=[VisitAnswer.of(record) for record in page], next_cursor=cursor)
        count = await count_rows(session, rows_of_visits(caller, visit_filter))
        zone = await clocks_of(session, caller, territory_code)
    return file_answer(visit_reports.visits_file(database, caller, visit_filter, count, zone), medium)


@router.get(
    "/visits/{visit_id}",
    operation_id="get_visit",
    summary="One visit with its whole evidence",
    response_model=WholeVisitAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_visit(visit_id: UUID, caller: Looking, session: ReadSession) -> WholeVisitAnswer:
    """Check-ins with fix and verdict, orders, the reason for none, what the cutoff made of it, points, and doubts."""
    return WholeVisitAnswer.of_whole(await visits.find_visit(session, caller, visit_id))
