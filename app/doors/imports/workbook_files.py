"""A workbook's sheet as the rows of an import: a heading, and a row of the sheet for each thing that it brings.

What nobody sees is not imported, and what cannot be meant by one cell is not guessed: rows that are hidden, cells under
no heading, and merges over several columns reject their rows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.doors.imports.cell_values import value_of_cell
from app.doors.imports.columns import Column, columns_of, row_of
from app.doors.imports.errors import FileUnreadable
from app.doors.imports.files import FileRow, checked, columns_in
from app.doors.imports.text_values import decimal_marks
from app.ground.errors import FieldProblem
from app.ground.sheets.cells import Cell, CellKind, Grid, Merge, column_letters
from app.ground.sheets.values import Unclear, must_hold_a_value

HIDDEN = FieldProblem("", "hidden_row", "The row is hidden, by hand or by a filter: show it, or delete it.")


def rows_of_sheet(sheet: Grid, model: type[BaseModel]) -> list[FileRow]:
    """The rows below the heading, which is the first row that is not blank. Raises FileUnreadable for the heading."""
    rows = {row: cells for row, cells in sheet.rows.items() if not _is_blank(cells)}
    if not rows:
        return []
    heading, *places = sorted(rows)
    columns = _heading(heading, rows[heading], model)
    merges = [merge for merge in sheet.merges if merge.first_row > heading]
    texts = (_texts(rows[row], columns) for row in places if row not in sheet.hidden_rows)
    marks = decimal_marks(texts, columns_of(model))
    merges_by_row = _merges_by_row(merges, rows)
    return [_file_row(sheet, row, rows[row], columns, merges_by_row.get(row, ()), marks, model) for row in places]


def _merges_by_row(merges: Sequence[Merge], rows: Mapping[int, Any]) -> dict[int, list[Merge]]:
    """The merges that each filled row belongs to, so that no row has to look through all of them."""
    places = sorted(rows)
    by_row: dict[int, list[Merge]] = {}
    for merge in merges:
        first, last = bisect_left(places, merge.first_row), bisect_right(places, merge.last_row)
        for row in places[first:last]:
            by_row.setdefault(row, []).append(merge)
    return by_row


def _texts(cells: Mapping[int, Cell], columns: Mapping[int, str]) -> dict[str, str]:
    return {columns[at]: cell.value for at, cell in cells.items() if at in columns and _is_text(cell)}


def _is_blank(cells: Mapping[int, Cell]) -> bool:
    return all(cell.kind is CellKind.TEXT and not cell.value.strip() for cell in cells.values())


def _heading(row: int, cells: Mapping[int, Cell], model: type[BaseModel]) -> dict[int, str]:
    """The sheet's columns by their number."""
    filled = {column: cell for column, cell in sorted(cells.items()) if cell.value.strip() or not _is_text(cell)}
    for column, cell in filled.items():
        try:
            must_hold_a_value(cell)
        except Unclear as error:
            problem = FieldProblem(f"/header/{_place(row, column)}", error.code, error.message)
            raise FileUnreadable("The header of the file is not right.", errors=[problem]) from error
    names = columns_in([cell.value for cell in filled.values()], model)
    return dict(zip(filled, names, strict=True))


def _is_text(cell: Cell) -> bool:
    return cell.kind is CellKind.TEXT


def _file_row(
    sheet: Grid,
    row: int,
    cells: Mapping[int, Cell],
    columns: Mapping[int, str],
    merges: Sequence[Merge],
    marks: Mapping[str, str],
    model: type[BaseModel],
) -> FileRow:
    problems = list(_misplaced(row, cells, columns, merges))
    filled = {**_merged(sheet, row, merges), **cells}
    places = {columns[column]: column for column in filled if column in columns}
    values = {name: filled[column] for name, column in places.items() if not _is_blank({column: filled[column]})}

    def value(cell: Cell, column: Column) -> Any:
        try:
            return value_of_cell(cell, column, epoch_1904=sheet.epoch_1904, mark=marks.get(column.name))
        except Unclear as error:
            raise Unclear(error.code, f"{_place(row, places[column.name])}: {error.message}") from error

    raw, unclear = row_of(model, values, value)
    if row in sheet.hidden_rows:
        return FileRow(row, raw, None, (HIDDEN,))
    return checked(row, raw, model, [*problems, *unclear])


def _misplaced(
    row: int, cells: Mapping[int, Cell], columns: Mapping[int, str], merges: Sequence[Merge]
) -> Iterator[FieldProblem]:
    """What stands where no column says what it means."""
    for column in cells:
        if column not in columns and not _is_blank({column: cells[column]}):
            yield FieldProblem("", "ragged", f"{_place(row, column)} stands under no heading.")
    for merge in merges:
        covers = [column for column in columns if merge.first_column <= column <= merge.last_column]
        if merge.first_column < merge.last_column and covers:
            place = f"{_place(merge.first_row, merge.first_column)}:{_place(merge.last_row, merge.last_column)}"
            message = f"{place} is merged over several columns: take it apart, and write each value in its own cell."
            yield FieldProblem("", "merged_cells", message)


def _merged(sheet: Grid, row: int, merges: Sequence[Merge]) -> dict[int, Cell]:
    """The cells of a row that are merged with one above them: a person sees its value beside each row."""
    return {
        merge.first_column: cell
        for merge in merges
        if merge.first_row < row and merge.first_column == merge.last_column
        if (cell := sheet.rows.get(merge.first_row, {}).get(merge.first_column)) is not None
    }


def _place(row: int, column: int) -> str:
    return f"{column_letters(column)}{row}"
