"""Text on its way into a spreadsheet program: what it must not take for a formula, and what its files cannot hold."""

import re

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
