"""Workbooks that are refused as a whole: past a limit, none at all, or with nothing that anybody sees."""

import io
import time
from typing import Any

import orjson
import pytest
from openpyxl import Workbook

from app.doors.imports.packed_sheets import sheet_of
from app.doors.imports.workbook_files import rows_of_sheet
from app.doors.imports.workbook_process import read_sheet
from app.masters.catalogue.schemas import ProductBody
from tests.doors.imports.sheets import make_sheet, parts_of, refusal, rows_of
from tests.doors.order_inbox.forms.workbooks import make_raw_workbook, packed, text_cell


def test_a_workbook_whose_only_rows_are_on_a_hidden_sheet_is_refused() -> None:
    book = Workbook()
    book.create_sheet("Hidden").append(["code"])
    book["Hidden"].sheet_state = "veryHidden"
    out = io.BytesIO()
    book.save(out)
    assert refusal(out.getvalue()) == ("no_sheet", {})


def test_a_sheet_may_have_20000_rows_below_its_heading_wherever_they_stand() -> None:
    def sheet(rows: int) -> bytes:
        lines = "".join(f'<row r="{line}"><c r="A{line}"><v>1</v></c></row>' for line in range(2, rows + 2))
        return make_raw_workbook(
            f'<row r="1">{text_cell("A1", "code")}</row>{lines}<row r="1048576"><c r="A1048576"/></row>'
        )

    assert len(rows_of(sheet(20_000), ProductBody)) == 20_000
    assert refusal(sheet(20_001)) == ("too_many_cells", {"filled_rows": 20_001})


@pytest.mark.parametrize(
    ("content", "code", "limits"),
    [
        (make_raw_workbook('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "too_many_cells", {"columns"}),
        (
            packed({"[Content_Types].xml": "", "xl/worksheets/sheet1.xml": b"0" * 2_000_000}),
            "unpacks_too_large",
            {"ratio"},
        ),
        (packed({f"xl/{number}.xml": "" for number in range(1_001)}), "broken_workbook", {"parts"}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_workbook", set()),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password_protected",
            set(),
        ),
        (b"code;name\nA;a\n", "broken_workbook", set()),
        (b"", "broken_workbook", set()),
        (packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "not_a_workbook", set()),
        (make_sheet(("code", "name"))[:-40], "broken_workbook", set()),
    ],
    ids=["columns", "ratio", "parts", "xls", "password", "text", "nothing", "ods", "cut"],
)
def test_what_is_no_workbook_or_too_much_of_one_is_told(content: bytes, code: str, limits: set[str]) -> None:
    told, limit = refusal(content)
    assert (told, set(limit)) == (code, limits)


def test_one_long_text_in_many_cells_is_not_unpacked_into_memory() -> None:
    """A shared text stands once in the file, however many cells have it."""
    cells = "".join(f'<row r="{line}"><c r="A{line}" t="s"><v>0</v></c></row>' for line in range(1, 2_000))
    parts = parts_of(make_raw_workbook(cells))
    parts["xl/sharedStrings.xml"] = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + "".join(chr(0x4E00 + number % 20_000) for number in range(32_000))
        + "</t></si></sst>"
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    assert refusal(packed(parts)) == ("too_many_cells", {"texts": 32 * 1024 * 1024})


def test_a_thousand_merges_cost_the_rows_that_they_cover_and_no_others() -> None:
    def touch(sheet: Any) -> None:
        for first in range(2, 2_000, 2):
            sheet.merge_cells(start_row=first, end_row=first + 1, start_column=3, end_column=3)

    rows = [("code", "name", "unit"), *((f"P{number}", "Choco", "pcs") for number in range(4_000))]
    sheet = sheet_of(orjson.loads(read_sheet(make_sheet(*rows, touch=touch))))
    begun = time.process_time()
    found = rows_of_sheet(sheet, ProductBody)
    assert time.process_time() - begun < 1.5
    assert {row.raw["unit"] for row in found} == {"pcs"}
