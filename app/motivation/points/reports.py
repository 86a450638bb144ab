"""A rep's ledger as a file: a row for each entry."""

from datetime import date

from app.ground.web.months import month_text
from app.ground.web.report_files import ReportFile, Row, SheetColumn
from app.ground.web.report_pages import one_page
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.motivation.points.rules import Entry
from app.motivation.points.service import Ledger

COLUMNS = (
    "business_date",
    "entry_id",
    "rule",
    "kind",
    "points",
    "provisional",
    "note",
    "source_type",
    "source_id",
    "booked_at",
    "month",
    "corrects_month",
)
_SHEET = (
    SheetColumn("business_date", "Date", 12),
    SheetColumn("rule", "Rule", 24, {}),
    SheetColumn("kind", "What", 12, {}),
    SheetColumn("points", "Points", 10, number_format="#,##0", summed=True),
    SheetColumn("provisional", "Provisional", 12),
    SheetColumn("note", "Because", 26, {}),
    SheetColumn("booked_at", "Booked at", 17),
    SheetColumn("month", "Counts in", 11),
    SheetColumn("corrects_month", "Corrects", 11),
    SheetColumn("source_type", "About", 10, {}),
    SheetColumn("source_id", "Record", 38),
    SheetColumn("entry_id", "Entry", 12),
)


def ledger_file(
    territory: TerritoryFacts, rep: RepFacts, ledger: Ledger, first: date, last: date, month: date | None
) -> ReportFile:
    """A ledger of a range of business dates, or (`month`) what counts in the statement of a month."""
    period = f"{first} {last}" if month is None else month_text(month)
    return ReportFile(
        f"points-{rep.code}-{period.replace(' ', '-')}",
        "points",
        COLUMNS,
        len(ledger.entries),
        one_page([_row(entry, provisional=entry.id in ledger.provisional_ids) for entry in ledger.entries]),
        [
            ("Rep", f"{rep.name} ({rep.code})"),
            ("Territory", territory.code),
            ("Period", period),
            ("Points", str(ledger.balance)),
            ("Times", str(territory.zone)),
        ],
        _SHEET,
        territory.zone,
    )


def _row(entry: Entry, *, provisional: bool) -> Row:
    reversal = entry.reverses_id is not None
    return (
        entry.business_date,
        entry.id,
        entry.rule,
        entry.kind.value,
        entry.points,
        provisional,
        entry.note,
        "entry" if reversal else entry.source_type,
        str(entry.reverses_id if reversal else entry.source_id),
        entry.booked_at,
        month_text(entry.month),
        None if entry.corrects_month is None else month_text(entry.corrects_month),
    )
