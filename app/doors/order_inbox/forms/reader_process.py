"""The process that reads files: one after the other from standard input, what they say to standard output as JSON.

Its memory and processor time are limited, it knows no secret and opens no file: what a hostile file makes of the
libraries that read it, it makes of this process alone, and the pool (`readers`) starts another one.

Why a process: decision 23.
"""

import gc
import resource
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import date
from typing import BinaryIO

import orjson

from app.doors.order_inbox.forms.cells import FormUnreadable
from app.doors.order_inbox.forms.csv_files import grid_of_csv
from app.doors.order_inbox.forms.understanding import understand
from app.doors.order_inbox.forms.workbooks import grids_of_workbook, is_workbook
from app.ground.workers.child_processes import HEAD

MEMORY_BYTES = 640 * 1024 * 1024
"""Of address space, some 200 MB of it the interpreter's and the libraries'."""
CPU_SECONDS = 10
"""For one file. The kernel ends the process that takes more."""
MOST_TOLD = 2_000

FORM = b"f"
"""What a request begins with that is a file. One byte: another program may read more kinds in the same process."""
_SIZE = struct.Struct(">I")
Readers = Mapping[bytes, Callable[[bytes], bytes]]


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
        grids = grids_of_workbook(content) if is_workbook(content) else [grid_of_csv(content, charset)]
        return orjson.dumps(understand(grids, date.fromisoformat(day) if day else None))
    except FormUnreadable as error:
        return orjson.dumps({"unreadable": [error.code, error.message]})
    except (MemoryError, RecursionError):
        message = "The file takes more memory to read than any order form does."
        return orjson.dumps({"unreadable": ["takes_too_much_memory", message]})
    except Exception:  # noqa: BLE001 # told to the parent, which logs it: this process has no log of its own
        unforeseen = traceback.format_exc()[-MOST_TOLD:]
        return orjson.dumps({"unreadable": ["unreadable", "The file cannot be read."], "unforeseen": unforeseen})


def limit_processor_time() -> None:
    """Let this process use so many seconds more, not more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))


def serve(requests: BinaryIO, answers: BinaryIO, readers: Readers) -> None:
    """Answer frame by frame until the requests end, each by the reader of its kind."""
    while len(head := requests.read(HEAD.size)) == HEAD.size:
        request = requests.read(*HEAD.unpack(head))
        limit_processor_time()
        answer = readers[request[:1]](request[1:])
        answers.write(HEAD.pack(len(answer)) + answer)
        answers.flush()


def run(readers: Readers) -> None:
    """The process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()
    serve(sys.stdin.buffer, sys.stdout.buffer, readers)


if __name__ == "__main__":
    run({FORM: read_form})
