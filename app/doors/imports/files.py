"""Reading a file: bytes in, rows with their line numbers out. Runs in a thread: a large file takes a while."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ValidationError

from app.doors.imports.columns import Column, columns_of, row_of, short_names_of
from app.doors.imports.errors import FileUnreadable, TooManyRows
from app.doors.imports.packed_sheets import MOST_ROWS
from app.doors.imports.text_values import decimal_marks, value_of_text
from app.ground.errors import FieldProblem
from app.ground.sheets.file_heads import is_workbook
from app.ground.web.media_types import Medium
from app.ground.web.problems import field_problems
from app.ground.web.requests import holds_nul

MOST_PROBLEMS = 20
"""As many problems of one row, or of the header, are told: an answer is a small part of what 32 MiB can do wrong."""
LONGEST_ECHO = 64
CSV_TYPES = frozenset({"text/csv", "application/csv"})
NDJSON_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json"}
)

WORKBOOK_TYPES = frozenset({Medium.XLSX.value, "application/vnd.ms-excel"})
"""The second is that of old workbooks, for which some programs send it with any: what it is its bytes say."""

CHARSETS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|cp125[0-8]|cp(437|737|850|852|855|857|866|869)|iso8859-\d+|koi8-[ru]|mac-(greek|cyrillic)"
)
"""The charsets that are read, by Python's names: those of text, none that unpacks or escapes."""

_ID = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_IDS = re.compile(r'"id"\s*:\s*"([0-9A-Fa-f-]+)"')
"""Those that a line names which is no JSON: it was cut, or is two."""

_LINE = re.compile("[^\n]+")  # only \n ends a line: str.splitlines would cut a JSON string at a U+2028


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row as it was read: the body, or what is wrong with it."""

    line: int
    raw: dict[str, Any]
    body: BaseModel | None
    problems: tuple[FieldProblem, ...] = ()


def media_type_of(content_type: str) -> str:
    """The type of a file without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def read_file(content: bytes, content_type: str, model: type[BaseModel]) -> list[FileRow]:
    """The rows of a CSV or NDJSON file. Raises FileUnreadable for the file as a whole, TooManyRows past the limit."""
    media_type = media_type_of(content_type)
    if media_type not in CSV_TYPES | NDJSON_TYPES:
        raise FileUnreadable(
            f"Send text/csv, application/x-ndjson or {Medium.XLSX}.",
            errors=[FieldProblem("/header/content-type", "media_type", "This type of file cannot be imported.")],
        )
    if is_workbook(content):
        problem = FieldProblem("/header/content-type", "media_type", "The file is a workbook, no text.")
        raise FileUnreadable(f"Send a workbook as {Medium.XLSX}.", errors=[problem])
    text = _text(content, content_type)
    rows = _csv_rows(text, model) if media_type in CSV_TYPES else _ndjson_rows(text, model)
    read: list[FileRow] = []
    for row in rows:
        if len(read) == MOST_ROWS:
            raise TooManyRows(f"An import may have {MOST_ROWS} rows.", limit_rows=MOST_ROWS)
        read.append(row)
    return read


def _text(content: bytes, content_type: str) -> str:
    """The file as text, by the `charset` of its Content-Type; without one it is UTF-8."""
    message = Message()
    message["Content-Type"] = content_type
    charset = str(message.get_param("charset") or "utf-8").lower()
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if not CHARSETS.fullmatch(name):
        problem = FieldProblem(
            "/header/content-type", "charset", f"This charset is not read: {charset[:LONGEST_ECHO]}."
        )
        raise FileUnreadable("Send UTF-8, or name the charset in the Content-Type.", errors=[problem])
    try:
        return content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        where = (
            f"byte {error.start} is {content[error.start]:#04x}" if error.start < len(content) else "it ends too soon"
        )
        advice = "" if "charset" in content_type.lower() else " Name its charset: text/csv; charset=windows-1253."
        raise FileUnreadable(f"The file is not {name.upper()}: {where}.{advice}") from error


def _ndjson_rows(text: str, model: type[BaseModel]) -> Iterator[FileRow]:
    for line, content in _lines(text):
        try:
            raw = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            problem = FieldProblem("", "json_invalid", f"This line is not JSON: {error.msg}.")
            yield FileRow(line, _named(*_IDS.findall(content)), None, (problem,))
            continue
        if not isinstance(raw, dict):
            yield FileRow(line, {}, None, (FieldProblem("", "not_an_object", "A row is a JSON object."),))
        elif holds_nul(raw):
            problem = FieldProblem("", "nul", "A text holds the character NUL.")
            yield FileRow(line, _named(str(raw.get("id"))), None, (problem,))
        else:
            yield checked(line, raw, model)


