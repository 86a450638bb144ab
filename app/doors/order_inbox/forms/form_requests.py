"""A file on its way into the process that reads it (`reader_process`)."""

import struct
from datetime import date

import orjson

FORM = b"f"
"""What a request begins with that is a file. One byte: another program may read more kinds in the same process."""
_SIZE = struct.Struct(">I")


def form_request(content: bytes, charset: str = "", received: date | None = None) -> bytes:
    """A file with the encoding that its mail declares, and the day on which it came."""
    about = orjson.dumps([charset, received])
    return _SIZE.pack(len(about)) + about + content


def parts_of_request(request: bytes) -> tuple[bytes, str, date | None]:
    """The file, the encoding, and the day, of a request."""
    (size,) = _SIZE.unpack_from(request)
    charset, day = orjson.loads(request[_SIZE.size : _SIZE.size + size])
    return request[_SIZE.size + size :], charset, date.fromisoformat(day) if day else None
