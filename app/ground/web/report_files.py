"""Reports as files: whatever gives its columns and rows leaves as any of the media that `WRITERS` has.

Rows come page by page, and leave as they come, so that no size of a report is held in memory. A route takes
`AcceptedMedium`, documents `report_responses`, and answers `file_answer` where no JSON is asked for.
"""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Response
from fastapi.responses import StreamingResponse
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from app.ground import clock
from app.ground.errors import TooLarge
from app.ground.web.media_types import Medium
from app.ground.web.paths import attachment
from app.ground.web.spreadsheets import begins_like_a_formula, harmless, put, storable

SHEET_ROWS = 1_048_560
"""What a sheet holds beside its title and its heading."""

CHUNK_BYTES = 64 * 1024
MARK = b"\xef\xbb\xbf"
"""Of byte order: without it spreadsheet programs take UTF-8 for whatever is usual in their country."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a workbook: the report's column that it shows, its heading for people, its width in characters.

    `words`: what people read for values that are names of ours; others are shown without underscores. `number_format`:
    as spreadsheet programs write it. `summed`: its sum stands under the table; `unit`: the column that says of what:
    where that is not the same throughout, there is no sum.
    """

    name: str
    heading: str
    width: int = 16
    words: Mapping[str, str] | None = None
    number_format: str | None = None
    summed: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report's columns and rows. `name`: of the file, without its ending; `title`: of a workbook's sheet.

    `pages`: the rows, some at a time, each a value for every column; `row_count`: how many they are in all, or may be.
    `about`: what stands above the table of a workbook, label and value. `sheet`: its columns, where they are not all of
    the report's by their own names; `zone`: whose clocks its instants are shown by; `total`: what stands before its
    sums.
    """

    name: str
    title: str
    columns: Sequence[str]
    row_count: int
    pages: AsyncIterator[Sequence[Row]]
    about: Sequence[tuple[str, str]] = ()
    sheet: Sequence[SheetColumn] = ()
    zone: tzinfo = UTC
    total: str = "Total"

    def sheet_columns(self) -> Sequence[SheetColumn]:
        """The columns of a workbook."""
        return self.sheet or [SheetColumn(name, in_words(name)) for name in self.columns]


def in_words(name: str) -> str:
    """A name of ours for people: `outlet_code` is Outlet code."""
    return name.replace("_", " ").capitalize()


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
    headers = {"Content-Disposition": attachment(f"{report.name}.{medium.name.lower()}")}
    return StreamingResponse(writer.write(report), media_type=medium.value, headers=headers)


async def csv_chunks(report: ReportFile) -> AsyncIterator[bytes]:
    """A report as CSV (RFC 4180; UTF-8 with a mark), heading first.

    Every field is quoted: a separator within one ends it in no program.
    """
    yield MARK + _csv([report.columns])
    async for page in report.pages:
        yield _csv([_csv_cells(row) for row in page])


async def xlsx_chunks(report: ReportFile) -> AsyncIterator[bytes]:
    """A report as a workbook of one sheet, to be handed out: rows go to disk as they come, in one thread for all."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd"})
        book.use_zip64()  # a sheet of all the rows that one holds may unpack to more than 2 GiB
        book.set_properties({"created": clock.now(), "title": report.title})
        table = _ReportSheet(book, report)
        try:
            table.write_head()
            first = table.first_row
            async for page in report.pages:
                await to_thread.run_sync(table.write_page, first, page, limiter=_one_at_a_time)
                first += len(page)
            table.frame(first)
            table.write_sums(first)
        finally:
            # where it breaks off as well, at a sixteenth of what the rows have cost: nothing else closes their file
            with CancelScope(shield=True):
                await to_thread.run_sync(book.close, limiter=_one_at_a_time)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


