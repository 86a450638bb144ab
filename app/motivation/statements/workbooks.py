"""A statement as a workbook of one sheet: it reads like the page, and its sums are formulas. Called in a thread."""

import io
from functools import cache
from typing import Any

from xlsxwriter import Workbook

from app.ground.web.spreadsheets import begins_like_a_formula, put
from app.motivation.statements.printed import facts, voided
from app.motivation.statements.reports import MONEY_FORMAT, POINTS_FORMAT
from app.motivation.statements.rules import Statement, StatementLine
from app.motivation.statements.statement_words import StatementWords, statement_words

_A4 = 9
_WIDTHS = (52, 24, 12, 12)
_BOLD: dict[str, Any] = {"bold": True}
_HEADING = _BOLD | {"bg_color": "#DDE5EE", "text_wrap": True, "valign": "top"}
_POINTS: dict[str, Any] = {"num_format": POINTS_FORMAT}
_TOTAL = _BOLD | _POINTS | {"top": 1}
_MONEY: dict[str, Any] = {"num_format": MONEY_FORMAT}
_VOID = _BOLD | {"font_color": "#B3261E"}
_LEFT: dict[str, Any] = {"align": "left"}
_POINTS_COLUMN = 3
"""D, in formulas."""


def statement_workbook(statement: Statement, company: str, language: str) -> bytes:
    """The same statement is the same bytes."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        words = statement_words(language)
        book.set_properties({"created": statement.issued_at, "title": f"{words.title} {statement.number}"})
        sheet = _StatementSheet(book, words)
        sheet.write_head(statement, company)
        sheet.write_table(statement)
        sheet.write_worth(statement)
    return out.getvalue()


class _StatementSheet:
    """The sheet of a statement, written from its top on."""

    def __init__(self, book: Any, words: StatementWords) -> None:
        self._words, self._row = words, 0
        self._cells = book.add_worksheet(words.title)
        self._format = cache(lambda properties: book.add_format(dict(properties)))
        for column, width in enumerate(_WIDTHS):
            self._cells.set_column(column, column, width)
        self._cells.set_paper(_A4)
        self._cells.fit_to_pages(1, 0)
        self._cells.set_footer("&L&F&R&P / &N")

    def _put(self, column: int, value: object, style: dict[str, Any] | None = None) -> None:
        quoted = {"quote_prefix": True} if begins_like_a_formula(value) else {}
        put(self._cells, self._row, column, value, self._style((style or {}) | quoted))

    def _style(self, properties: dict[str, Any]) -> Any:
        return self._format(tuple(sorted(properties.items()))) if properties else None

    def _line(self, *values: object, style: dict[str, Any] | None = None) -> None:
        for column, value in enumerate(values):
            self._put(column, value, style)
        self._row += 1

    def write_head(self, statement: Statement, company: str) -> None:
        """What it is, whose, and whether it stands."""
        self._line(self._words.of_month(self._words.title_of_month, statement.month), style=_BOLD | {"font_size": 14})
        if (note := voided(statement, self._words)) is not None:
            self._line(f"{self._words.void}. {note}", style=_VOID)
        for label, value in [*([(self._words.company, company)] if company else []), *facts(statement, self._words)]:
            self._pair(label, value)
        self._row += 1

    def write_table(self, statement: Statement) -> None:
        """From the opening balance to the closing one, a row for each rule, corrections with the month they correct."""
        words = self._words
        self._cells.repeat_rows(self._row)
        self._line(words.rule, words.corrected_month, words.count, words.points, style=_HEADING)
        self._line(words.opening, None, None, statement.opening, style=_BOLD | _POINTS)
        opening = self._row  # of the row just written, as formulas count
        for line in [*statement.own_lines, *statement.corrections]:
            self._line(*self._cells_of(line), style=_POINTS)
        last = self._row
        self._sum(words.total, f"=SUM(D{opening + 1}:D{last})" if last > opening else "=0", statement.points)
        self._sum(words.closing, f"=D{opening}+D{last + 1}", statement.closing)
        self._row += 1

    def _cells_of(self, line: StatementLine) -> tuple[object, ...]:
        about = None if line.corrects_month is None else self._words.month_in_words(line.corrects_month)
        return self._words.rule_in_words(line.rule), about, line.count, line.points

    def _sum(self, label: str, formula: str, value: int) -> None:
        """The value stands beside the formula, for programs that calculate nothing."""
        for column, text in enumerate((label, None, None)):
            self._put(column, text, _TOTAL)
        self._cells.write_formula(self._row, _POINTS_COLUMN, formula, self._style(_TOTAL), value)
        self._row += 1

    def write_worth(self, statement: Statement) -> None:
        """What the points are worth, where they are worth something, and how many appeals are open."""
        words = self._words
        if statement.amount is not None:
            self._pair(words.point_value, statement.point_value, _MONEY)
            self._pair(words.amount, statement.amount, _BOLD | _MONEY)
            self._pair(words.currency, statement.currency)
        self._pair(words.open_appeals, statement.open_appeals, _POINTS)

    def _pair(self, label: str, value: object, style: dict[str, Any] | None = None) -> None:
        self._put(0, label, _BOLD)
        self._put(1, value, _LEFT | (style or {}))
        self._row += 1
