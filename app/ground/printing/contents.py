"""What is printed, on its way into the process that sets pages (`printing_process`)."""

import re
import unicodedata
from typing import Any

PAGES = b"p"
"""The kind of a request that asks for pages."""

_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""They turn around what follows, also beyond the name that holds them."""
_UNPRINTABLE = {"Cc", "Cs", "Co", "Cn"}
"""Control characters, halves of characters, and what means nothing, or something by agreement alone."""


def printable(content: Any) -> Any:
    """The content with each text on one line, without what no page can show."""
    match content:
        case str():
            text = _REORDERING.sub("", _BREAKS.sub(" ", content))
            return "".join(sign for sign in text if unicodedata.category(sign) not in _UNPRINTABLE)
        case dict():
            return {name: printable(value) for name, value in content.items()}
        case list():
            return [printable(value) for value in content]
    return content
