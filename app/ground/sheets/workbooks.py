"""A workbook (.xlsx, .xlsm) as cells. Runs in a process with limits (`limited_process`) on what a file can do.

openpyxl reads each sheet cell by cell, so that an empty sheet with one cell at its far end costs nothing. It does not
tell whether a cell holds a formula: `_Parser` adds that.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from openpyxl import load_workbook
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from app.ground.sheets.cells import MIB, Cell, CellKind, Grid, Merge, SheetLimits, SheetUnreadable, column_letters
from app.ground.sheets.file_heads import OLE
from app.ground.sheets.number_formats import shown
from app.ground.sheets.workbook_packages import CONTENT_TYPES, conventional, part_name

MOST_RATIO = 100
RATIO_FROM = MIB
"""Below this size the ratio does not matter: an empty sheet packs well."""

_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DTD = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_TRUE = frozenset({"1", "true", "on"})
_KINDS = {"n": CellKind.NUMBER, "b": CellKind.TRUTH, "e": CellKind.ERROR}
_BROKEN = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError),
    *(zlib.error, IndexError, EOFError, OSError, NotImplementedError, RuntimeError, OverflowError),
)
"""What openpyxl and zipfile are known to raise over files that are not what they should be."""


def grids_of_workbook(content: bytes, limits: SheetLimits, *, only_first: bool = False) -> list[Grid]:
    """Every sheet of a workbook, hidden ones marked as such. Raises SheetUnreadable.

    `only_first`: the first sheet that is not hidden and holds something; none where there is no such sheet.
    """
    if len(content) > limits.file_bytes:
        message = f"The file is larger than {limits.file_bytes // MIB} MiB."
        raise SheetUnreadable("file_too_large", message, file_bytes=limits.file_bytes)
    if content.startswith(OLE):
        raise _old_or_locked(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _must_be_sound(archive, limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that it leaves out: no cells
            return _grids(conventional(content), limits, only_first=only_first)
    except _BROKEN as error:
        raise SheetUnreadable(
            "broken_workbook", "The workbook is damaged, or no workbook: save it anew as .xlsx."
        ) from error


def _old_or_locked(content: bytes) -> SheetUnreadable:
    if _ENCRYPTED_PACKAGE in content:
        return SheetUnreadable("password_protected", "The workbook is locked by a password: save it without one.")
    return SheetUnreadable("old_workbook", "This is a workbook of the old kind (.xls): save it as .xlsx.")


def _must_be_sound(archive: zipfile.ZipFile, limits: SheetLimits) -> None:
    """Refuse by the directory of the ZIP, before anything is unpacked; no entry gives more than it says there."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    names = {part_name(entry).lower() for entry in entries}
    if len(entries) > limits.parts:
        raise SheetUnreadable("broken_workbook", f"The workbook has {len(entries)} parts.", parts=limits.parts)
    if len(names) < len(entries):
        raise SheetUnreadable("broken_workbook", "The workbook has one of its parts twice.")
    if unpacked > limits.unpacked_bytes:
        message = f"The workbook unpacks to {unpacked / MIB:.0f} MiB; {limits.unpacked_bytes // MIB} MiB may be."
        raise SheetUnreadable("unpacks_too_large", message, unpacked_bytes=limits.unpacked_bytes)
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        message = f"The workbook unpacks to more than {MOST_RATIO} times its size."
        raise SheetUnreadable("unpacks_too_large", message, ratio=MOST_RATIO)
    if any(entry.flag_bits & 1 for entry in entries):
        raise SheetUnreadable("password_protected", "The workbook is locked by a password: save it without one.")
    if CONTENT_TYPES.lower() not in names:
        raise SheetUnreadable("not_a_workbook", "The file is no workbook of the kind .xlsx: save it as one, or as CSV.")
    if any(name.startswith("xl/") and name.endswith(".bin") and "workbook" in name for name in names):
        raise SheetUnreadable("not_a_workbook", "This is a binary workbook (.xlsb): save it as .xlsx.")
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels")) and any(mark in archive.read(entry) for mark in _DTD):
            raise SheetUnreadable("broken_workbook", "The workbook declares a document type, which no sheet does.")


