"""The 17:00 report as files: CSV and XLSX, page by page, so that no size of a run is held in memory (C8)."""

import contextlib
import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import astuple, fields
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.closing.cutoff import report_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.report_queries import ReportedMissingOrder
from app.ground.db.session import Database
from app.ground.errors import TooLarge
from app.ground.web.spreadsheets import harmless, storable

ROWS_A_PAGE = 2_000
SHEET_ROWS = 1_048_575
"""What a sheet holds beside its heading."""

CHUNK_BYTES = 64 * 1024
COLUMNS = tuple(field.name for field in fields(ReportedMissingOrder))


async def csv_chunks(database: Database, run: CutoffRun) -> AsyncIterator[bytes]:
    """The run's missing orders as CSV (UTF-8, RFC 4180), heading first. Each page is a short transaction of its own."""
    yield _csv([COLUMNS])
    async for page in _pages(database, run):
        yield _csv([_written(row) for row in page])


async def xlsx_chunks(database: Database, run: CutoffRun) -> AsyncIterator[bytes]:
    """The run's missing orders as a workbook of one sheet: rows go to disk as they come, in one thread for all."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("missing orders")
    try:
        sheet.append(COLUMNS)
        async for page in _pages(database, run):
            await to_thread.run_sync(_append, sheet, page, limiter=_one_at_a_time)
        with tempfile.TemporaryFile() as file:
            await to_thread.run_sync(book.save, file, limiter=_one_at_a_time)
            file.seek(0)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    finally:
        _remove_rows(sheet)


def _remove_rows(sheet: Any) -> None:
    """Remove the file of a sheet's rows where the workbook was not saved; openpyxl keeps it until the process ends."""
    try:
        if not sheet.closed:
            sheet.close()
    finally:
        with contextlib.suppress(FileNotFoundError):
            sheet._writer.cleanup()  # noqa: SLF001  # openpyxl has no other name for it


def must_fit_a_sheet(run: CutoffRun) -> None:
    """Raise TooLarge for a run with more missing orders than a sheet has rows."""
    if run.missing_orders > SHEET_ROWS:
        raise TooLarge(f"A sheet holds {SHEET_ROWS} rows, and this run has {run.missing_orders}. Ask for text/csv.")


async def _pages(database: Database, run: CutoffRun) -> AsyncIterator[list[ReportedMissingOrder]]:
    after: UUID | None = None
    while True:
        async with database.read_only() as session:
            page = await queries.missing_orders(session, run, after, ROWS_A_PAGE)
        if page:
            yield page
        if len(page) < ROWS_A_PAGE:
            return
        after = page[-1].visit_id


def _append(sheet: Worksheet, page: list[ReportedMissingOrder]) -> None:
    for row in page:
        sheet.append([harmless(storable(value)) for value in astuple(row)])


def _written(row: ReportedMissingOrder) -> Iterator[str]:
    for value in astuple(row):
        cell = harmless(value)
        yield "" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell


def _csv(rows: object) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)  # type: ignore[arg-type] # typeshed wants a protocol that iterators fulfil
    return out.getvalue().encode()


_one_at_a_time = CapacityLimiter(1)
