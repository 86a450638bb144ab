"""The process that reads order forms: files in, what they say out as JSON (`limited_process` runs it)."""

import traceback

import orjson

from app.doors.order_inbox.forms.csv_files import grid_of_csv
from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.doors.order_inbox.forms.form_requests import FORM, parts_of_request
from app.doors.order_inbox.forms.understanding import understand
from app.ground.sheets.cells import SheetUnreadable
from app.ground.sheets.file_heads import is_workbook
from app.ground.sheets.workbooks import grids_of_workbook
from app.ground.workers.limited_process import MOST_TOLD, run


def read_form(request: bytes) -> bytes:
    """What one file says, as JSON: a `ReadSheet`, or `{"unreadable": [code, message]}`."""
    try:
        content, charset, received = parts_of_request(request)
        grids = grids_of_workbook(content, FORM_LIMITS) if is_workbook(content) else [grid_of_csv(content, charset)]
        return orjson.dumps(understand(grids, received))
    except SheetUnreadable as error:
        return orjson.dumps({"unreadable": [error.code, error.message]})
    except (MemoryError, RecursionError):
        message = "The file takes more memory to read than any order form does."
        return orjson.dumps({"unreadable": ["takes_too_much_memory", message]})
    except Exception:  # noqa: BLE001 # told to the parent, which logs it: this process has no log of its own
        unforeseen = traceback.format_exc()[-MOST_TOLD:]
        return orjson.dumps({"unreadable": ["unreadable", "The file cannot be read."], "unforeseen": unforeseen})


if __name__ == "__main__":
    run({FORM: read_form})
