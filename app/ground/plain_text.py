"""Text on its way into a file format: without the characters that XML and iCalendar cannot hold."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def plain(text: str) -> str:
    """`text` without control characters (but tabs and ends of lines), halves of characters and what is none (U+FFFE).

    XML 1.0 (2.2) and RFC 5545 (3.1) both hold what remains; an end of a line is one, whoever wrote it.
    """
    return _CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
