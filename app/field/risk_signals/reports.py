"""How often each rule was right, as a file: a row for each rule."""

from collections.abc import Sequence
from datetime import date

from app.field.risk_signals.records import RuleRecord
from app.ground.web.report_files import ReportFile, SheetColumn
from app.ground.web.report_pages import one_page

COLUMNS = ("rule", "raised", "open", "withdrawn", "confirmed", "dismissed", "precision")
"""`precision`: confirmed, of those that were confirmed or dismissed; empty where there are none."""

_SHEET = (
    SheetColumn("rule", "Rule", 24, {}),
    *(
        SheetColumn(name, name.capitalize(), 12, number_format="#,##0", summed=True)
        for name in ("raised", "open", "withdrawn", "confirmed", "dismissed")
    ),
    SheetColumn("precision", "Precision", 12, number_format="0.0%"),
)


def precision_file(
    first: date | None, last: date | None, territory_code: str | None, records: Sequence[RuleRecord]
) -> ReportFile:
    """The rules' records over the signals of some business dates; None: without an end."""
    rows = [tuple(getattr(record, name) for name in COLUMNS) for record in records]
    days = " to ".join(str(day) if day else "" for day in (first, last)) if first or last else "all"
    about = [("Period", days), ("Territory", territory_code or "all")]
    return ReportFile("risk-signal-precision", "precision", COLUMNS, len(rows), one_page(rows), about, _SHEET)
