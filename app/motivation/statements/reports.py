"""The statements of a month as a file: a row a rep."""

from collections.abc import AsyncIterator, Collection
from datetime import date
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.web.months import month_text
from app.ground.web.report_files import ReportFile, Row, SheetColumn
from app.ground.web.report_pages import read_pages
from app.motivation.points.rules import PointsRule
from app.motivation.statements import reading_queries as queries
from app.motivation.statements.rules import Statement
from app.motivation.statements.statement_words import StatementWords, statement_words

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
POINTS_FORMAT = "#,##0"
MONEY_FORMAT = "#,##0.00##"


def statements_file(
    database: Database,
    territory_ids: Collection[int] | None,
    month: date,
    territory_code: str | None,
    *,
    count: int,
    company: str,
    language: str,
) -> ReportFile:
    """The statements of a month that stand; as a workbook in a language, for whoever pays them out."""
    words = statement_words(language)
    about = [
        (words.month, words.month_in_words(month)),
        (words.territory, territory_code or words.all_territories),
    ]
    return ReportFile(
        name=f"statements-{territory_code or 'all'}-{month_text(month)}",
        title=words.title_of_many,
        columns=COLUMNS,
        row_count=count,
        pages=_pages(database, territory_ids, month, territory_code),
        about=[*([(words.company, company)] if company else []), *about],
        sheet=sheet_columns(words),
        total=words.total,
    )


def sheet_columns(words: StatementWords) -> list[SheetColumn]:
    """The columns of the workbook: who and how much to pay, then how it came about."""

    def points(name: str, heading: str) -> SheetColumn:
        return SheetColumn(name, heading, 13, number_format=POINTS_FORMAT, summed=True)

    return [
        SheetColumn("rep_name", words.rep, 28),
        SheetColumn("rep_code", words.rep_code, 13),
        SheetColumn("territory_code", words.territory_code, 13),
        SheetColumn("number", words.number, 22),
        points("points", words.points),
        SheetColumn("point_value", words.point_value, 11, number_format=MONEY_FORMAT),
        SheetColumn("amount", words.amount, 14, number_format=MONEY_FORMAT, summed=True, unit="currency"),
        SheetColumn("currency", words.currency, 10),
        points("opening", words.opening),
        *(points(rule.value, words.rules[rule]) for rule in PointsRule),
        points("corrections", words.corrections),
        points("closing", words.closing),
        points("open_appeals", words.open_appeals),
    ]


async def _pages(
    database: Database, territory_ids: Collection[int] | None, month: date, territory_code: str | None
) -> AsyncIterator[list[Row]]:
    async def read(session: AsyncSession, after: tuple[str, str] | None, most: int) -> list[Statement]:
        return await queries.statements_page(session, territory_ids, month, territory_code, after, most)

    async for page in read_pages(database, read, attrgetter("territory_code", "rep_code"), PAGE):
        yield [_row(statement) for statement in page]


def _row(statement: Statement) -> Row:
    own = {line.rule: line.points for line in statement.own_lines}
    return (
        statement.number,
        statement.territory_code,
        statement.rep_code,
        statement.rep_name,
        statement.opening,
        *(own.get(rule.value, 0) for rule in PointsRule),
        sum(line.points for line in statement.corrections),
        statement.points,
        statement.closing,
        statement.open_appeals,
        statement.point_value,
        statement.currency,
        statement.amount,
    )