def _named(*ids: str) -> dict[str, Any]:
    """What can be told of a row that cannot be read: the id of its record, where it names one, and no other."""
    ids = tuple(dict.fromkeys(ids))
    return {"id": ids[0]} if len(ids) == 1 and _ID.fullmatch(ids[0]) else {}


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers, one at a time: a list of them could be ten times the file."""
    number, end = 1, 0
    for match in _LINE.finditer(text):
        number += text.count("\n", end, match.start())
        end = match.end()
        if not match.group().isspace():
            yield number, match.group()


def _csv_rows(text: str, model: type[BaseModel]) -> Iterator[FileRow]:
    if "\x00" in text:
        raise FileUnreadable(f"Line {text[: text.index(chr(0))].count(chr(10)) + 1} holds the character NUL.")
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)

    columns, records = _records(reader, model)
    marks = decimal_marks((record.cells for record in records), columns_of(model))

    def value(cell: str, column: Column) -> Any:
        return value_of_text(cell, column, point_is_decimal=delimiter == ",", mark=marks.get(column.name))

    for record in records:
        if record.width != len(columns):
            message = f"This row has {record.width} cells, the header has {len(columns)}."
            yield FileRow(record.line, _named(record.id), None, (FieldProblem("", "ragged", message),))
        else:
            raw, unclear = row_of(model, record.cells, value)
            yield checked(record.line, raw, model, unclear)


class _Record(NamedTuple):
    """A row of a CSV file: its line, how many cells it has, and those that are filled, where these are as many as the
    header's. `id`: what stands in the place of that column, however many they are.
    """

    line: int
    width: int
    cells: Mapping[str, str]
    id: str


def _records(reader: Any, model: type[BaseModel]) -> tuple[list[str], list[_Record]]:
    """The columns, and the rows that are not blank: at most one more than an import may have."""
    columns: list[str] = []
    records: list[_Record] = []
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = columns_in(cells, model)
                continue
            pairs = zip(columns, cells, strict=True) if len(cells) == len(columns) else ()
            filled = {name: cell.strip() for name, cell in pairs if cell.strip()}
            id_ = dict(zip(columns, cells, strict=False)).get("id", "") if not filled else ""
            records.append(_Record(line, len(cells), filled, id_.strip()))
            if len(records) > MOST_ROWS:
                break
    except csv.Error as error:
        # no row after this one can be trusted: a quote that nobody closed turns rows into text, and text into rows
        raise FileUnreadable(f"The row that begins in line {end + 1} is not CSV: {error}.") from error
    return columns, records


def _delimiter(text: str) -> str:
    """What the header separates its columns by: no column's name holds a separator, and spreadsheets differ."""
    header = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    return next((mark for mark in ",;\t" if mark in header), ",")


def columns_in(header: Sequence[str], model: type[BaseModel]) -> list[str]:
    """The header's columns. Raises FileUnreadable where one is unknown or comes twice: a typing error must not pass."""
    model_columns, short_names = columns_of(model), short_names_of(model)
    columns = [short_names.get(cell.strip(), cell.strip()) for cell in header]
    unknown = f"Known are: {', '.join(model_columns)}."
    faults = [(column, "unknown_column", unknown) for column in columns if column not in model_columns]
    duplicates = sorted(column for column, times in Counter(columns).items() if times > 1)
    faults += [(column, "repeated_column", "This column comes twice.") for column in duplicates]
    if faults:
        problems = [
            FieldProblem(f"/header/{name[:LONGEST_ECHO]}", *problem) for name, *problem in faults[:MOST_PROBLEMS]
        ]
        raise FileUnreadable("The header of the file is not right.", errors=problems)
    return columns


def checked(line: int, raw: dict[str, Any], model: type[BaseModel], problems: Sequence[FieldProblem] = ()) -> FileRow:
    """A row as its body, or with what is wrong with it: `problems`, and what the model finds wrong beside them."""
    try:
        body = model.model_validate(raw)
    except ValidationError as error:
        body = None
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        pointers = {problem.pointer for problem in problems}
        violations = field_problems(errors[:MOST_PROBLEMS])
        # what is unclear is missing in the body, too: told once
        problems = [*problems, *(problem for problem in violations if problem.pointer not in pointers)]
    return FileRow(line, raw, None if problems else body, tuple(problems[:MOST_PROBLEMS]))
