"""A workbook (.xlsx, .xlsm) as cells. Runs in a process with limits (`form_reader`) on what a file can do.

openpyxl reads each sheet cell by cell, so that an empty sheet with one cell at its far end costs nothing. It does not
tell whether a cell holds a formula: `_Parser` adds that.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from app.doors.order_inbox.forms.cells import (
    LONGEST_TEXT,
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    CellKind,
    FormUnreadable,
    Grid,
    Merge,
)
from app.doors.order_inbox.forms.number_formats import shown
from app.doors.order_inbox.forms.workbook_packages import CONTENT_TYPES, conventional, part_name

MIB = 1024 * 1024
MOST_BYTES = 4 * MIB
MOST_UNPACKED = 24 * MIB
MOST_RATIO = 100
RATIO_FROM = MIB
"""Below this size the ratio does not matter: an empty sheet packs well."""
MOST_ENTRIES, MOST_SHEETS, MOST_MERGES = 300, 20, 1_000

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DTD = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_KINDS = {"n": CellKind.NUMBER, "d": CellKind.DATE, "b": CellKind.TRUTH, "e": CellKind.ERROR}
_BROKEN = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError),
    *(zlib.error, IndexError, EOFError, OSError, NotImplementedError, RuntimeError, OverflowError),
)
"""What openpyxl and zipfile are known to raise over files that are not what they should be."""


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook, or else another ZIP or OLE file: not a text file."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE))


def grids_of_workbook(content: bytes) -> list[Grid]:
    """Every sheet of a workbook, hidden ones marked as such. Raises FormUnreadable."""
    if len(content) > MOST_BYTES:
        raise FormUnreadable("file_too_large", f"The file is larger than {MOST_BYTES // MIB} MiB.")
    if content.startswith(_OLE):
        raise _old_or_locked(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _must_be_sound(archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that it leaves out: no cells
            return _grids(conventional(content))
    except _BROKEN as error:
        raise FormUnreadable(
            "broken_workbook", "The workbook is damaged, or no workbook: save it anew as .xlsx."
        ) from error


def _old_or_locked(content: bytes) -> FormUnreadable:
    if _ENCRYPTED_PACKAGE in content:
        return FormUnreadable("password_protected", "The workbook is locked by a password: save it without one.")
    return FormUnreadable("old_workbook", "This is a workbook of the old kind (.xls): save it as .xlsx.")


def _must_be_sound(archive: zipfile.ZipFile) -> None:
    """Refuse by the directory of the ZIP, before anything is unpacked; no entry gives more than it says there."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    names = {part_name(entry).lower() for entry in entries}
    if len(entries) > MOST_ENTRIES or len(names) < len(entries):
        raise FormUnreadable("broken_workbook", "The workbook has too many parts, or one of them twice.")
    if unpacked > MOST_UNPACKED or (unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1)):
        message = f"The workbook unpacks to {unpacked / MIB:.0f} MiB: that is no order form."
        raise FormUnreadable("unpacks_too_large", message)
    if any(entry.flag_bits & 1 for entry in entries):
        raise FormUnreadable("password_protected", "The workbook is locked by a password: save it without one.")
    if CONTENT_TYPES.lower() not in names:
        raise FormUnreadable("not_a_workbook", "The file is no workbook of the kind .xlsx: save it as one, or as CSV.")
    if any(name.startswith("xl/") and name.endswith(".bin") and "workbook" in name for name in names):
        raise FormUnreadable("not_a_workbook", "This is a binary workbook (.xlsb): save it as .xlsx.")
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")) and any(mark in archive.read(entry) for mark in _DTD):
            raise FormUnreadable("broken_workbook", "The workbook declares a document type, which no sheet does.")


def _grids(content: bytes) -> list[Grid]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets: list[Any] = book.worksheets
    if len(sheets) > MOST_SHEETS:
        raise FormUnreadable("too_many_cells", f"The workbook has {len(sheets)} sheets; a form has one.")
    left = MOST_CELLS
    grids: list[Grid] = []
    formulas = _Formulas()
    for sheet in sheets:
        rows, merges = _cells_of(sheet, book, left, formulas)
        left -= sum(len(row) for row in rows.values())
        hidden = sheet.sheet_state != "visible"
        grids.append(Grid(str(sheet.title), rows, merges, epoch_1904=book.epoch == CALENDAR_MAC_1904, hidden=hidden))
    if not _was_calculated(book, formulas):
        for row, column in formulas.zeros:
            row[column] = Cell(CellKind.FORMULA, "")
    return grids


