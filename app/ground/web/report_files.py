"""Reports as files: whatever gives its columns and rows leaves as any of the media that `WRITERS` has.

Rows come page by page, and leave as they come, so that no size of a report is held in memory. A route takes
`AcceptedMedium`, documents `report_responses`, and answers `file_answer` where no JSON is asked for.
"""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Response
from fastapi.responses import StreamingResponse
from xlsxwriter import Workbook

from app.ground import clock
from app.ground.errors import TooLarge
from app.ground.web.media_types import Medium
from app.ground.web.spreadsheets import Cell, harmless, put, storable

SHEET_ROWS = 1_048_575
"""What a sheet holds beside its heading."""

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report's columns and rows. `name`: of the file, without its ending; `title`: of a workbook's sheet.

    `pages`: the rows, some at a time, each a value for every column; `row_count`: how many they are in all.
    """

    name: str
    title: str
    columns: Sequence[str]
    row_count: int
    pages: AsyncIterator[Sequence[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Writer:
    """How a medium is written. `schema`, `example` (of the columns): what OpenAPI says of it; `most_rows`: it holds."""

    write: Callable[[ReportFile], AsyncIterator[bytes]]
    schema: dict[str, str]
    example: Callable[[Sequence[str]], str]
    most_rows: int | None = None


def report_responses(columns: Sequence[str]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a report's answers beside JSON."""
    content = {
        medium: {"schema": writer.schema, "example": writer.example(columns)} for medium, writer in WRITERS.items()
    }
    return {200: {"description": "A page of JSON, or the whole report as a file, by `Accept`", "content": content}}


def file_answer(report: ReportFile, medium: Medium) -> Response:
    """The report as a file. Raises TooLarge where the medium does not hold so many rows."""
    writer = WRITERS[medium]
    if writer.most_rows is not None and report.row_count > writer.most_rows:
        raise TooLarge(
            f"A sheet holds {writer.most_rows} rows, and this report has {report.row_count}. Ask for {Medium.CSV}."
        )
    headers = {"Content-Disposition": f'attachment; filename="{report.name}.{medium.name.lower()}"'}
    return StreamingResponse(writer.write(report), media_type=medium.value, headers=headers)


async def csv_chunks(report: ReportFile) -> AsyncIterator[bytes]:
    """A report as CSV (UTF-8, RFC 4180), heading first."""
    yield _csv([report.columns])
    async for page in report.pages:
        yield _csv([_csv_cells(row) for row in page])


async def xlsx_chunks(report: ReportFile) -> AsyncIterator[bytes]:
    """A report as a workbook of one sheet: rows go to disk as they come, in one thread for all."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()  # a sheet of all the rows that one holds may unpack to more than 2 GiB
        book.set_properties({"created": clock.now()})
        sheet = book.add_worksheet(report.title)
        try:
            _write_row(sheet, 0, report.columns)
            first = 1
            async for page in report.pages:
                await to_thread.run_sync(_write_page, sheet, first, page, limiter=_one_at_a_time)
                first += len(page)
        finally:
            # where it breaks off as well, at a sixteenth of what the rows have cost: nothing else closes their file
            with CancelScope(shield=True):
                await to_thread.run_sync(book.close, limiter=_one_at_a_time)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _write_page(sheet: Any, first: int, page: Sequence[Sequence[object]]) -> None:
    for number, row in enumerate(page, first):
        _write_row(sheet, number, (harmless(storable(value)) for value in row))


def _write_row(sheet: Any, number: int, cells: Iterable[Cell]) -> None:
    for column, cell in enumerate(cells):
        put(sheet, number, column, cell)


def _csv_cells(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        cell = harmless(value)
        yield "" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell


def _csv(rows: object) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)  # type: ignore[arg-type] # typeshed wants a protocol that iterators fulfil
    return out.getvalue().encode()


_one_at_a_time = CapacityLimiter(1)

WRITERS: dict[Medium, Writer] = {
    Medium.CSV: Writer(csv_chunks, {"type": "string"}, ",".join),
    Medium.XLSX: Writer(
        xlsx_chunks, {"type": "string", "format": "binary"}, lambda _: "(a workbook)", most_rows=SHEET_ROWS
    ),
}
"""How every medium but JSON is written."""
