"""The process that reads workbooks for imports: a file in, the cells of its sheet out as JSON.

It runs with the limits of `limited_process`; what the cells mean is judged by the process that has the bodies.
"""

import traceback

import orjson

from app.doors.imports.packed_sheets import IMPORT_LIMITS, WORKBOOK, packed
from app.ground.sheets.cells import Grid, SheetUnreadable
from app.ground.sheets.workbooks import grids_of_workbook
from app.ground.workers.limited_process import MOST_TOLD, run

CPU_SECONDS = 60
"""20,000 rows of 30 cells take some 10 s."""


def read_sheet(content: bytes) -> bytes:
    """The first visible sheet that holds something, packed as JSON; or `{"refused": [code, message, limit]}`."""
    try:
        return orjson.dumps(packed(_first_sheet(content)))
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


if __name__ == "__main__":
    run({WORKBOOK: read_sheet}, CPU_SECONDS)
