"""What a file is, by what it begins with."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(content: bytes) -> bool:
    """Whether a file is a workbook, or else another ZIP or OLE file: not a text file."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", OLE))
