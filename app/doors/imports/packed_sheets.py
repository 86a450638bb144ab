"""A workbook's sheet on its way out of the process that reads it (`workbook_process`), and how much is read of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.ground.sheets.cells import MIB, Cell, CellKind, Grid, Merge, SheetLimits

WORKBOOK = b"w"
"""What a request begins with that is a workbook."""
MOST_ROWS = 20_000
IMPORT_LIMITS = SheetLimits(
    file_bytes=16 * MIB,
    unpacked_bytes=128 * MIB,
    filled_rows=MOST_ROWS + 1,  # and the heading
    last_row=1_048_576,
    columns=200,
    cells=700_000,
    longest_text=32_767,
    texts=32 * MIB,
    sheets=100,
    parts=1_000,
)
"""As much as a spreadsheet's cell and sheet have room for, and what memory the process has."""


def packed(grid: Grid) -> dict[str, Any]:
    """A sheet as JSON can hold it."""
    return {
        "name": grid.name,
        "rows": [[row, list(_packed_cells(grid.rows[row]))] for row in sorted(grid.rows)],
        "merges": [list(merge) for merge in grid.merges],
        "epoch_1904": grid.epoch_1904,
        "hidden_rows": sorted(grid.hidden_rows),
    }


def _packed_cells(cells: Mapping[int, Cell]) -> Iterator[list[Any]]:
    """Column and value of each cell; where it is no text, its kind and how it is shown, too."""
    for column, cell in sorted(cells.items()):
        yield [column, cell.value] if cell.kind is CellKind.TEXT else [column, cell.value, cell.kind, cell.shown]


def sheet_of(sheet: Mapping[str, Any]) -> Grid:
    """A sheet that came out of the process."""
    return Grid(
        sheet["name"],
        {row: {cell[0]: _cell(*cell[1:]) for cell in cells} for row, cells in sheet["rows"]},
        [Merge(*merge) for merge in sheet["merges"]],
        epoch_1904=sheet["epoch_1904"],
        hidden_rows=frozenset(sheet["hidden_rows"]),
    )


def _cell(value: str, kind: str = CellKind.TEXT, shown: str = "") -> Cell:
    return Cell(CellKind(kind), value, shown)
