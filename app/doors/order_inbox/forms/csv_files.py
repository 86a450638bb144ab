"""A CSV file as cells: its encoding and its delimiter found by fixed rules, so that the same bytes read the same."""

import codecs
import csv
import io
import re

from app.doors.order_inbox.forms.code_pages import code_page
from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.ground.sheets.cells import Cell, CellKind, Grid, SheetUnreadable

MOST_BYTES = 2 * 1024 * 1024
LONGEST_LINE = 64 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    r"windows-125[0-8]|cp125[0-8]|iso-8859-(?:[2-9]|1[0-6])|koi8-[ru]|cp(?:737|852|866|869)", re.IGNORECASE
)
"""Encodings that nobody declares by accident, as mail programs do with Latin letters (ISO 8859-1)."""
_DELIMITERS = ";\t,"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def grid_of_csv(content: bytes, charset: str = "") -> Grid:
    """The file as one grid, each cell as text; `charset`: what its mail declares. Raises SheetUnreadable."""
    if len(content) > MOST_BYTES:
        raise SheetUnreadable("file_too_large", f"The file is larger than {MOST_BYTES // 1024 // 1024} MiB.")
    text = decoded(content, charset)
    if _CONTROLS.search(text):
        raise SheetUnreadable("not_a_text_file", "The file is neither a workbook nor a text file.")
    lines = text.splitlines()
    if any(len(line) > LONGEST_LINE for line in lines):
        raise SheetUnreadable("line_too_long", f"A line of the file has more than {LONGEST_LINE} characters.")
    rows: dict[int, dict[int, Cell]] = {}
    count = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(lines), strict=True)
    try:
        for number, values in enumerate(reader, 1):
            if number > FORM_LIMITS.last_row or len(values) > FORM_LIMITS.columns:
                message = f"The file has more than {FORM_LIMITS.last_row} lines or {FORM_LIMITS.columns} columns."
                raise SheetUnreadable("too_many_cells", message)
            cells = {
                column: Cell(CellKind.TEXT, value[: FORM_LIMITS.longest_text])
                for column, value in enumerate(values, 1)
                if value
            }
            count += len(cells)
            if count > FORM_LIMITS.cells:
                raise SheetUnreadable("too_many_cells", f"The file has more than {FORM_LIMITS.cells} filled cells.")
            if cells:
                rows[number] = cells
    except csv.Error as error:
        message = (
            f"The file is no sound CSV file: look at the quotation marks in line {max(reader.line_num, 1)}."
            " One that belongs to a text is written twice, and the text stands in quotation marks."
        )
        raise SheetUnreadable("broken_csv", message) from error
    return Grid("file", rows, lettered=False)


def decoded(content: bytes, charset: str = "") -> str:
    """The text of a file. A byte order mark decides; then UTF-16 by its NULs; then UTF-8; then a code page.

    That is the declared one, or else the likeliest (`code_pages`). Raises SheetUnreadable.
    """
    try:
        for mark, name in _MARKS:
            if content.startswith(mark):
                return content.decode(name)
        if (without_mark := _utf16_without_mark(content)) is not None:
            return content.decode(without_mark)
    except UnicodeDecodeError as error:
        raise SheetUnreadable("wrong_encoding", "The text of the file cannot be decoded.") from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        name = charset if _DECLARED.fullmatch(charset) else code_page(content)
        return content.decode(name, "replace")


def _utf16_without_mark(content: bytes) -> str | None:
    """Text that is mostly ASCII has a NUL in every other byte, all of them on one side."""
    sample = content[:4096]
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.1 else None


def _delimiter(lines: list[str]) -> str:
    """The delimiter that splits the file's first lines into most fields; on a tie the first of `; tab ,`."""
    head = lines[:50]
    return max(_DELIMITERS, key=lambda mark: (sum(line.count(mark) for line in head), -_DELIMITERS.index(mark)))
