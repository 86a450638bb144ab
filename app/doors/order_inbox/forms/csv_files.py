"""A CSV file as cells: its encoding and its delimiter found by fixed rules, so that the same bytes read the same."""

import codecs
import csv
import io
import re

from app.doors.order_inbox.forms.cells import (
    LONGEST_TEXT,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    CellKind,
    FormUnreadable,
    Grid,
)

MOST_BYTES = 2 * 1024 * 1024
LONGEST_LINE = 64 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BEYOND = re.compile(b"[\xc0-\xff]")
_MIXED = re.compile(b"(?<=[A-Za-z])[\xc0-\xff]|[\xc0-\xff](?=[A-Za-z])")
_GREEK_ACCENTS = re.compile(b"[\xdc-\xdf]")
_CYRILLIC_LETTERS = re.compile(b"[\xc0\xe0\xff]")
_DELIMITERS = ";\t,"
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def grid_of_csv(content: bytes) -> Grid:
    """The file as one grid, each cell as text. Raises FormUnreadable."""
    if len(content) > MOST_BYTES:
        raise FormUnreadable("file_too_large", f"The file is larger than {MOST_BYTES // 1024 // 1024} MiB.")
    text = decoded(content)
    if _CONTROLS.search(text):
        raise FormUnreadable("not_a_text_file", "The file is neither a workbook nor a text file.")
    lines = text.splitlines()
    if any(len(line) > LONGEST_LINE for line in lines):
        raise FormUnreadable("line_too_long", f"A line of the file has more than {LONGEST_LINE} characters.")
    rows: dict[int, dict[int, Cell]] = {}
    count = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(lines), strict=True)
        for number, values in enumerate(reader, 1):
            if number > MOST_ROWS or len(values) > MOST_COLUMNS:
                message = f"The file has more than {MOST_ROWS} lines or {MOST_COLUMNS} columns."
                raise FormUnreadable("too_many_cells", message)
            cells = {
                column: Cell(CellKind.TEXT, value[:LONGEST_TEXT]) for column, value in enumerate(values, 1) if value
            }
            count += len(cells)
            if count > MOST_CELLS:
                raise FormUnreadable("too_many_cells", f"The file has more than {MOST_CELLS} filled cells.")
            if cells:
                rows[number] = cells
    except csv.Error as error:
        raise FormUnreadable("broken_csv", f"The file is no sound CSV file: {error}.") from error
    return Grid("file", rows, lettered=False)


def decoded(content: bytes) -> str:
    """The text of a file. A byte order mark decides; then UTF-16 by its NULs; then UTF-8; then a code page.

    See `_by_code_page`. Raises FormUnreadable.
    """
    try:
        for mark, name in _MARKS:
            if content.startswith(mark):
                return content.decode(name)
        if (without_mark := _utf16_without_mark(content)) is not None:
            return content.decode(without_mark)
    except UnicodeDecodeError as error:
        raise FormUnreadable("wrong_encoding", "The text of the file cannot be decoded.") from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _by_code_page(content)


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


def _by_code_page(content: bytes) -> str:
    """Windows' code pages share their bytes: the words show which is meant.

    Western words mix a few letters beyond ASCII with ASCII letters; Greek and Cyrillic words have no ASCII letters.
    Of those two, Greek accents nearly every word, by bytes that are rare capitals in Cyrillic; the Cyrillic а and я
    are bytes that Greek hardly uses.
    """
    beyond = len(_BEYOND.findall(content))
    if len(_MIXED.findall(content)) * 2 > beyond:
        return content.decode("windows-1252", "replace")
    greek, cyrillic = len(_GREEK_ACCENTS.findall(content)), len(_CYRILLIC_LETTERS.findall(content))
    return content.decode("windows-1253" if greek > cyrillic else "windows-1251", "replace")


def _delimiter(lines: list[str]) -> str:
    """The delimiter that splits the file's first lines into most fields; on a tie the first of `; tab ,`."""
    head = lines[:50]
    return max(_DELIMITERS, key=lambda mark: (sum(line.count(mark) for line in head), -_DELIMITERS.index(mark)))
