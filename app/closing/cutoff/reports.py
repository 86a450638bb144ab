"""The 17:00 report as rows and columns, page by page (C8)."""

from collections.abc import AsyncIterator
from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import report_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.report_queries import ListedRun, ReportedMissingOrder
from app.ground.db.session import Database
from app.ground.web.report_files import ReportFile, SheetColumn
from app.ground.web.report_pages import read_pages

ROWS_A_PAGE = 2_000
COLUMNS = tuple(field.name for field in fields(ReportedMissingOrder))

_OUTCOMES = {
    "missed_order": "No order came",
    "late_order": "An order came late",
    "captured_before_cutoff": "Was ordered in time, arrived later",
    "received_before_cutoff": "Was ordered in time",
}
_SHEET = (
    SheetColumn("outlet_name", "Outlet", 32),
    SheetColumn("outlet_phone", "Phone", 18),
    SheetColumn("rep_name", "Rep", 24),
    SheetColumn("cause", "Why", 20, {}),
    SheetColumn("no_order_reason", "Reason given", 18, {}),
    SheetColumn("provisional", "Provisional", 12),
    SheetColumn("resolution", "What became of it", 26, _OUTCOMES),
    SheetColumn("resolving_order_changed_at", "Order changed at", 18),
    SheetColumn("outlet_code", "Outlet code", 16),
    SheetColumn("rep_code", "Rep code", 12),
    SheetColumn("resolved_by_order_id", "Order", 38),
    SheetColumn("call_task_id", "Call", 38),
    SheetColumn("visit_id", "Visit", 38),
)
"""For a supervisor who hands it out: who, and how to reach them, comes first."""


def missing_orders(database: Database, listed: ListedRun) -> ReportFile:
    """A run's missing orders. Each page is a short transaction of its own."""
    run = listed.run
    territory = f"{listed.territory_name} ({listed.territory_code})"
    zone = ZoneInfo(listed.time_zone)
    about = [
        ("Territory", territory),
        ("Date", f"{run.business_date:%Y-%m-%d, %A}"),
        ("Closed at", f"{run.cutoff_at.astimezone(zone):%Y-%m-%d %H:%M}"),
        ("Missing orders", f"{run.missing_orders} of {run.planned_visits} planned visits"),
    ]
    name = f"missing-orders-{listed.territory_code}-{run.business_date}"
    return ReportFile(name, "missing orders", COLUMNS, run.missing_orders, _pages(database, run), about, _SHEET, zone)


async def _pages(database: Database, run: CutoffRun) -> AsyncIterator[list[tuple[Any, ...]]]:
    async def read(session: AsyncSession, after: UUID | None, most: int) -> list[ReportedMissingOrder]:
        return await queries.missing_orders(session, run, after, most)

    async for page in read_pages(database, read, attrgetter("visit_id"), ROWS_A_PAGE):
        yield [astuple(row) for row in page]
