"""The process that reads workbooks for imports: a file in, the cells of its sheet out as JSON.

It runs with the limits of `limited_process`; what the cells mean is judged by the process that has the bodies.
"""

import traceback
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from app.ground.sheets.cells import MIB, Cell, CellKind, Grid, Merge, SheetLimits, SheetUnreadable
from app.ground.sheets.workbooks import grids_of_workbook
from app.ground.workers.limited_process import MOST_TOLD, run

WORKBOOK = b"w"
"""What a request begins with that is a workbook."""
MOST_ROWS = 20_000
CPU_SECONDS = 60
"""20,000 rows of 30 cells take some 10 s."""
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


def read_sheet(content: bytes) -> bytes:
    """The first visible sheet that holds something, as JSON (`sheet_of`); or `{"refused": [code, message, limit]}`."""
    try:
        return orjson.dumps(_packed(_first_sheet(content)))
    except SheetUnreadable as error:
        return orjson.dumps({"refused": [error.code, error.message, error.limit]})
    except (MemoryError, RecursionError):
        message = "The workbook takes more memory to read than an import may."
        return orjson.dumps({"refused": ["takes_too_much_memory", message, {}]})
    except Exception:  # noqa: BLE001 # told to the parent, which logs it: this process has no log of its own
        unforeseen = traceback.format_exc()[-MOST_TOLD:]
        refused = ["unreadable", "The workbook cannot be read.", {}]
        return orjson.dumps({"refused": refused, "unforeseen": unforeseen})


def _first_sheet(content: bytes) -> Grid:
    for sheet in grids_of_workbook(content, IMPORT_LIMITS, only_first=True):
        return sheet
    raise SheetUnreadable("no_sheet", "The workbook has no visible sheet with anything in it.")


def _packed(grid: Grid) -> dict[str, Any]:
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


def sheet_of(packed: Mapping[str, Any]) -> Grid:
    """A sheet that came out of the process."""
    return Grid(
        packed["name"],
        {row: {cell[0]: _cell(*cell[1:]) for cell in cells} for row, cells in packed["rows"]},
        [Merge(*merge) for merge in packed["merges"]],
        epoch_1904=packed["epoch_1904"],
        hidden_rows=frozenset(packed["hidden_rows"]),
    )


def _cell(value: str, kind: str = CellKind.TEXT, shown: str = "") -> Cell:
    return Cell(CellKind(kind), value, shown)


if __name__ == "__main__":
    run({WORKBOOK: read_sheet}, CPU_SECONDS)
