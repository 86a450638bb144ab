"""What a person means by a cell that should hold a text or a code."""

import unicodedata

from app.ground.sheets.cells import Cell, CellKind
from app.ground.sheets.values import LONGEST_ECHO, Unclear, is_shortened, must_hold_a_value, number_in

_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})
_FORMULA_STARTS = ("=", "+", "-", "@")


def text_in(cell: Cell, *_: object) -> str:
    """A cell's text as a remark or a name. Whole numbers lose their decimals. Raises Unclear."""
    must_hold_a_value(cell)
    if cell.kind is CellKind.NUMBER:
        return cell.shown or number_in(cell)
    text = cell.value.strip().replace("\x00", "")
    # a CSV file has this before text that a spreadsheet program would read as a formula
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def code_in(cell: Cell, *_: object) -> str:
    """A cell's text as a code: without marks that nobody sees, with the hyphen that codes have.

    Sheets store code 4711 as a number, and show it as their format says: 0042. Raises Unclear.
    """
    text = "".join(char for char in text_in(cell).translate(_HYPHENS) if unicodedata.category(char) != "Cf").strip()
    if is_shortened(text):
        message = (
            f"“{text[:LONGEST_ECHO]}” is what a spreadsheet makes of a long number:"
            " format the column as text, and write the code again."
        )
        raise Unclear("shortened_code", message)
    return text