def _grids(content: bytes, limits: SheetLimits, *, only_first: bool) -> list[Grid]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets: list[Any] = book.worksheets
    if len(sheets) > limits.sheets:
        message = f"The workbook has {len(sheets)} sheets; {limits.sheets} may be."
        raise SheetUnreadable("too_many_cells", message, sheets=limits.sheets)
    left = limits.cells
    grids: list[Grid] = []
    formulas = _Formulas()
    for sheet in sheets:
        hidden = sheet.sheet_state != "visible"
        if only_first and hidden:
            continue
        grid = _grid_of(sheet, book, replace(limits, cells=left), formulas)
        left -= sum(len(row) for row in grid.rows.values())
        grids.append(grid)
        if only_first and grid.rows:
            break
    if not _was_calculated(book, formulas):
        for row, column in formulas.zeros:
            row[column] = Cell(CellKind.FORMULA, "")
    return [grid for grid in grids if grid.rows] if only_first else grids


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


def _grid_of(sheet: Any, book: Any, limits: SheetLimits, formulas: _Formulas) -> Grid:
    """One sheet; `limits.cells`: as many as the sheets before it have left."""
    read = _Read(limits)
    hidden_rows: set[int] = set()
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
        for number, cells in parser.parse():
            # taken away at once: a sheet that is formatted to its end has a million of them
            if parser.row_dimensions.pop(str(number), {}).get("hidden") in _TRUE:
                hidden_rows.add(number)
            for raw in cells:
                cell = _cell(raw["data_type"], raw["value"], limits.longest_text)
                if cell is None:
                    continue
                if cell.kind is CellKind.NUMBER and raw["style_id"] and formats[raw["style_id"]]:
                    cell = cell._replace(shown=shown(cell.value, _number_format(book, formats[raw["style_id"]])))
                row = read.add(raw["row"], raw["column"], cell)
                if raw["is_formula"] and cell.kind is CellKind.NUMBER and not float(cell.value):
                    formulas.zeros.append((row, raw["column"]))
                elif raw["is_formula"] and cell.kind is not CellKind.FORMULA:
                    formulas.results = True
        merges = list(_merges(parser.merged_cells, limits.merges))
    return Grid(
        str(sheet.title),
        read.rows,
        merges,
        epoch_1904=book.epoch == CALENDAR_MAC_1904,
        hidden=sheet.sheet_state != "visible",
        hidden_rows=frozenset(hidden_rows & read.rows.keys()),
    )


class _Read:
    """The filled cells of a sheet, as far as they have been read: never more than the limits let in."""

    def __init__(self, limits: SheetLimits) -> None:
        self.rows: dict[int, dict[int, Cell]] = {}
        self._limits, self._cells, self._characters = limits, 0, 0

    def add(self, row: int, column: int, cell: Cell) -> dict[int, Cell]:
        """The row that the cell was put into. Raises SheetUnreadable past a limit."""
        cells = self.rows.setdefault(row, {})
        cells[column] = cell
        self._cells += 1
        self._characters += len(cell.value)
        limits = self._limits
        sizes = (
            ("filled_rows", len(self.rows), limits.filled_rows, "filled rows"),
            ("last_row", row, limits.last_row, "rows"),
            ("columns", column, limits.columns, "columns"),
            ("cells", self._cells, limits.cells, "filled cells"),
            ("texts", self._characters, limits.texts, "characters"),
        )
        for name, size, limit, noun in sizes:
            if size > limit:
                message = f"The sheet is filled in up to {column_letters(column)}{row}: {limit} {noun} may be."
                raise SheetUnreadable("too_many_cells", message, **{name: limit})
        return cells


def _number_format(book: Any, number: int) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return BUILTIN_FORMATS.get(number, "")
    own = book._number_formats  # noqa: SLF001
    index = number - BUILTIN_FORMATS_MAX_SIZE
    return str(own[index]) if index < len(own) else ""


def _cell(data_type: str, value: Any, longest_text: int) -> Cell | None:
    if data_type == "f":
        return Cell(CellKind.FORMULA, "")
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return Cell(CellKind.TRUTH, str(value).upper())
    if isinstance(value, date | time | timedelta):
        return _moment(value)
    return Cell(_KINDS.get(data_type, CellKind.TEXT), str(value)[:longest_text])


def _moment(value: date | time | timedelta) -> Cell:
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return Cell(CellKind.DATE, value.date().isoformat() if midnight else value.isoformat(sep=" "))
    return Cell(CellKind.DATE if isinstance(value, date) else CellKind.TIME, str(value))


def _merges(merged: Any, most: int) -> Iterator[Merge]:
    ranges = list(merged.mergeCell) if merged is not None else []
    if len(ranges) > most:
        message = f"The sheet has {len(ranges)} merged ranges; {most} may be."
        raise SheetUnreadable("too_many_cells", message, merges=most)
    for range_ in ranges:
        yield Merge(range_.min_row, range_.min_col, range_.max_row, range_.max_col)
