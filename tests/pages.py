"""A PDF, read back by pypdf."""

import io
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pypdf import PdfReader

A4 = (595, 842)
"""In points, to the nearest one."""


class Pages:
    """What a PDF shows and says of itself."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(content))
        self.root: Any = self.reader.trailer["/Root"]

    @cached_property
    def texts(self) -> list[str]:
        """The words of each page."""
        return [_words(page.extract_text()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        """The words of all pages, with one space between two."""
        return " ".join(self.texts)

    @property
    def lines(self) -> list[str]:
        """The lines of all pages."""
        return [line for page in self.reader.pages for line in page.extract_text().splitlines()]

    @property
    def title(self) -> str | None:
        """The document's."""
        return self.reader.metadata.title if self.reader.metadata else None

    @property
    def standards(self) -> set[str]:
        """Those that it claims to keep: PDF/A-2A, PDF/UA-1."""
        metadata = self.root["/Metadata"].get_data().decode()
        archive = re.search(r"pdfaid:part>(\d)<.*?pdfaid:conformance>(\w)<", metadata, re.DOTALL)
        accessible = re.search(r"pdfuaid:part>(\d)<", metadata)
        return {
            *([f"PDF/A-{archive[1]}{archive[2]}"] if archive else []),
            *([f"PDF/UA-{accessible[1]}"] if accessible else []),
        }

    @property
    def roles(self) -> set[str]:
        """The kinds of what it holds, as those hear them to whom it is read: H1, Table, TH …"""
        return set(_roles(self.root["/StructTreeRoot"]))

    def fonts(self) -> dict[str, bool]:
        """Every font by its name, and whether it comes along."""
        found = {}
        for page in self.reader.pages:
            resources: Any = page["/Resources"]
            for font in resources["/Font"].values():
                (descendant,) = font.get_object()["/DescendantFonts"]
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                name = descriptor["/FontName"].partition("+")[2]
                found[name] = bool({"/FontFile2", "/FontFile3"} & descriptor.keys())
        return found


def _words(text: str) -> str:
    """With one space between two, without the places where a long one may break; a sign that no font has is a box."""
    return " ".join(text.replace("\u200b", "").replace("\x00", "□").split())


def _roles(node: Any) -> Iterator[str]:
    resolved = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(resolved, dict):
        if "/S" in resolved:
            yield resolved["/S"].removeprefix("/")
        yield from _roles(resolved.get("/K", []))
    elif isinstance(resolved, list):
        for child in resolved:
            yield from _roles(child)
