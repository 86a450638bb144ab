"""Workbooks for imports, and their rows as the import reads them: through the process's own reader, in this process."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from openpyxl import Workbook
from pydantic import BaseModel

from app.doors.imports.files import FileRow
from app.doors.imports.packed_sheets import sheet_of
from app.doors.imports.workbook_files import rows_of_sheet
from app.doors.imports.workbook_process import read_sheet


def make_sheet(*rows: Sequence[Any], touch: Callable[[Any], object] = lambda _: None) -> bytes:
    """A workbook by openpyxl whose only sheet has these rows; `touch` does to the sheet what the test is about."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    touch(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(content: bytes, model: type[BaseModel]) -> list[FileRow]:
    return rows_of_sheet(sheet_of(orjson.loads(read_sheet(content))), model)


def refusal(content: bytes) -> tuple[str, dict[str, int]]:
    """The code and the limit by which the process refuses a file."""
    code, _, limit = orjson.loads(read_sheet(content))["refused"]
    return code, limit


def parts_of(content: bytes) -> dict[str, str]:
    """The parts of a workbook as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
