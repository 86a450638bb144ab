"""What a person means by a cell: numbers and days, however they are written, or why it is not clear."""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from app.doors.order_inbox.forms.cells import Cell, CellKind

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_ECHO = 40

_SPACES = " \u00a0\u2007\u2009\u202f'’"
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_GROUPED = (
    re.compile(rf"[+-]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+([.,][0-9]+)?"),
    re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"),
    re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+"),
    re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}"),
    re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}"),
)
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})([T ]00:00(:00(\.0+)?)?)?")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\.?")
_SLASHED = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_LEAST = Decimal("0.0001")
_NOISE = Decimal("1e-9")
_WIDEST = 15


class Unclear(Exception):
    """A cell does not say what it should: a stable code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def number_in(cell: Cell) -> str:
    """The number of a cell as plain decimal text. Raises Unclear, also for text that may mean two numbers."""
    if cell.kind is CellKind.NUMBER:
        return _of_float(cell.value)
    _must_hold_a_value(cell)
    if cell.kind is CellKind.DATE:
        raise Unclear("not_a_number", f"The cell holds the date {cell.value}, not a number.")
    text = cell.value.strip().strip(_SPACES)
    if cell.kind is CellKind.TRUTH or not text or len(text) > LONGEST_ECHO:
        raise Unclear("not_a_number", f"“{text[:LONGEST_ECHO]}” is not a number.")
    if _TWO_WAYS.fullmatch(text):
        whole, _, part = text.replace(",", ".").partition(".")
        message = f"“{text}” may mean {whole}{part} or {whole}.{part}: write {whole}{part} or {whole}.{part}0."
        raise Unclear("ambiguous_number", message)
    if not _NUMBER.fullmatch(text) and not any(pattern.fullmatch(text) for pattern in _GROUPED):
        raise Unclear("not_a_number", f"“{text}” is not a number.")
    return _plain(text)


def day_in(cell: Cell, *, epoch_1904: bool) -> str:
    """The day of a cell in ISO 8601. Raises Unclear, also for text that may mean two days."""
    _must_hold_a_value(cell)
    text = cell.value.strip()
    if cell.kind is CellKind.NUMBER:
        day = day_of_serial(text, epoch_1904=epoch_1904)
    elif cell.kind is CellKind.TRUTH:
        day = None
    else:
        day = _day_of_text(text)
    if day is None:
        raise Unclear("not_a_date", f"“{text[:LONGEST_ECHO]}” is not a date: write it like 2026-11-27 or 27.11.2026.")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unclear("date_out_of_range", f"{day} does not lie within the years 2000 to 2100.")
    return day.isoformat()


def day_of_serial(text: str, *, epoch_1904: bool) -> date | None:
    """The day that a spreadsheet means by a number of days; None beyond its calendar.

    The 1900 count has a 29 February 1900, which never existed: from March on it is one day ahead. Starting at
    30 December 1899 corrects for it. No order is older than that.
    """
    try:
        days = int(Decimal(text))
        return (date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)) + timedelta(days=days)
    except (ArithmeticError, ValueError):
        return None


def _must_hold_a_value(cell: Cell) -> None:
    if cell.kind is CellKind.FORMULA:
        message = (
            "The cell holds a formula, and the file does not have its value: "
            "save the file in a spreadsheet program, or type the value."
        )
        raise Unclear("formula_without_value", message)
    if cell.kind is CellKind.ERROR:
        raise Unclear("cell_error", f"The cell shows the error {cell.value[:LONGEST_ECHO]}.")


def _of_float(text: str) -> str:
    """A number as a workbook stores it: in binary, so that 0.3 may be stored as 0.30000000000000004."""
    try:
        number = Decimal(text)
        if not number.is_finite() or number.adjusted() > _WIDEST:
            raise Unclear("number_out_of_range", f"{text[:LONGEST_ECHO]} is more than a form takes.")
        rounded = number.quantize(_LEAST)
    except InvalidOperation as error:
        raise Unclear("not_a_number", f"“{text[:LONGEST_ECHO]}” is not a number.") from error
    return f"{(rounded if abs(rounded - number) < _NOISE else number).normalize():f}"


def _plain(text: str) -> str:
    for space in _SPACES:
        text = text.replace(space, "")
    mark = max(text.rfind("."), text.rfind(","))
    if mark < 0 or text.count(text[mark]) > 1:
        return _of_float(text.replace(".", "").replace(",", ""))
    whole = text[:mark].replace(".", "").replace(",", "")
    return _of_float(f"{whole}.{text[mark + 1 :]}")


def _day_of_text(text: str) -> date | None:
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _DOTTED.fullmatch(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _SLASHED.fullmatch(text):
            return _day_of_slashed(int(match[1]), int(match[3]), int(match[4]), text)
    except ValueError:
        return None
    return None


def _day_of_slashed(first: int, second: int, year: int, text: str) -> date:
    """Some write the day first, some the month: clear only where one of the two cannot be a month."""
    if first <= 12 and second <= 12 and first != second:
        day_first, month_first = date(year, second, first), date(year, first, second)
        message = f"“{text}” may mean {day_first} or {month_first}: write it like {day_first} or {day_first:%d.%m.%Y}."
        raise Unclear("ambiguous_date", message)
    return date(year, first, second) if second > 12 else date(year, second, first)
