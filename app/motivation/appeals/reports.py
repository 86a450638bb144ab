"""Appeals as a file: a row for each, with the words of both sides."""

from collections.abc import AsyncIterator
from datetime import datetime, tzinfo
from operator import attrgetter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.web.access import Caller
from app.ground.web.report_files import ReportFile, Row, SheetColumn
from app.ground.web.report_pages import read_pages
from app.motivation.appeals import queries, service
from app.motivation.appeals.queries import AppealFilter
from app.motivation.appeals.rules import AppealRecord, AppealStepKind
from app.motivation.appeals.service import WholeAppeal

COLUMNS = (
    "appeal_id",
    "status",
    "instance",
    "territory_code",
    "rep_code",
    "rule",
    "business_date",
    "points",
    "entry_id",
    "text",
    "attachments",
    "submitted_at",
    "decide_by",
    "overdue",
    "decided_at",
    "decided_by",
    "reason",
    "taken_further_because",
)
"""`decided_at`, `decided_by`, `reason`: of the last decision."""

_SHEET = (
    SheetColumn("submitted_at", "Submitted", 17),
    SheetColumn("rep_code", "Rep", 12),
    SheetColumn("status", "Status", 12, {}),
    SheetColumn("instance", "Instance", 9),
    SheetColumn("rule", "Rule", 20, {}),
    SheetColumn("business_date", "Day", 12),
    SheetColumn("points", "Points", 9),
    SheetColumn("text", "The rep says", 50),
    SheetColumn("attachments", "Files", 7),
    SheetColumn("decide_by", "Decide by", 17),
    SheetColumn("overdue", "Overdue", 9),
    SheetColumn("decided_at", "Decided at", 17),
    SheetColumn("decided_by", "By", 14),
    SheetColumn("reason", "Because", 50),
    SheetColumn("taken_further_because", "Taken further because", 40),
    SheetColumn("territory_code", "Territory", 12),
    SheetColumn("entry_id", "Entry", 12),
    SheetColumn("appeal_id", "Appeal", 38),
)
_DECISIONS = {AppealStepKind.GRANTED, AppealStepKind.REJECTED}


def appeals_file(
    database: Database, caller: Caller, asked: AppealFilter, count: int, now: datetime, zone: tzinfo
) -> ReportFile:
    """The appeals that match, the oldest first. `now`: what is overdue by then."""
    pages = _pages(database, caller, asked, now)
    return ReportFile("appeals", "appeals", COLUMNS, count, pages, [("Times", str(zone))], _SHEET, zone)


async def _pages(database: Database, caller: Caller, asked: AppealFilter, now: datetime) -> AsyncIterator[list[Row]]:
    async def read(session: AsyncSession, after: tuple[datetime, UUID] | None, most: int) -> list[AppealRecord]:
        return await queries.appeals_page(session, caller, asked, after, most)

    async for page in read_pages(database, read, attrgetter("submitted_at", "id")):
        async with database.read_only() as session:
            appeals = await service.whole(session, page)
        yield [_row(appeal, now) for appeal in appeals]


def _row(appeal: WholeAppeal, now: datetime) -> Row:
    record, entry = appeal.record, appeal.record.entry
    decision = next((step for step in reversed(appeal.steps) if step.kind in _DECISIONS), None)
    further = next((step for step in appeal.steps if step.kind is AppealStepKind.TAKEN_FURTHER), None)
    return (
        record.id,
        record.status.value,
        record.instance,
        record.territory_code,
        record.rep_code,
        entry.rule,
        entry.business_date,
        entry.points,
        entry.id,
        appeal.steps[0].text,
        len(appeal.attachments),
        record.submitted_at,
        record.decide_by,
        record.is_overdue(now),
        decision and decision.taken_at,
        decision and decision.taken_by,
        decision and decision.text,
        further and further.text,
    )
