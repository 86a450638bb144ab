"""Whether a file is a whole JPEG, PNG, WebP or PDF, and nothing beside that. It is walked over, never decoded
(decision 68).

The first bytes tell what a file says it is; whether it is that, and ends where it should, the walk tells. A file that
is two things at once (a polyglot) is something else to the program that a browser or a mail hands it to, so bytes
before, after and between what a format knows are refused. Runs in a thread: some milliseconds for 10 MiB.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import filetype

SNIFFED_BYTES = 1024
"""How far programs look for what a file is: readers of PDF for its mark, browsers for HTML."""
MOST_CHUNKS = 20_000
"""Of a file, all its images together: a PNG of 10 MiB in the smallest blocks that encoders write has some 2,000."""
MOST_IMAGES = 8
"""Of a JPEG file: phones append a preview or two, and maps of depth and of brightness."""
LONGEST_COMMENT = 0xFFFF
"""Of a ZIP archive, whose end is looked for so far from the end of the file."""


class AttachmentType(StrEnum):
    """What is taken."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"


class Unfit(Exception):
    """What is wrong with a file: a stable code, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def type_of(content: bytes) -> AttachmentType:
    """The type of a file that is whole, and nothing else. Raises Unfit."""
    if not content:
        raise Unfit("empty", "The file is empty.")
    if _MARKUP.search(content[:SNIFFED_BYTES]):
        raise Unfit("markup", "The file begins like a page (HTML, SVG or XML).")
    guess = filetype.guess(content[:SNIFFED_BYTES])
    try:
        kind = AttachmentType("" if guess is None else guess.mime)
    except ValueError:
        what = "" if guess is None else f", this looks like {guess.mime}"
        raise Unfit("type", f"Send a JPEG, a PNG, a WebP or a PDF{what}.") from None
    _WALKS[kind](content)
    if kind is not AttachmentType.PDF and b"%PDF-" in content[:SNIFFED_BYTES]:
        raise Unfit("polyglot", "The file is an image and a PDF at once.")
    if _ends_as_archive(content):
        raise Unfit("polyglot", "The file is a ZIP archive as well.")
    return kind


_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|iframe|svg|\?xml)[\s>!/-]", re.IGNORECASE)


def _walk_jpeg(content: bytes) -> None:
    """One image or several (a phone appends a smaller one, or a map of brightness), each from its SOI to its EOI."""
    at, steps = 0, iter(range(MOST_CHUNKS))
    for _ in range(MOST_IMAGES):
        if content[at : at + 3] != b"\xff\xd8\xff":
            raise Unfit("trailing_data", f"Something follows the image, from byte {at} on.")
        at = _end_of_jpeg(content, at + 2, steps)
        if at == len(content):
            return
    raise Unfit("trailing_data", f"More than {MOST_IMAGES} images are in the file.")


# In a scan FF stands for itself as FF 00, and FF D0 to FF D7 only restart it; before a marker FF may be repeated.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def _end_of_jpeg(content: bytes, at: int, steps: Iterator[int]) -> int:
    """Where the image ends whose first segment begins at `at`. `steps`: how many segments the file may still have."""
    has_frame = has_scan = False
    for _ in steps:
        match = _NEXT_MARKER.search(content, at) if has_scan else _MARKER.match(content, at)
        if match is None:
            raise _cut_off("JPEG") if has_scan or at + 1 >= len(content) else _broken("JPEG", at)
        marker, at = content[match.end() - 1], match.end()
        if marker == 0xD9:
            if not (has_frame and has_scan):
                raise _broken("JPEG", at)
            return at
        (length,) = struct.unpack_from(">H", content, at) if at + 2 <= len(content) else (0,)
        if length < 2 or at + length > len(content):
            raise _cut_off("JPEG")
        has_frame |= 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}
        has_scan |= marker == 0xDA
        at += length
    raise _broken("JPEG", at)


def _walk_png(content: bytes) -> None:
    at, seen = 8, set()
    for _ in range(MOST_CHUNKS):
        if at + 12 > len(content):
            raise _cut_off("PNG")
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise _cut_off("PNG")
        if zlib.crc32(memoryview(content)[at + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            raise _broken("PNG", at)
        if (at == 8) != (name == b"IHDR"):
            raise _broken("PNG", at)
        seen.add(name)
        at = end
        if name == b"IEND":
            break
    if b"IDAT" not in seen or b"IEND" not in seen:
        raise _broken("PNG", at)
    if at < len(content):
        raise Unfit("trailing_data", f"Something follows the image, from byte {at} on.")


def _walk_webp(content: bytes) -> None:
    (length,) = struct.unpack_from("<I", content, 4)
    if 8 + length > len(content):
        raise _cut_off("WebP")
    if 8 + length < len(content):
        raise Unfit("trailing_data", f"Something follows the image, from byte {8 + length} on.")
    at, seen = 12, set()
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(content):
            break
        name, size = struct.unpack_from("<4sI", content, at)
        seen.add(name)
        at += 8 + size + size % 2
    if at != len(content) or not seen & {b"VP8 ", b"VP8L", b"ANMF"}:
        raise _broken("WebP", min(at, len(content)))


_PDF_HEAD = re.compile(rb"%PDF-[12]\.[0-9]\s")
_PDF_END = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF[\s\x00]*\Z")
_PDF_TABLE = re.compile(rb"\s*(?:xref\s|[0-9]+\s+[0-9]+\s+obj\b)")


def _walk_pdf(content: bytes) -> None:
    """From its mark to the last table of objects that it names."""
    if not _PDF_HEAD.match(content):
        raise _broken("PDF", 0)
    end = content.rfind(b"startxref")
    match = _PDF_END.match(content, end) if end > 0 else None
    if match is None:
        if end > 0 and b"%%EOF" in content[end:]:
            raise Unfit("trailing_data", "Something follows the end of the PDF.")
        raise _cut_off("PDF")
    table = int(match[1])
    if not _PDF_TABLE.match(content[table : table + 64]):
        raise _broken("PDF", end)


def _ends_as_archive(content: bytes) -> bool:
    """Whether a ZIP archive ends where the file ends: its directory's end, and a comment up to the last byte."""
    at = content.rfind(b"PK\x05\x06", -LONGEST_COMMENT - 22)
    while at >= 0:
        if at + 22 <= len(content) and at + 22 + struct.unpack_from("<H", content, at + 20)[0] == len(content):
            return True
        at = content.rfind(b"PK\x05\x06", max(0, len(content) - LONGEST_COMMENT - 22), at)
    return False


def _cut_off(kind: str) -> Unfit:
    return Unfit("truncated", f"The {kind} ends too soon: send it again.")


def _broken(kind: str, at: int) -> Unfit:
    return Unfit("broken", f"The file is no sound {kind}: look at byte {at}.")


_WALKS: Mapping[AttachmentType, Callable[[bytes], None]] = {
    AttachmentType.JPEG: _walk_jpeg,
    AttachmentType.PNG: _walk_png,
    AttachmentType.WEBP: _walk_webp,
    AttachmentType.PDF: _walk_pdf,
}
