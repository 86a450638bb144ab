"""A table of files and what becomes of them: whole photos and papers are taken, everything else is refused."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ground.attachments.file_formats import AttachmentType, Unfit, type_of
from app.ground.attachments.rules import judged, safe_name
from app.ground.errors import FieldProblem
from tests.factories.appeals import make_png

FOLDER = Path(__file__).parents[2] / "data" / "attachments"
BY_ENDING = {
    ".jpg": AttachmentType.JPEG,
    ".png": AttachmentType.PNG,
    ".webp": AttachmentType.WEBP,
    ".pdf": AttachmentType.PDF,
}
FILES = sorted(FOLDER.iterdir())


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_encoders_write_is_taken_under_its_type(path: Path) -> None:
    expected = BY_ENDING[path.suffix]
    assert type_of(path.read_bytes()) is expected
    for declared in (expected.value, expected.value.upper(), "application/octet-stream", ""):
        assert judged(path.read_bytes(), declared) is expected


def whole_within(name: str) -> set[int]:
    """Where a file could end and be whole: before its last line break, or between its pictures."""
    content = read(name)
    if name == "two_pictures.jpg":
        return {content.index(b"\xff\xd9\xff\xd8") + 2}
    return {len(content) - 1} if content.endswith(b"%%EOF\n") else set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_that_ends_too_soon_is_refused_wherever_it_ends(path: Path) -> None:
    content = path.read_bytes()
    taken = set()
    for size in range(len(content)):
        if not isinstance(judged(content[:size], ""), FieldProblem):
            taken.add(size)
    assert taken == whole_within(path.name)


def archive(bytes_behind: int = 0) -> bytes:
    """A ZIP archive that takes so many bytes behind it for its comment."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("letter.txt", "The shop was shut.")
    return file.getvalue()[:-2] + struct.pack("<H", bytes_behind)


def png_with(name: bytes, content: bytes) -> bytes:
    """A PNG with a chunk more, behind its head."""
    whole = make_png()
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return whole[:33] + chunk + whole[33:]


def jpeg_with(content: bytes) -> bytes:
    """A JPEG with a comment."""
    whole = read("grey.jpg")
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(content) + 2) + content + whole[2:]


def webp_of(chunks: bytes) -> bytes:
    """A WebP of these chunks."""
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


