"""The 17:00 report as files: CSV and XLSX, page by page, so that no size of a run is held in memory (C8)."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import astuple, fields
from typing import Any
from uuid import UUID

from anyio import CancelScope, CapacityLimiter, to_thread
from xlsxwriter import Workbook

from app.closing.cutoff import report_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.report_queries import ReportedMissingOrder
from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import TooLarge
from app.ground.web.spreadsheets import Cell, harmless, put, storable

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
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()  # a sheet of all the rows that one holds may unpack to more than 2 GiB
        book.set_properties({"created": clock.now()})
        sheet = book.add_worksheet("missing orders")
        try:
            _write_row(sheet, 0, COLUMNS)
            first = 1
            async for page in _pages(database, run):
                await to_thread.run_sync(_write_page, sheet, first, page, limiter=_one_at_a_time)
                first += len(page)
        finally:
            # where it breaks off as well, at a sixteenth of what the rows have cost: nothing else closes their file
            with CancelScope(shield=True):
                await to_thread.run_sync(book.close, limiter=_one_at_a_time)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


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


def _write_page(sheet: Any, first: int, page: list[ReportedMissingOrder]) -> None:
    for number, row in enumerate(page, first):
        _write_row(sheet, number, (harmless(storable(value)) for value in astuple(row)))


def _write_row(sheet: Any, number: int, cells: Iterable[Cell]) -> None:
    for column, cell in enumerate(cells):
        put(sheet, number, column, cell)


def _written(row: ReportedMissingOrder) -> Iterator[str]:
    for value in astuple(row):
        cell = harmless(value)
        yield "" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell


def _csv(rows: object) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)  # type: ignore[arg-type] # typeshed wants a protocol that iterators fulfil
    return out.getvalue().encode()


_one_at_a_time = CapacityLimiter(1)
