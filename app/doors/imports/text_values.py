"""A cell's text as the JSON that the body expects. What does not parse stays text, for the model to refuse by name.

Numbers are written as their country writes them: `1,15`, `1 234,50`, `1.234,50`. What may mean two numbers, a thousand
times apart, is refused: `1,200`, and `1.200` where nothing says that the point is not one of thousands. Days likewise:
where no comma parts the columns a day may be written `27.11.2026`.
"""

import re
from typing import Any

import orjson

from app.doors.imports.columns import Column
from app.ground.sheets.cells import Cell, CellKind
from app.ground.sheets.days import day_in
from app.ground.sheets.values import Unclear, number_in, two_readings

_LIST_SEPARATOR = re.compile(r"[|,;\s]+")
"""No number and no date holds one of these; lists of anything else are JSON."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")

_NOISY = re.compile(r"-?[0-9]{1,9}\.[0-9]{10,20}")
"""A decimal as programs write one that calculated with floats: it is read like a number of JSON."""

FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def value_of_text(text: str, column: Column, *, point_is_decimal: bool) -> Any:
    """The value of a text that is not empty. Raises Unclear for a number, or a day, that may be two.

    `point_is_decimal`: where the file's columns are parted by commas, nobody who wrote it has decimal commas: `1.200`
    is 1.2. `1,200` may be either all the same: some programs put decimal commas in quotation marks.
    """
    if text == "null" and column.takes_null:
        return None
    if column.is_number:
        text = _number(text, column, point_is_decimal=point_is_decimal)
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


def _number(text: str, column: Column, *, point_is_decimal: bool) -> str:
    """A number with a decimal point and nothing between its thousands; the text itself where it is no number."""
    readings = two_readings(text)
    if _PLAIN.fullmatch(text) and (point_is_decimal or readings is None):
        return text
    if readings is not None and column.most is not None and abs(float(readings[0])) > column.most:
        return readings[1]  # no latitude is 38208
    try:
        return number_in(Cell(CellKind.TEXT, text))
    except Unclear:
        if readings is not None:
            raise
        return text
