"""What a person means by a cell that should hold a number, however it is written, or why it is not clear."""

import re
from decimal import Decimal, InvalidOperation

from app.ground.sheets.cells import Cell, CellKind

LONGEST_ECHO = 40

_SPACES = " \u00a0\u2007\u2009\u202f'’"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)")
_GROUPED = (
    re.compile(rf"[+-]?[0-9]{{1,3}}([{_SPACES}][0-9]{{3}})+([.,][0-9]+)?"),
    re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"),
    re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+"),
    re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}"),
    re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}"),
)
_LOOSE_MARK = re.compile(
    rf"[+-]?(?:[0-9]+[.,]|[0-9]{{1,3}}(?:(?:[{_SPACES}][0-9]{{3}})+[.,]|(?:\.[0-9]{{3}})+,|(?:,[0-9]{{3}})+\.))"
)
"""A whole number with the mark of a fraction that it does not have: how `#,##0.##` shows it in a CSV file."""
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+")
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
    must_hold_a_value(cell)
    if cell.kind is CellKind.DATE:
        raise Unclear("not_a_number", f"The cell holds the date {cell.value}, not a number.")
    text = cell.value.strip().strip(_SPACES)
    if cell.kind is CellKind.TRUTH or not text or len(text) > LONGEST_ECHO:
        raise Unclear("not_a_number", f"“{text[:LONGEST_ECHO]}” is not a number.")
    if _LOOSE_MARK.fullmatch(text):
        return _of_float(re.sub(r"[^0-9+-]", "", text))
    if (readings := two_readings(text)) is not None:
        whole, fraction = readings
        message = f"“{text}” may mean {whole} or {fraction}: write {whole} or {fraction}0."
        raise Unclear("ambiguous_number", message)
    if not _NUMBER.fullmatch(text) and not any(pattern.fullmatch(text) for pattern in _GROUPED):
        raise Unclear("not_a_number", f"“{text}” is not a number.")
    return _plain(text)


def two_readings(text: str) -> tuple[str, str] | None:
    """What a number may mean whose mark may part thousands or fractions: `1.200` is 1200 or 1.200; None for others."""
    if not _TWO_WAYS.fullmatch(text):
        return None
    whole, _, part = text.replace(",", ".").partition(".")
    return whole + part, f"{whole}.{part}"


def decimal_mark(text: str) -> str | None:
    """The mark that a number shows to be the one of fractions, `.` or `,`; None where it shows none, or is no number.

    `1.15`, `0.500`, `1200.500`, `12.0000` and `1,234,567` show the point; `1.200` may be either.
    """
    text = text.strip().strip(_SPACES)
    if len(text) > LONGEST_ECHO or two_readings(text) is not None:
        return None
    if _LOOSE_MARK.fullmatch(text):
        return text[-1]
    last = text[max(text.rfind("."), text.rfind(",")) :][:1]
    if last not in {".", ","} or not any(pattern.fullmatch(text) for pattern in (_NUMBER, *_GROUPED)):
        return None
    return last if text.count(last) == 1 else other_mark(last)


def other_mark(mark: str) -> str:
    """The comma for the point, and the other way round."""
    return "," if mark == "." else "."


def must_hold_a_value(cell: Cell) -> None:
    """Raises Unclear for a formula whose value the file does not have, and for an error."""
    if cell.kind is CellKind.FORMULA:
        message = (
            "The cell holds a formula, and the file does not have its value: "
            "save the file in a spreadsheet program, or type the value."
        )
        raise Unclear("formula_without_value", message)
    if cell.kind is CellKind.ERROR:
        raise Unclear("cell_error", f"The cell shows the error {cell.value[:LONGEST_ECHO]}.")


def is_shortened(text: str) -> bool:
    """Whether a code is what a spreadsheet makes of a long number: `5,20123E+12`."""
    return _SCIENTIFIC.fullmatch(text) is not None


def _of_float(text: str) -> str:
    """A number as a workbook stores it: in binary, so that 0.3 may be stored as 0.30000000000000004."""
    try:
        number = Decimal(text)
        if not number.is_finite() or number.adjusted() > _WIDEST:
            raise Unclear("number_out_of_range", f"{text[:LONGEST_ECHO]} is too large a number.")
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
