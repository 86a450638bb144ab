"""Any report as a file: rows and columns are all that it takes."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.responses import StreamingResponse
from openpyxl import load_workbook

from app.doors.order_inbox.forms.writing import FormRow, OrderSheet, csv_form, xlsx_form
from app.ground.errors import TooLarge
from app.ground.web.media_types import REPORT_MEDIA, Medium
from app.ground.web.report_files import (
    SHEET_ROWS,
    WRITERS,
    ReportFile,
    SheetColumn,
    file_answer,
    report_responses,
    xlsx_chunks,
)

COLUMNS = ("outlet_code", "delivery_date", "quantity", "final", "comment")
HEADINGS = ("Outlet code", "Delivery date", "Quantity", "Final", "Comment")
Row = tuple[str, date, Decimal, bool, str | None]
FIRST: Row = ("PAT-0042", date(2026, 11, 24), Decimal("12.5"), True, None)
SECOND: Row = ("=PAT", date(2026, 11, 25), Decimal(6), False, 'two\nlines, "quoted"')


async def pages(*rows: Row) -> AsyncIterator[Sequence[Row]]:
    for row in rows:
        yield [row]


def report(*rows: Row, row_count: int | None = None) -> ReportFile:
    return ReportFile("production-2026-11-24", "production", COLUMNS, row_count or len(rows), pages(*rows))


async def content_of(its: ReportFile, medium: Medium) -> bytes:
    return b"".join([chunk async for chunk in WRITERS[medium].write(its)])


def test_every_medium_of_a_report_but_json_has_a_writer_and_openapi_says_so() -> None:
    assert set(WRITERS) == set(REPORT_MEDIA) - {Medium.JSON}
    assert set(report_responses(COLUMNS)[200]["content"]) == set(WRITERS)
    assert report_responses(COLUMNS)[200]["content"][Medium.CSV]["example"].startswith('"outlet_code","delivery_date"')


async def test_a_report_as_csv_has_its_heading_and_a_line_for_each_row() -> None:
    rows = list(csv.reader(io.StringIO((await content_of(report(FIRST, SECOND), Medium.CSV)).decode("utf-8-sig"))))
    assert rows == [
        list(COLUMNS),
        ["PAT-0042", "2026-11-24", "12.5", "true", ""],
        ["'=PAT", "2026-11-25", "6", "false", 'two\nlines, "quoted"'],
    ]


async def test_a_report_as_a_workbook_is_one_sheet_in_words() -> None:
    content = await content_of(report(FIRST, SECOND), Medium.XLSX)
    assert list(load_workbook(io.BytesIO(content), read_only=True)["production"].values) == [
        HEADINGS,
        ("PAT-0042", datetime.fromisoformat("2026-11-24"), 12.5, "yes", None),
        ("=PAT", datetime.fromisoformat("2026-11-25"), 6, "no", 'two\nlines, "quoted"'),
    ]


async def test_a_workbook_can_be_handed_out() -> None:
    columns = (SheetColumn("comment", "What was said", 40), SheetColumn("outlet_code", "Shop", 12, {"PAT-0042": "Rio"}))
    about = [("Date", "2026-11-24"), ("Territory", "=Patras")]
    its = replace(report(FIRST, SECOND), sheet=columns, about=about)
    book = load_workbook(io.BytesIO(await content_of(its, Medium.XLSX)))
    sheet = book["production"]
    assert list(sheet.values) == [
        ("Production", None),
        ("Date", "2026-11-24"),
        ("Territory", "=Patras"),
        (None, None),
        ("What was said", "Shop"),
        (None, "Rio"),
        ('two\nlines, "quoted"', "=pat"),
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_area) == ("B6", "A5:B7", "'production'!$A$1:$B$7")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.page_setup.fitToWidth in {None, 1}, "one page is what a sheet says that says nothing"
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$5:$5"
    assert [round(sheet.column_dimensions[letter].width) for letter in "AB"] == [41, 13]
    assert sheet["B7"].quotePrefix, "no program makes a formula of it when it is edited"


HOSTILE = [
    "Ήλιος;=1+2;",
    "=1+2",
    '=HYPERLINK("http://evil.test","Shop")',
    "Shop,=1+2",
    "Shop\t=1+2",
    "Shop|-1",
    "two\n@lines",
    "two\r\n+lines",
    '"=1+2',
    "a;'=1",
    "a; =1+2",
    "+30 2610 000000",
    "-50% Shop",
    "\uff1d1+2",
    "\t=1",
    "\r=1",
]


def cells_in_any_reading(text: str) -> set[str]:
    """What programs of several countries make of a CSV file: cells by each separator, quotes minded, or not."""
    cells: set[str] = set()
    for separator in ",;\t|":
        cells |= {cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row}
        cells |= {cell for line in text.splitlines() for cell in line.split(separator)}
    return {cell.strip(' "') for cell in cells}


def form(name: str) -> OrderSheet:
    row = FormRow("P-1", name, name, "piece", Decimal(6), Decimal("1.15"), None, None)
    return OrderSheet(uuid4(), "O-1", name, date(2026, 11, 23), date(2026, 11, 24), None, [row])


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_file_of_ours_has_a_formula_in_any_countrys_reading(text: str) -> None:
    row = (text, date(2026, 11, 24), Decimal(-6), True, text)
    for content in (await content_of(report(row), Medium.CSV), csv_form(form(text))):
        assert content.startswith(b"\xef\xbb\xbf")
        cells = cells_in_any_reading(content.decode("utf-8-sig"))
        signs = ("=", "+", "-", "@", "\t", "\r", "\uff1d")
        assert [cell for cell in cells if cell.strip() and cell.startswith(signs) and cell != "-6"] == []
    for content in (await content_of(report(row), Medium.XLSX), xlsx_form(form(text))):
        book = load_workbook(io.BytesIO(content))
        texts = {cell.value for line in book.worksheets[0] for cell in line if cell.data_type == "s"}
        assert text.replace("\r", "_x000D_") in texts or text.replace("\r\n", "\n") in texts or text in texts


@pytest.mark.parametrize("medium", list(WRITERS))
async def test_a_report_without_rows_is_its_heading(medium: Medium) -> None:
    content = await content_of(report(), medium)
    if medium is Medium.CSV:
        assert content.decode("utf-8-sig") == ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"
    else:
        assert list(load_workbook(io.BytesIO(content), read_only=True)["production"].values) == [HEADINGS]


def test_a_file_is_named_by_its_report_and_its_medium() -> None:
    answer = file_answer(report(FIRST), Medium.XLSX)
    assert isinstance(answer, StreamingResponse)
    assert answer.media_type == Medium.XLSX
    assert answer.headers["content-disposition"] == 'attachment; filename="production-2026-11-24.xlsx"'


def test_more_rows_than_a_sheet_holds_are_refused_for_a_workbook_alone() -> None:
    full, too_many = report(row_count=SHEET_ROWS), report(row_count=SHEET_ROWS + 1)
    assert file_answer(full, Medium.XLSX).status_code == 200
    assert file_answer(too_many, Medium.CSV).status_code == 200
    with pytest.raises(TooLarge, match="Ask for text/csv"):
        file_answer(too_many, Medium.XLSX)


def files_in(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def test_a_workbook_that_breaks_off_leaves_no_file_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left_behind: list[int] = []

    async def broken() -> AsyncIterator[Sequence[Row]]:
        yield [FIRST]
        left_behind.append(files_in(tmp_path))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await anext(xlsx_chunks(ReportFile("broken", "broken", COLUMNS, 2, broken())))
    left_behind.append(files_in(tmp_path))
    assert left_behind == [1, 0]
