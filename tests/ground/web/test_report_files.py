"""Any report as a file: rows and columns are all that it takes."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.responses import StreamingResponse
from openpyxl import load_workbook

from app.ground.errors import TooLarge
from app.ground.web.media_types import Medium
from app.ground.web.report_files import (
    SHEET_ROWS,
    WRITERS,
    ReportFile,
    file_answer,
    report_responses,
    xlsx_chunks,
)

COLUMNS = ("outlet_code", "delivery_date", "quantity", "final", "comment")
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


def test_every_medium_but_json_has_a_writer_and_openapi_says_so() -> None:
    assert set(WRITERS) == set(Medium) - {Medium.JSON}
    assert set(report_responses(COLUMNS)[200]["content"]) == set(WRITERS)
    assert report_responses(COLUMNS)[200]["content"][Medium.CSV]["example"] == ",".join(COLUMNS)


async def test_a_report_as_csv_has_its_heading_and_a_line_for_each_row() -> None:
    rows = list(csv.reader(io.StringIO((await content_of(report(FIRST, SECOND), Medium.CSV)).decode())))
    assert rows == [
        list(COLUMNS),
        ["PAT-0042", "2026-11-24", "12.5", "true", ""],
        ["'=PAT", "2026-11-25", "6", "false", 'two\nlines, "quoted"'],
    ]


async def test_a_report_as_a_workbook_is_one_sheet_of_text_and_truth() -> None:
    content = await content_of(report(FIRST, SECOND), Medium.XLSX)
    assert list(load_workbook(io.BytesIO(content), read_only=True)["production"].values) == [
        COLUMNS,
        ("PAT-0042", "2026-11-24", "12.5", True, None),
        ("'=PAT", "2026-11-25", "6", False, 'two\nlines, "quoted"'),
    ]


@pytest.mark.parametrize("medium", list(WRITERS))
async def test_a_report_without_rows_is_its_heading(medium: Medium) -> None:
    content = await content_of(report(), medium)
    if medium is Medium.CSV:
        assert content.decode() == ",".join(COLUMNS) + "\r\n"
    else:
        assert list(load_workbook(io.BytesIO(content), read_only=True)["production"].values) == [COLUMNS]


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
