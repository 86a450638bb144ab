"""A cell's text as the JSON that the body expects. What does not parse stays text, for the model to refuse by name.

Numbers are written as their country writes them: `1,15`, `1 234,50`, `1.234,50`. What may mean two numbers, a thousand
times apart, is read as the other numbers of its column show: beside `1.15` or `0.5` the point is the mark of fractions
in `1.200`, too. Where none shows it, it is refused: `1,200`, and `1.200` where no commas part the columns. Days
likewise: where no comma parts the columns a day may be written `27.11.2026`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from app.doors.imports.columns import Column
from app.ground.sheets.cells import Cell, CellKind
from app.ground.sheets.days import day_in
from app.ground.sheets.values import Unclear, decimal_mark, number_in, other_mark, two_readings

_LIST_SEPARATOR = re.compile(r"[|,;\s]+")
"""No number and no date holds one of these; lists of anything else are JSON."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")

_NOISY = re.compile(r"-?[0-9]{1,9}\.[0-9]{10,20}")
"""A decimal as programs write one that calculated with floats: it is read like a number of JSON."""

FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def decimal_marks(rows: Iterable[Mapping[str, str]], columns: Mapping[str, Column]) -> dict[str, str]:
    """The mark of fractions in each column of numbers, by its name; none where its numbers show none, or both.

    `rows`: their texts by column.
    """
    marks: dict[str, set[str]] = {}
    for row in rows:
        for name, text in row.items():
            if columns[name].is_number and (mark := _mark_in(text, columns[name])) is not None:
                marks.setdefault(name, set()).add(mark)
    return {name: next(iter(shown)) for name, shown in marks.items() if len(shown) == 1}


def _mark_in(text: str, column: Column) -> str | None:
    readings = two_readings(text)
    if readings is None:
        return decimal_mark(text)
    meant, own = _possible(readings, column), "." if "." in text else ","
    return None if meant is None else own if meant == readings[1] else other_mark(own)


def value_of_text(text: str, column: Column, *, point_is_decimal: bool, mark: str | None = None) -> Any:
    """The value of a text that is not empty. Raises Unclear for a number, or a day, that may be two.

    `point_is_decimal`: where the file's columns are parted by commas, nobody who wrote it has decimal commas: `1.200`
    is 1.2. `1,200` may be either all the same: some programs put decimal commas in quotation marks. `mark`: the one of
    fractions, as the column's other numbers show it.
    """
    if text == "null" and column.takes_null:
        return None
    if column.is_number:
        text = _number(text, column, mark, point_is_decimal=point_is_decimal)
    if column.is_day and not point_is_decimal:
        return day_of(Cell(CellKind.TEXT, text))
    if "string" in column.types:
        return float(text) if "number" in column.types and _NOISY.fullmatch(text) else text
    if "array" in column.types and not text.startswith("["):
        return [scalar_of(part) for part in _LIST_SEPARATOR.split(text) if part]
    if "boolean" in column.types:
        return FLAGS.get(text.lower(), text)
    return scalar_of(text)


def day_of(cell: Cell, *, epoch_1904: bool = False) -> str:
    """A day in ISO 8601: as it stands, whatever its year, or else as a person means it. Raises Unclear."""
    text = cell.value.strip()
    return text if _DAY.fullmatch(text) else day_in(cell, epoch_1904=epoch_1904)


def scalar_of(text: str) -> Any:
    """A JSON value, or the text where it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _number(text: str, column: Column, mark: str | None, *, point_is_decimal: bool) -> str:
    """A number with a decimal point and nothing between its thousands; the text itself where it is no number."""
    readings = two_readings(text)
    if readings is None:
        if _PLAIN.fullmatch(text):
            return text
        try:
            return number_in(Cell(CellKind.TEXT, text))
        except Unclear:
            return text
    own = "." if "." in text else ","
    mark = mark or ("." if point_is_decimal and own == "." else None)
    meant = _possible(readings, column)
    if meant is None and mark is not None:
        meant = readings[own == mark]
    return number_in(Cell(CellKind.TEXT, text)) if meant is None else meant.lstrip("+")


def _possible(readings: tuple[str, str], column: Column) -> str | None:
    """The only one of a number's two readings that its column can hold; None where it can hold both."""
    whole, fraction = readings
    if column.most is not None and abs(float(whole)) > column.most:
        return fraction  # no latitude is 38208
    is_whole = column.types <= {"integer", "null"}
    return whole if is_whole and not float(fraction).is_integer() else None
