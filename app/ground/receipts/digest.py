"""The digest of a content: equal for contents that mean the same, whatever door they came through."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def content_digest(kind: str, owner: str, content: Mapping[str, Any]) -> bytes:
    """SHA-256 (32 bytes) over the canonical form of an event (O3).

    `owner` is who the content belongs to (a rep's code, a client's name): another owner's is another content.
    `content` holds what the event says, not how it travelled (no sequence, no clock readings of the upload). Keys are
    sorted, decimals lose trailing zeros (1.150 is 1.15), instants are told in UTC.
    """
    return hashlib.sha256(orjson.dumps([kind, owner, content], default=_canonical, option=_OPTIONS)).digest()


def _canonical(value: object) -> str:
    if isinstance(value, Decimal):
        written = str(value)
        if "E" in written:
            written = format(value, "f")
        if "." in written:
            written = written.rstrip("0").rstrip(".")
        return "0" if written == "-0" else written
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no canonical form")
