"""The figures of what came and went back, as a file: a row for the whole, and for each group."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.ground.web.report_files import ReportFile, Row, SheetColumn, in_words
from app.ground.web.report_pages import one_page
from app.sales.returns.figure_service import FigureGroup
from app.sales.returns.figures import Figure, FigureFilter, FigureGrouping, FigureSums

_RATES = ("otif", "undelivered", "returns_rate")
COLUMNS = (
    "group",
    "key",
    *(name for rate in _RATES for name in (rate, f"{rate}_numerator", f"{rate}_denominator")),
    "delivered_value",
)
"""`group`: `whole`, or what the key is of; a key that is empty is of no rep, of no warehouse. After these come the
accepted returns by who answers for them, and by their reason (`returned_by_…`, `returned_because_…`).
"""


def figures_file(
    filters: FigureFilter, group_by: FigureGrouping, groups: Sequence[FigureGroup], whole: FigureSums
) -> ReportFile:
    """The figures of a range of days; `groups` by code."""
    columns = (*COLUMNS, *_returned_columns(whole))
    rows = [_row("whole", None, whole, whole), *(_row(group_by.value, each.code, each.sums, whole) for each in groups)]
    return ReportFile(
        f"fulfilment-by-{group_by.value}-{filters.first}-{filters.last}",
        "fulfilment",
        columns,
        len(rows),
        one_page(rows),
        [("Period", f"{filters.first} to {filters.last}")],
        [_sheet_column(name) for name in columns],
    )


def _returned_columns(whole: FigureSums) -> Iterator[str]:
    yield from (f"returned_by_{party}" for party in sorted(whole.by_party))
    yield from (f"returned_because_{reason}" for reason in sorted(whole.by_reason))


def _row(group: str, key: str | None, sums: FigureSums, whole: FigureSums) -> Row:
    rates = (sums.otif, sums.undelivered_rate, sums.returns_rate)
    return (
        group,
        key,
        *(cell for rate in rates for cell in _cells(rate)),
        sums.delivered,
        *(sums.by_party.get(party, Decimal(0)) for party in sorted(whole.by_party)),
        *(sums.by_reason.get(reason, Decimal(0)) for reason in sorted(whole.by_reason)),
    )


def _cells(rate: Figure) -> tuple[Decimal | None, Decimal, Decimal]:
    return rate.value, rate.numerator, rate.denominator


def _sheet_column(name: str) -> SheetColumn:
    if name in _RATES:
        heading = "On time and in full" if name == "otif" else in_words(name)
        return SheetColumn(name, heading, 13, number_format="0.0%")
    if name in {"group", "key"}:
        return SheetColumn(name, in_words(name), 16, {} if name == "group" else None)
    counts = name.startswith(("otif_", "undelivered_"))
    return SheetColumn(name, in_words(name), 16, number_format="#,##0" if counts else "#,##0.00##")
