"""Visits as a file: a row for each, with what was recorded of it in brief."""

from collections.abc import AsyncIterator
from datetime import tzinfo
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import visits
from app.closing.compliance.visit_records import VisitFilter, VisitKey
from app.closing.compliance.visits import VisitRecord
from app.field.check_ins.records import CheckInKind
from app.ground.db.session import Database
from app.ground.web.access import Caller
from app.ground.web.report_files import ReportFile, Row, SheetColumn
from app.ground.web.report_pages import read_pages

COLUMNS = (
    "visit_date",
    "visit_id",
    "territory_code",
    "rep_code",
    "outlet_code",
    "outlet_name",
    "planned",
    "sequence",
    "expected_at",
    "status",
    "productive",
    "arrived_at",
    "verdict",
    "distance_m",
    "departed_at",
    "check_ins",
    "orders",
    "order_value",
    "no_order_reason",
    "no_order_comment",
    "missing_order_cause",
    "missing_order_provisional",
    "missing_order_resolution",
    "excuse_reason",
    "excuse_comment",
    "excused_by",
    "excused_at",
)
"""`arrived_at`, `verdict`, `distance_m`: of the first arrival; orders are those that the reader may read, and stand."""

_SHEET = (
    SheetColumn("visit_date", "Date", 12),
    SheetColumn("rep_code", "Rep", 12),
    SheetColumn("sequence", "Place in plan", 8),
    SheetColumn("outlet_name", "Outlet", 32),
    SheetColumn("outlet_code", "Outlet code", 14),
    SheetColumn("status", "Status", 12, {}),
    SheetColumn("productive", "Productive", 11),
    SheetColumn("expected_at", "Expected", 17),
    SheetColumn("arrived_at", "Arrived", 17),
    SheetColumn("verdict", "Position", 13, {}),
    SheetColumn("distance_m", "Metres away", 10, number_format="#,##0"),
    SheetColumn("departed_at", "Left", 17),
    SheetColumn("orders", "Orders", 8, summed=True),
    SheetColumn("order_value", "Value", 13, number_format="#,##0.00##", summed=True),
    SheetColumn("no_order_reason", "Why no order", 20, {}),
    SheetColumn("missing_order_cause", "At the cutoff", 20, {}),
    SheetColumn("missing_order_resolution", "What became of it", 24, {}),
    SheetColumn("excuse_reason", "Excused because", 18, {}),
    SheetColumn("excused_by", "Excused by", 14),
    SheetColumn("territory_code", "Territory", 12),
    SheetColumn("visit_id", "Visit", 38),
)


def visits_file(database: Database, caller: Caller, visit_filter: VisitFilter, count: int, zone: tzinfo) -> ReportFile:
    """The visits that match, by day. `count`: as many as there may be."""
    days = dict.fromkeys(day.isoformat() for day in (visit_filter.first, visit_filter.last) if day is not None)
    about = [("Period", " ".join(days) or "all"), ("Times", str(zone))]
    pages = _pages(database, caller, visit_filter)
    return ReportFile(f"visits-{'-'.join(days) or 'all'}", "visits", COLUMNS, count, pages, about, _SHEET, zone)


async def _pages(database: Database, caller: Caller, visit_filter: VisitFilter) -> AsyncIterator[list[Row]]:
    async def read(session: AsyncSession, after: VisitKey | None, most: int) -> list[VisitRecord]:
        return await visits.list_visits(session, caller, visit_filter, after, most)

    async for page in read_pages(database, read, lambda record: (record.visit.visit_date, record.visit.id)):
        yield [_row(record) for record in page]


def _row(record: VisitRecord) -> Row:
    visit, missing, no_order = record.visit, record.missing_order, record.no_order
    by_time = sorted(record.check_ins, key=lambda check_in: check_in.corrected_at)
    arrival = next((check_in for check_in in by_time if check_in.kind == CheckInKind.ARRIVAL), None)
    departure = next((check_in for check_in in reversed(by_time) if check_in.kind == CheckInKind.DEPARTURE), None)
    standing = [order for order in record.orders if order.cancelled_at is None]
    return (
        visit.visit_date,
        visit.id,
        visit.territory_code,
        visit.rep_code,
        visit.outlet_code,
        visit.outlet_name,
        visit.planned,
        visit.sequence,
        visit.expected_at,
        visit.status.value,
        visit.productive,
        arrival and arrival.corrected_at,
        arrival and arrival.verdict.code,
        _metres(arrival.verdict.distance_m if arrival else None),
        departure and departure.corrected_at,
        len(by_time),
        len(standing),
        sum((order.total_value for order in standing), Decimal(0)),
        no_order and no_order.reason_code,
        no_order and no_order.comment,
        missing and missing.cause,
        missing and missing.provisional,
        missing and missing.resolution,
        visit.excuse_reason,
        visit.excuse_comment,
        visit.excused_by,
        visit.excused_at,
    )


def _metres(distance_m: float | None) -> Decimal | None:
    return None if distance_m is None else Decimal(distance_m).quantize(Decimal("0.1"))
