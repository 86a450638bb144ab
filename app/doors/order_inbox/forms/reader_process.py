"""The process that reads order forms: files in, what they say out as JSON (`limited_process` runs it)."""

import struct
import traceback
from datetime import date

import orjson

from app.doors.order_inbox.forms.csv_files import grid_of_csv
from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.doors.order_inbox.forms.understanding import understand
from app.ground.sheets.cells import SheetUnreadable
from app.ground.sheets.workbooks import grids_of_workbook, is_workbook
from app.ground.workers.limited_process import MOST_TOLD, run

FORM = b"f"
"""What a request begins with that is a file. One byte: another program may read more kinds in the same process."""
_SIZE = struct.Struct(">I")


def form_request(content: bytes, charset: str = "", received: date | None = None) -> bytes:
    """A file as `read_form` takes it: with the encoding that its mail declares, and the day on which it came."""
    about = orjson.dumps([charset, received])
    return _SIZE.pack(len(about)) + about + content


def read_form(request: bytes) -> bytes:
    """What one file says, as JSON: a `ReadSheet`, or `{"unreadable": [code, message]}`."""
    try:
        (size,) = _SIZE.unpack_from(request)
        charset, day = orjson.loads(request[_SIZE.size : _SIZE.size + size])
        content = request[_SIZE.size + size :]
        grids = grids_of_workbook(content, FORM_LIMITS) if is_workbook(content) else [grid_of_csv(content, charset)]
        return orjson.dumps(understand(grids, date.fromisoformat(day) if day else None))
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
