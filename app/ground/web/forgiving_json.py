"""JSON with NaN and infinities, which the strict parser refuses: read in a process of its own where it is long."""

import json
from typing import Any

_LONGEST_INTEGER = 40


def forgiving_loads(body: bytes) -> Any:
    """The value of a text. Raises ValueError, or RecursionError for one that is nested too deep."""
    return json.loads(body, parse_int=_bounded_int)


def _bounded_int(digits: str) -> int | float:
    """A whole number; past what any field takes a float, since int() gives up on thousands of digits."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)
