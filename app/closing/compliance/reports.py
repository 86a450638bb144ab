"""The KPIs of a period as a file: a row for the whole, and for each group."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.closing.compliance.kpi_queries import Figures
from app.closing.compliance.kpis import KPIS, Kpi, Unit
from app.closing.compliance.rules import KpiGrouping, value_of
from app.closing.compliance.service import Question
from app.ground.web.report_files import ReportFile, Row, SheetColumn, in_words
from app.ground.web.report_pages import one_page

COLUMNS = ("key", *(name for kpi in KPIS for name in (kpi.value, f"{kpi.value}_numerator", f"{kpi.value}_denominator")))
"""`key`: the group's; empty in the row of the whole, which groups may add up to more than."""

_FORMATS = {Unit.RATIO: "0.0%", Unit.COUNT: "#,##0.00", Unit.MONEY: "#,##0.00", Unit.SECONDS: "#,##0"}
_NOTHING = (Decimal(0), Decimal(0))


def figures_file(question: Question, group_by: KpiGrouping, whole: Figures, groups: Sequence[Figures]) -> ReportFile:
    """The figures of a period; `groups` by key."""
    rows = [_row(figures) for figures in (whole, *groups)]
    period = f"{question.first} to {question.last}"
    filters = [
        (in_words(name), code)
        for name, code in (
            ("territory", question.territory_code),
            ("rep", question.rep_code),
            ("outlet", question.outlet_code),
        )
        if code is not None
    ]
    return ReportFile(
        f"kpis-by-{group_by.value}-{question.first}-{question.last}",
        "KPIs",
        COLUMNS,
        len(rows),
        one_page(rows),
        [("Period", period), *filters],
        [SheetColumn("key", f"{in_words(group_by.value)} (none: the whole)", 20), *_sheet()],
    )


def _sheet() -> Iterator[SheetColumn]:
    """What the KPIs are first, then what they divide by what."""
    for kpi, definition in KPIS.items():
        yield SheetColumn(kpi.value, in_words(kpi.value), 12, number_format=_FORMATS[definition.unit])
    for kpi, definition in KPIS.items():
        amount = "#,##0.00" if definition.unit is Unit.MONEY else "#,##0"
        yield SheetColumn(f"{kpi.value}_numerator", f"{in_words(kpi.value)}: numerator", 12, number_format=amount)
        yield SheetColumn(f"{kpi.value}_denominator", f"{in_words(kpi.value)}: denominator", 12, number_format="#,##0")


def _row(figures: Figures) -> Row:
    return (figures.key, *(cell for kpi in KPIS for cell in _cells(kpi, figures)))


def _cells(kpi: Kpi, figures: Figures) -> tuple[Decimal | None, Decimal, Decimal]:
    numerator, denominator = figures.kpis.get(kpi, _NOTHING)
    return value_of(numerator, denominator), numerator, denominator
