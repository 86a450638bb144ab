"""A workbook's cell as the JSON that the body expects: by what the cell holds, never by what its text looks like."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.doors.imports.columns import Column
from app.doors.imports.text_values import FLAGS, day_of, scalar_of, value_of_text
from app.ground.sheets.cells import Cell, CellKind
from app.ground.sheets.values import Unclear, must_hold_a_value, number_in

MOST_DIGITS = 15
"""A spreadsheet keeps no more of a number: the further digits of a longer code are lost."""

_TIME = re.compile(r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}(?:\.[0-9]+)?))?")
_DAY_SECONDS = 86_400


def value_of_cell(cell: Cell, column: Column, *, epoch_1904: bool, mark: str | None = None) -> Any:
    """The value of a filled cell. Raises Unclear for one without a value, or whose value the column cannot mean.

    `mark`: the one of fractions, as the numbers that the column has as texts show it.
    """
    must_hold_a_value(cell)
    if cell.kind is CellKind.TEXT and cell.value.strip() == "null" and column.takes_null:
        return None
    if "array" in column.types and cell.kind is not CellKind.TEXT:
        days = "date" in column.formats
        item = column._replace(types=frozenset({"string" if days else "integer"}), is_day=days, is_number=not days)
        return [value_of_cell(cell, item, epoch_1904=epoch_1904)]
    if column.is_day:
        return day_of(cell, epoch_1904=epoch_1904)
    for name, reader in _BY_FORMAT.items():
        if name in column.formats:
            return reader(cell)
    if cell.kind is CellKind.TEXT:
        return value_of_text(cell.value.strip(), column, point_is_decimal=False, mark=mark)
    return _BY_KIND[cell.kind](cell, column)


def _of_truth(cell: Cell, column: Column) -> Any:
    return cell.value == "TRUE" if "boolean" in column.types else cell.value


def _of_number(cell: Cell, column: Column) -> Any:
    number = number_in(cell)
    if column.is_number:
        return number if "string" in column.types else scalar_of(number)
    if "boolean" in column.types:
        return FLAGS.get(number, number)
    if len(number.lstrip("-").partition(".")[0]) > MOST_DIGITS:
        message = (
            f"{number} has more digits than a spreadsheet keeps of a number:"
            " format the column as text, and write it again."
        )
        raise Unclear("shortened_code", message)
    return cell.shown or number


def _of_moment(cell: Cell, column: Column) -> Any:
    """What a spreadsheet makes of the code 1-2, or of the price 1.15, as soon as it is typed."""
    noun = "date" if cell.kind is CellKind.DATE else "time"
    meant = "a number" if column.is_number else "a text"
    message = (
        f"The cell holds the {noun} {cell.value}, where {meant} is meant: format the column, and write the value again."
    )
    raise Unclear(f"{noun}_in_cell", message)


def _instant(cell: Cell) -> str:
    if cell.kind is CellKind.DATE:
        message = (
            f"The cell holds {cell.value}, and no cell of a spreadsheet says in which time zone:"
            " write it as text, like 2026-11-23T06:00:00+02:00."
        )
        raise Unclear("no_offset", message)
    return cell.value.strip()


def _wall_time(cell: Cell) -> str:
    """A time of day to the second: 17:00 may be stored as a little less than it."""
    text = cell.value.strip()
    if cell.kind is CellKind.NUMBER and 0 < float(text) < 1:
        return _clock(round(float(text) * _DAY_SECONDS))
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    seconds = round(float(match["second"] or 0))
    return _clock((int(match["hour"]) * 60 + int(match["minute"])) * 60 + seconds)


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


_BY_FORMAT: Mapping[str, Callable[[Cell], str]] = {"date-time": _instant, "wall-time": _wall_time}
_BY_KIND: Mapping[CellKind, Callable[[Cell, Column], Any]] = {
    CellKind.NUMBER: _of_number,
    CellKind.TRUTH: _of_truth,
    CellKind.DATE: _of_moment,
    CellKind.TIME: _of_moment,
}
