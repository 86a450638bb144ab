"""Text on its way into a spreadsheet program: what it must not take for a formula, and what its files cannot hold.

Why two libraries read and write workbooks: decision 32.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA_START = re.compile("(^|[,;|\t\r\n])([ \"']*)(?=[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a cell may begin: programs differ in what separates two (`;` where the comma is the decimals'), and some find
the separator within a quoted text. Full-width signs count: Japanese editions take them for the plain ones.
"""


def harmless(value: object) -> object:
    """A value of a CSV file that no spreadsheet program takes for a formula, whatever separates cells there.

    A quote comes before what would begin one. Numbers, days, truth and nothing stay as they are.
    """
    return _FORMULA_START.sub(r"\1\2'", value) if isinstance(value, str) else value


def storable(value: object) -> object:
    """A value without the characters that XML, and so a workbook, cannot hold."""
    return _NOT_IN_XML.sub("", value) if isinstance(value, str) else value


def begins_like_a_formula(value: object) -> bool:
    """Whether a program would take a text for a formula once somebody edits its cell: it gets the style of a quote."""
    return isinstance(value, str) and value.startswith(("=", "+", "-", "@"))


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