class _ReportSheet:
    """The sheet of a workbook: a title, what it is about, and a table that can be filtered and printed."""

    def __init__(self, book: Any, report: ReportFile) -> None:
        self._report, self._columns = report, report.sheet_columns()
        self._places = [report.columns.index(column.name) for column in self._columns]
        self._cells = book.add_worksheet(report.title)
        self._bold = book.add_format({"bold": True})
        self._heading = book.add_format({"bold": True, "bg_color": "#DDE5EE", "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True, "font_size": 14})
        # for text that a program would take for a formula once somebody edits its cell
        self._quoted = book.add_format({"quote_prefix": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._numbers = [_number_style(book, column) for column in self._columns]
        self._total = book.add_format({"bold": True, "top": 1})
        self._totals = [_number_style(book, column, {"bold": True, "top": 1}) for column in self._columns]
        self._sums = dict.fromkeys((place for place, column in enumerate(self._columns) if column.summed), Decimal(0))
        self._units: dict[int, set[object]] = {place: set() for place in self._sums}
        self.first_row = 1 + (2 + len(report.about) if report.about else 0)
        """Where the table begins, under its heading; rows and columns count from 0 on."""

    def write_head(self) -> None:
        """What stands above the rows, and how the sheet scrolls and prints."""
        cells, heading_row = self._cells, self.first_row - 1
        for place, column in enumerate(self._columns):
            cells.set_column(place, place, column.width)
        cells.freeze_panes(self.first_row, 1)
        cells.repeat_rows(heading_row)
        cells.set_landscape()
        cells.set_paper(_A4)
        cells.fit_to_pages(1, 0)
        cells.set_footer("&L&F&R&P / &N")
        if self._report.about:
            put(cells, 0, 0, in_words(self._report.title), self._title)
        for row, (label, value) in enumerate(self._report.about, 1):
            put(cells, row, 0, label, self._bold)
            put(cells, row, 1, value)
        for place, column in enumerate(self._columns):
            put(cells, heading_row, place, column.heading, self._heading)

    def write_page(self, first: int, page: Sequence[Row]) -> None:
        """Rows from a row of the sheet on."""
        for number, row in enumerate(page, first):
            for place, (column, source) in enumerate(zip(self._columns, self._places, strict=True)):
                self._write(number, place, _readable(column, row[source], self._report.zone))
            self._add_up(row)

    def frame(self, row: int) -> None:
        """What can be filtered and what is printed; `row`: the one after the last."""
        last_row, last_column = max(row - 1, self.first_row), len(self._columns) - 1
        self._cells.autofilter(self.first_row - 1, 0, last_row, last_column)
        self._cells.print_area(0, 0, last_row + bool(self._sums), last_column)

    def write_sums(self, row: int) -> None:
        """The sums under the last row, of what is shown: they follow when somebody filters the rows."""
        if not self._sums or row == self.first_row:
            return
        put(self._cells, row, 0, self._report.total, self._total)
        for place in range(1, len(self._columns)):
            if place in self._sums and len(self._units[place]) <= 1:
                column = xl_col_to_name(place)
                formula = f"=SUBTOTAL(109,{column}{self.first_row + 1}:{column}{row})"
                self._cells.write_formula(row, place, formula, self._totals[place], float(self._sums[place]))
            else:
                put(self._cells, row, place, None, self._total)

    def _add_up(self, row: Row) -> None:
        for place in self._sums:
            value = row[self._places[place]]
            if isinstance(value, int | Decimal):
                self._sums[place] += value
                unit = self._columns[place].unit
                self._units[place].add(None if unit is None else row[self._report.columns.index(unit)])

    def _write(self, row: int, column: int, cell: object) -> None:
        value = storable(cell)
        style = self._quoted if begins_like_a_formula(value) else self._day if type(value) is date else None
        put(self._cells, row, column, value, style or (self._numbers[column] if _is_number(value) else None))


def _number_style(book: Any, column: SheetColumn, beside: Mapping[str, Any] | None = None) -> Any:
    properties = dict(beside or {})
    if column.number_format is not None:
        properties["num_format"] = column.number_format
    return book.add_format(properties) if properties else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _readable(column: SheetColumn, value: object, zone: tzinfo) -> object:
    """A value as people read it: words for ours, and for yes and no."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str() if column.words is not None:
            return column.words.get(value, in_words(value))
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        case None | str() | Decimal() | int() | date():
            return value
    return str(value)


def _csv_cells(row: Row) -> Iterator[object]:
    for value in row:
        yield "" if value is None else str(value).lower() if isinstance(value, bool) else harmless(value)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


_A4 = 9
_one_at_a_time = CapacityLimiter(1)

WRITERS: dict[Medium, Writer] = {
    Medium.CSV: Writer(csv_chunks, {"type": "string"}, lambda columns: ",".join(f'"{name}"' for name in columns)),
    Medium.XLSX: Writer(
        xlsx_chunks, {"type": "string", "format": "binary"}, lambda _: "(a workbook)", most_rows=SHEET_ROWS
    ),
}
"""How every medium but JSON is written."""
