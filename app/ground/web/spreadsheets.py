"""Text on its way into a spreadsheet program: what it must not take for a formula, and what its files cannot hold.

Why two libraries read and write workbooks: decision 32.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Cell = str | bool | None


def harmless(value: object) -> Cell:
    """A value as a cell that no spreadsheet program takes for a formula: a quote before what looks like one."""
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def storable(value: object) -> object:
    """A value without the characters that XML, and so a workbook, cannot hold. An `=` behind one comes first then."""
    return _NOT_IN_XML.sub("", value) if isinstance(value, str) else value


def put(sheet: Any, row: int, column: int, value: object, style: Any = None) -> None:
    """A value into a cell of an XlsxWriter sheet, both counted from 0 on: text stays text, whatever it looks like.

    None and "" leave the cell empty, in its style. Numbers get 15 digits, as spreadsheet programs have them.
    """
    match value:
        case None | "":
            sheet.write_blank(row, column, None, style)
        case bool():
            sheet.write_boolean(row, column, value, style)
        case Decimal() | int():
            sheet.write_number(row, column, float(value), style)
        case date():
            sheet.write_datetime(row, column, value, style)
        case _:
            sheet.write_string(row, column, _plain(str(storable(value))), style)


def _plain(text: str) -> str:
    """XlsxWriter takes a text from `<r>` to `</r>` for markup that is ready to be written."""
    return f'<r><t xml:space="preserve">{escape(text)}</t></r>' if text.startswith("<r>") else text