@dataclass(slots=True)
class _Formulas:
    """What a workbook has beside its formulas: the cells with 0, and whether any has something else."""

    zeros: list[tuple[dict[int, Cell], int]] = field(default_factory=list)
    results: bool = False


def _was_calculated(book: Any, formulas: _Formulas) -> bool:
    """Whether the 0 beside a formula is what came out of it: programs that calculate nothing write 0 beside each.

    These ask for a calculation on load, or have neither another result nor the chain that a calculation leaves.
    """
    if book.calculation is not None and book.calculation.fullCalcOnLoad:
        return False
    return formulas.results or any("calcchain" in name.lower() for name in book._archive.namelist())  # noqa: SLF001


class _Parser(WorkSheetParser):
    """openpyxl's parser, which also tells formulas: by the type `f` those whose value the file does not have."""

    def parse_cell(self, element: Element) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        cell["is_formula"] = element.find(FORMULA_TAG) is not None
        # a formula with an empty text as its result has an empty value
        unknown = cell["value"] is None and cell["is_formula"]
        if unknown and not (element.get("t") == "str" and element.find(VALUE_TAG) is not None):
            cell["data_type"] = "f"
        return cell


def _cells_of(
    sheet: Any, book: Any, most_cells: int, formulas: _Formulas
) -> tuple[dict[int, dict[int, Cell]], list[Merge]]:
    rows: dict[int, dict[int, Cell]] = {}
    count = 0
    formats = [style.numFmtId for style in book._cell_styles]  # noqa: SLF001
    with sheet._get_source() as source:  # noqa: SLF001 # openpyxl has no other name for the sheet's part
        parser = _Parser(
            source,
            sheet._shared_strings,  # noqa: SLF001
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001
        )
        for _, cells in parser.parse():
            for raw in cells:
                cell = _cell(raw["data_type"], raw["value"])
                if cell is None:
                    continue
                count += 1
                if raw["row"] > MOST_ROWS or raw["column"] > MOST_COLUMNS or count > most_cells:
                    raise _beyond(raw["row"], raw["column"])
                if cell.kind is CellKind.NUMBER and raw["style_id"] and formats[raw["style_id"]]:
                    cell = cell._replace(shown=shown(cell.value, _number_format(book, formats[raw["style_id"]])))
                row = rows.setdefault(raw["row"], {})
                row[raw["column"]] = cell
                if raw["is_formula"] and cell.kind is CellKind.NUMBER and not float(cell.value):
                    formulas.zeros.append((row, raw["column"]))
                elif raw["is_formula"] and cell.kind is not CellKind.FORMULA:
                    formulas.results = True
        merges = list(_merges(parser.merged_cells))
    return rows, merges


def _number_format(book: Any, number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return BUILTIN_FORMATS.get(number, "")
    own = book._number_formats  # noqa: SLF001
    index = number - BUILTIN_FORMATS_MAX_SIZE
    return str(own[index]) if index < len(own) else ""


def _beyond(row: int, column: int) -> FormUnreadable:
    return FormUnreadable(
        "too_many_cells",
        f"The sheet is filled in up to {get_column_letter(column)}{row}: a form has {MOST_ROWS} rows, {MOST_COLUMNS}"
        f" columns and {MOST_CELLS} filled cells at the most.",
    )


def _cell(data_type: str, value: Any) -> Cell | None:
    if data_type == "f":
        return Cell(CellKind.FORMULA, "")
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return Cell(CellKind.TRUTH, str(value).upper())
    if isinstance(value, datetime):
        midnight = value.time() == datetime.min.time()
        return Cell(CellKind.DATE, value.date().isoformat() if midnight else value.isoformat(sep=" "))
    if isinstance(value, date):
        return Cell(CellKind.DATE, value.isoformat())
    kind = _KINDS.get(data_type, CellKind.TEXT)
    # a time of day, or a span of time, is neither a number nor a day
    return Cell(CellKind.TEXT if kind is CellKind.DATE else kind, str(value)[:LONGEST_TEXT])


def _merges(merged: Any) -> Iterator[Merge]:
    ranges = list(merged.mergeCell) if merged is not None else []
    if len(ranges) > MOST_MERGES:
        raise FormUnreadable("too_many_cells", f"The sheet has {len(ranges)} merged ranges; {MOST_MERGES} may be.")
    for range_ in ranges:
        yield Merge(range_.min_row, range_.min_col, range_.max_row, range_.max_col)
