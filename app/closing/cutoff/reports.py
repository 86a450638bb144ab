"""The 17:00 report as rows and columns, page by page (C8)."""

from collections.abc import AsyncIterator
from dataclasses import astuple, fields
from typing import Any
from uuid import UUID

from app.closing.cutoff import report_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.report_queries import ListedRun, ReportedMissingOrder
from app.ground.db.session import Database
from app.ground.web.report_files import ReportFile

ROWS_A_PAGE = 2_000
COLUMNS = tuple(field.name for field in fields(ReportedMissingOrder))


def missing_orders(database: Database, listed: ListedRun) -> ReportFile:
    """A run's missing orders. Each page is a short transaction of its own."""
    run = listed.run
    name = f"missing-orders-{listed.territory_code}-{run.business_date}"
    return ReportFile(name, "missing orders", COLUMNS, run.missing_orders, _pages(database, run))


async def _pages(database: Database, run: CutoffRun) -> AsyncIterator[list[tuple[Any, ...]]]:
    after: UUID | None = None
    while True:
        async with database.read_only() as session:
            page = await queries.missing_orders(session, run, after, ROWS_A_PAGE)
        if page:
            yield [astuple(row) for row in page]
        if len(page) < ROWS_A_PAGE:
            return
        after = page[-1].visit_id
