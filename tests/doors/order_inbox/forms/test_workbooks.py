"""Workbooks as cells, and those that are refused before they cost anything."""

import contextlib
import io
import random
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.ground.sheets.cells import Cell, CellKind, Grid, Merge, SheetUnreadable
from app.ground.sheets.workbooks import grids_of_workbook
from tests.doors.order_inbox.forms.workbooks import make_raw_workbook, make_workbook, packed, text_cell

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
XFD = f'<row r="1">{text_cell("A1", "Product code")}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def only_grid(content: bytes) -> Grid:
    (grid,) = grids_of_workbook(content, FORM_LIMITS)
    return grid


def code_of(content: bytes) -> str:
    with pytest.raises(SheetUnreadable) as refused:
        grids_of_workbook(content, FORM_LIMITS)
    return refused.value.code


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("CHO-100", Cell(CellKind.TEXT, "CHO-100")),
        (12, Cell(CellKind.NUMBER, "12")),
        (0.25, Cell(CellKind.NUMBER, "0.25")),
        (date(2026, 11, 24), Cell(CellKind.DATE, "2026-11-24")),
        (datetime.combine(date(2026, 11, 24), time(9, 30)), Cell(CellKind.DATE, "2026-11-24 09:30:00")),
        (time(9, 30), Cell(CellKind.TIME, "09:30:00")),
        (True, Cell(CellKind.TRUTH, "TRUE")),
        ("#REF!", Cell(CellKind.ERROR, "#REF!")),
        ("=1+1", Cell(CellKind.FORMULA, "")),
    ],
)
def test_a_cell_is_read_as_what_it_holds(value: object, cell: Cell) -> None:
    assert only_grid(make_workbook([("x", value)])).rows[5][2] == cell


def test_a_formula_with_its_value_is_that_value() -> None:
    grid = only_grid(make_raw_workbook('<row r="1"><c r="A1"><f>6*2</f><v>12</v></c></row>'))
    assert grid.rows[1][1] == Cell(CellKind.NUMBER, "12")


def test_a_formula_that_came_out_as_no_text_is_an_empty_cell() -> None:
    grid = only_grid(make_raw_workbook('<row r="1"><c r="A1" t="str"><f>IF(1,"")</f><v></v></c></row>'))
    assert grid.rows == {}


def test_a_shared_formula_without_its_value_is_told_like_any_other() -> None:
    grid = only_grid(make_raw_workbook('<row r="1"><c r="A1"><f t="shared" si="0"/></c></row>'))
    assert grid.rows[1][1].kind is CellKind.FORMULA


def test_merged_cells_are_told_with_their_range() -> None:
    content = make_workbook(touch=lambda book: book.worksheets[0].merge_cells("B5:B6"))
    assert only_grid(content).merges == [Merge(5, 2, 6, 2)]


def test_a_workbook_that_counts_days_from_1904_says_so() -> None:
    content = make_raw_workbook('<row r="1"><c r="A1"><v>44888</v></c></row>', book=' date1904="1"')
    assert only_grid(content).epoch_1904


def test_hidden_sheets_are_read_too() -> None:
    def hide(book: Workbook) -> None:
        book.create_sheet("Form").sheet_state = "veryHidden"

    assert [grid.name for grid in grids_of_workbook(make_workbook(touch=hide), FORM_LIMITS)] == ["Sheet", "Form"]


def test_macros_are_left_alone() -> None:
    parts = {"xl/vbaProject.bin": b"Sub AutoOpen()"}
    content = make_workbook()
    assert only_grid(appended(content, parts)).rows[5][1].value == "CHO-100"


def appended(content: bytes, parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def test_a_small_sheet_with_a_cell_at_its_far_end_is_refused() -> None:
    with pytest.raises(SheetUnreadable, match="XFD1048576"):
        grids_of_workbook(make_raw_workbook(XFD), FORM_LIMITS)


def test_empty_cells_far_out_are_no_cells() -> None:
    grid = only_grid(make_raw_workbook('<row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    assert grid.rows == {}


def test_what_unpacks_to_far_more_than_a_form_is_refused_unread() -> None:
    content = make_raw_workbook(f"<row r='1'>{text_cell('A1', 'x' * 204_000_000)}</row>")
    assert len(content) < 700_000
    assert code_of(content) == "unpacks_too_large"


def test_what_unpacks_to_a_hundred_times_its_size_is_refused() -> None:
    assert code_of(make_raw_workbook(f"<row r='1'>{text_cell('A1', 'x' * 2_000_000)}</row>")) == "unpacks_too_large"


def test_a_directory_that_lies_about_a_size_is_a_damaged_workbook() -> None:
    content = bytearray(make_raw_workbook(f"<row r='1'>{text_cell('A1', 'x' * 5_000)}</row>"))
    entry = content.rindex(b"xl/worksheets/sheet1.xml")
    content[entry - 22 : entry - 18] = (600).to_bytes(4, "little")
    assert code_of(bytes(content)) == "broken_workbook"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OLE + bytes(600), "old_workbook"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "not_a_workbook"),
        (packed({"[Content_Types].xml": "", "xl/workbook.bin": ""}), "not_a_workbook"),
        (packed({"[Content_Types].xml": "no XML"}), "broken_workbook"),
        (packed({f"{number}.xml": "" for number in range(301)}), "broken_workbook"),
        (make_workbook()[:-200], "broken_workbook"),
        (b"PK\x03\x04" + bytes(5 * 1024 * 1024), "file_too_large"),
        (make_raw_workbook("", before='<!DOCTYPE x [<!ENTITY a "b">]>'), "broken_workbook"),
        (make_raw_workbook('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'), "broken_workbook"),
        (make_raw_workbook('<row r="x"/>'), "broken_workbook"),
    ],
)
def test_what_is_no_sound_workbook_is_refused_by_what_it_is(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_workbook_of_more_sheets_than_any_form_is_refused() -> None:
    def add(book: Workbook) -> None:
        for _ in range(20):
            book.create_sheet()

    assert code_of(make_workbook(touch=add)) == "too_many_cells"


def test_whatever_bytes_are_damaged_a_workbook_is_read_or_refused() -> None:
    chance, sound = random.Random(1), make_workbook()
    for _ in range(150):
        content = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with contextlib.suppress(SheetUnreadable):
            grids_of_workbook(bytes(content), FORM_LIMITS)
