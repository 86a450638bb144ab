"""Workbooks for tests: written by openpyxl, or part by part where no program would write them."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

HEAD = (("Outlet code", "PAT-0042"), ("Delivery date", "2026-11-24"), ())
TABLE = ("Product code", "Quantity", "Unit price")

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
_RELATIONS = """<?xml version="1.0"?><Relationships
xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"""
_BOOK = """<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr{attributes}/>
<sheets><sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_SHEET = """<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData>{rows}</sheetData>{after}</worksheet>"""


def make_workbook(
    lines: Sequence[Sequence[Any]] = (("CHO-100", 12, 1.15),),
    *,
    head: Sequence[Sequence[Any]] = HEAD,
    touch: Callable[[Workbook], object] = lambda _: None,
) -> bytes:
    """A form that was typed into a sheet: fields, a heading, lines; `touch` does to it what the test is about."""
    book = Workbook()
    sheet: Any = book.active
    for row in (*head, TABLE, *lines):
        sheet.append(list(row))
    touch(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make_raw_workbook(rows: str, *, before: str = "", after: str = "", book: str = "") -> bytes:
    """A workbook with this XML as the rows of its only sheet."""
    return packed(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"),
            "xl/workbook.xml": _BOOK.format(attributes=book),
            "xl/_rels/workbook.xml.rels": _RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": _SHEET.format(rows=rows, before=before, after=after),
        }
    )


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def text_cell(place: str, text: str) -> str:
    """A cell with its text in itself."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
