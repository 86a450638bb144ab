"""The parts of a workbook under the names by which they know each other, in the words that openpyxl reads.

Names of parts have no case, and a slash between folders (ECMA-376, part 2). 1C writes `xl/SharedStrings.xml` where the
workbook says `sharedStrings.xml`, and some programs write backslashes. Strict Open XML has the same parts in other
namespaces.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping

CONTENT_TYPES = "[Content_Types].xml"

_OFFICE = b"http://schemas.openxmlformats.org"
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL: Mapping[bytes, bytes] = {
    b"spreadsheetml/main": _OFFICE + b"/spreadsheetml/2006/main",
    b"officeDocument/relationships": _OFFICE + b"/officeDocument/2006/relationships",
    b"officeDocument/extendedProperties": _OFFICE + b"/officeDocument/2006/extended-properties",
    b"officeDocument/docPropsVTypes": _OFFICE + b"/officeDocument/2006/docPropsVTypes",
    b"drawingml/main": _OFFICE + b"/drawingml/2006/main",
    b"drawingml/spreadsheetDrawing": _OFFICE + b"/drawingml/2006/spreadsheetDrawing",
}
_STRICT_NAME = re.compile(re.escape(_STRICT) + b"(" + b"|".join(map(re.escape, _TRANSITIONAL)) + b")")
_PART_NAME = re.compile(rb"""\bPartName\s*=\s*["']/?([^"']+)["']""")
_TARGET = re.compile(rb"""\bTarget\s*=\s*["']([^"']+)["']""")


def part_name(entry: zipfile.ZipInfo) -> str:
    """The name of a part, whatever stroke stands between its folders."""
    return entry.filename.replace("\\", "/").lstrip("/")


def conventional(content: bytes) -> bytes:
    """The same workbook as openpyxl reads it; `content` itself where that is so. Its parts must be sound."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {part_name(entry): entry for entry in archive.infolist()}
        lower = {name.lower(): name for name in names}
        aliases = {}
        for owner in (CONTENT_TYPES, "_rels/.rels", "xl/_rels/workbook.xml.rels"):
            if (own := lower.get(owner.lower())) is None:
                continue
            for name in (owner, *_referred(owner, archive.read(names[own]))):
                if name not in names and name.lower() in lower:
                    aliases[name] = lower[name.lower()]
        book = lower.get("xl/workbook.xml")
        strict = book is not None and _STRICT in archive.read(names[book])
        if not aliases and not strict and all(name == entry.filename for name, entry in names.items()):
            return content
        parts = {name: archive.read(entry) for name, entry in names.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in (parts | {alias: parts[name] for alias, name in aliases.items()}).items():
            text = name.endswith((".xml", ".rels"))
            archive.writestr(name, _STRICT_NAME.sub(_transitional, part) if strict and text else part)
    return out.getvalue()


def _transitional(match: re.Match[bytes]) -> bytes:
    return _TRANSITIONAL[match[1]]


def _referred(owner: str, part: bytes) -> Iterator[str]:
    """The names of parts that a list of parts has."""
    if owner == CONTENT_TYPES:
        yield from (name.decode(errors="replace") for name in _PART_NAME.findall(part))
        return
    folder = posixpath.dirname(posixpath.dirname(owner))
    for target in _TARGET.findall(part):
        name = target.decode(errors="replace").replace("\\", "/")
        yield posixpath.normpath(name.lstrip("/") if name.startswith("/") else posixpath.join(folder, name))
