"""The statements of a month as a file: a row a rep."""

from collections.abc import AsyncIterator, Collection
from datetime import date

from app.ground.db.session import Database
from app.ground.web.months import month_text
from app.ground.web.report_files import ReportFile, Row
from app.motivation.points.rules import PointsRule
from app.motivation.statements import queries
from app.motivation.statements.rules import Statement

COLUMNS = (
    "number",
    "territory_code",
    "rep_code",
    "rep_name",
    "opening",
    *(rule.value for rule in PointsRule),
    "corrections",
    "points",
    "closing",
    "open_appeals",
    "point_value",
    "currency",
    "amount",
)
"""Under each rule what it came to in the month; corrections of closed months are added up beside them."""

PAGE = 500


def statements_file(
    database: Database, territory_ids: Collection[int] | None, month: date, territory_code: str | None, count: int
) -> ReportFile:
    """The statements of a month that stand."""
    of = territory_code or "all"
    return ReportFile(
        name=f"statements-{of}-{month_text(month)}",
        title="statements",
        columns=COLUMNS,
        row_count=count,
        pages=_pages(database, territory_ids, month, territory_code),
        about=(("Month", month_text(month)), ("Territory", of)),
    )


async def _pages(
    database: Database, territory_ids: Collection[int] | None, month: date, territory_code: str | None
) -> AsyncIterator[list[Row]]:
    after: tuple[str, str] | None = None
    while True:
        async with database.read_only() as session:
            page = await queries.statements_page(session, territory_ids, month, territory_code, after, PAGE)
        if page:
            yield [_row(statement) for statement in page]
        if len(page) < PAGE:
            return
        after = page[-1].territory_code, page[-1].rep_code


def _row(statement: Statement) -> Row:
    own = {line.rule: line.points for line in statement.lines if line.corrects_month is None}
    return (
        statement.number,
        statement.territory_code,
        statement.rep_code,
        statement.rep_name,
        statement.opening,
        *(own.get(rule.value, 0) for rule in PointsRule),
        sum(line.points for line in statement.lines if line.corrects_month is not None),
        statement.points,
        statement.closing,
        statement.open_appeals,
        statement.point_value,
        statement.currency,
        statement.amount,
    )