EMPTY_JPEG = bytes.fromhex("ffd8ffc00002ffda0002ffd9")
PAGE = b"<!DOCTYPE html><html><body><script>alert(document.cookie)</script></body></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "a page": (lambda: PAGE, "markup"),
    "a page behind blanks": (lambda: b"\xef\xbb\xbf \r\n\t" + PAGE, "markup"),
    "a drawing": (lambda: DRAWING, "markup"),
    "a drawing behind its XML head": (lambda: b'<?xml version="1.0"?>' + DRAWING, "markup"),
    "a text": (lambda: b"The shop was shut.", "type"),
    "a GIF": (lambda: b"GIF89a" + bytes(40), "type"),
    "a TIFF": (lambda: b"II*\x00" + bytes(40), "type"),
    "a BMP": (lambda: b"BM" + bytes(60), "type"),
    "a HEIC": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(40), "type"),
    "an archive": (archive, "type"),
    "a program": (lambda: b"\x7fELF" + bytes(60), "type"),
    "a program of Windows": (lambda: b"MZ" + bytes(60), "type"),
    "zeros": (lambda: bytes(4096), "type"),
    "a JPEG's head alone": (lambda: read("grey.jpg")[:20], "truncated"),
    "a JPEG without a picture": (lambda: b"\xff\xd8\xff\xd9", "broken"),
    "a JPEG with a page behind it": (lambda: read("two_pictures.jpg") + PAGE, "trailing_data"),
    "a JPEG with a film behind it": (lambda: read("grey.jpg") + b"\x00\x00\x00\x18ftypmp42", "trailing_data"),
    "a JPEG with an archive behind it": (lambda: read("grey.jpg") + archive(), "trailing_data"),
    "a JPEG with half of another": (lambda: read("grey.jpg") + read("grey.jpg")[:-2], "truncated"),
    "a JPEG of nine pictures": (lambda: read("grey.jpg") * 9, "trailing_data"),
    "a JPEG of ten thousands of empty pictures": (lambda: EMPTY_JPEG * 10_000, "trailing_data"),
    "a JPEG of 30,000 parts": (lambda: read("grey.jpg")[:2] + b"\xff\xfe\x00\x02" * 30_000, "broken"),
    "a JPEG of pictures of 4,000 parts each": (
        lambda: (b"\xff\xd8" + b"\xff\xfe\x00\x02" * 4_000 + EMPTY_JPEG[2:]) * 7,
        "broken",
    ),
    "a WebP of 30,000 parts": (lambda: webp_of(b"VP8 \x00\x00\x00\x00" * 30_000), "broken"),
    "a JPEG that is a page": (lambda: jpeg_with(PAGE), "markup"),
    "a JPEG that is a PDF": (lambda: jpeg_with(read("letter.pdf")[:400]), "polyglot"),
    "a PNG with a byte behind it": (lambda: make_png() + b"\x00", "trailing_data"),
    "a PNG with an archive behind it": (lambda: make_png() + archive(), "trailing_data"),
    "a PNG that is a PDF": (lambda: png_with(b"tEXt", b"a\x00" + read("letter.pdf")), "polyglot"),
    "a PNG that is a page": (lambda: png_with(b"tEXt", b"a\x00" + PAGE), "markup"),
    "a PNG with a wrong sum": (lambda: make_png().replace(b"IDAT", b"IDAS"), "broken"),
    "a PNG without a picture": (lambda: make_png()[:33] + make_png()[-12:], "broken"),
    "a PNG of 30,000 parts": (lambda: make_png()[:33] + png_with(b"teXt", b"")[33:45] * 30_000, "broken"),
    "a WebP with a byte behind it": (lambda: read("lossy.webp") + b"\x00", "trailing_data"),
    "a WebP that says to be longer": (lambda: read("lossy.webp")[:4] + b"\xff\xff\x00\x00RIFF", "type"),
    "a WebP without a picture": (lambda: b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(10), "broken"),
    "a WAV": (lambda: b"RIFF\x04\x00\x00\x00WAVE" + bytes(20), "type"),
    "a PDF with a page before it": (lambda: PAGE + read("letter.pdf"), "markup"),
    "a PDF with bytes before it": (lambda: b"GIF89a;" + read("letter.pdf"), "type"),
    "a PDF with a page behind it": (lambda: read("letter.pdf") + PAGE, "trailing_data"),
    "a PDF with an archive behind it": (lambda: read("letter.pdf") + archive(), "trailing_data"),
    "a PDF whose table is elsewhere": (
        lambda: read("letter.pdf").replace(b"startxref\n", b"startxref\n9"),
        "broken",
    ),
    "a PDF of no version": (lambda: b"%PDF-x" + read("letter.pdf")[8:], "broken"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_whole_photo_or_paper_is_refused_with_its_reason(name: str) -> None:
    make, code = WRONG[name]
    with pytest.raises(Unfit) as refused:
        type_of(make())
    assert refused.value.code == code, refused.value.message


def test_an_archive_within_a_picture_is_seen() -> None:
    behind = len(make_png()[33:]) + 4  # the rest of the picture, and the sum of the part that the archive stands in
    content = png_with(b"zIPc", archive(behind))
    assert zipfile.is_zipfile(io.BytesIO(content))
    with pytest.raises(Unfit) as refused:
        type_of(content)
    assert refused.value.code == "polyglot"
    assert type_of(png_with(b"zIPc", archive(behind + 1))) is AttachmentType.PNG


def test_a_photo_may_have_seven_smaller_pictures_behind_it() -> None:
    assert type_of(read("grey.jpg") * 8) is AttachmentType.JPEG


@pytest.mark.parametrize(
    ("name", "declared"),
    [("grey.jpg", "image/png"), ("colours.png", "image/jpeg"), ("letter.pdf", "image/jpeg"), ("grey.jpg", "text/html")],
)
def test_a_file_of_another_type_than_declared_is_refused(name: str, declared: str) -> None:
    found = judged(read(name), declared)
    assert isinstance(found, FieldProblem)
    assert found.code == "declared_type"


@given(st.sampled_from(FILES), st.data())
def test_bytes_that_are_anything_are_taken_or_refused_and_break_nothing(path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    found = judged(bytes(content), "")
    assert isinstance(found, FieldProblem | AttachmentType)


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("shutter.png", "shutter.png"),
        ("Shutter.PNG", "Shutter.png"),
        ("Φωτογραφία μαγαζιού.jpg.exe", "Φωτογραφία μαγαζιού.jpg.exe.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("page.html", "page.html.png"),
        ("", "attachment.png"),
        (".png", "png.png"),
        ("..", "attachment.png"),
        ('a"b<c>|?*\r\n.png', "a_b_c______.png"),
        ("\u202egnp.exe", "_gnp.exe.png"),
        ("x" * 500 + ".png", "x" * 120 + ".png"),
    ],
)
def test_a_name_is_made_safe_and_ends_as_its_type_does(filename: str, safe: str) -> None:
    assert safe_name(filename, AttachmentType.PNG) == safe
