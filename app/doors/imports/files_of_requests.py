"""The file of a request, and its answer, for all routes of imports.

What takes as long as the file is long runs in a thread: the other requests of this worker go on meanwhile.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from anyio import to_thread
from fastapi import Request, Response
from pydantic import BaseModel

from app.doors.imports.files import WORKBOOK_TYPES, FileRow, media_type_of, read_file
from app.doors.imports.packed_sheets import sheet_of
from app.doors.imports.schemas import ImportAnswer, ImportRowAnswer
from app.doors.imports.workbook_files import rows_of_sheet
from app.doors.imports.workbook_reader import WorkbookReaders
from app.ground.errors import Invalid
from app.ground.web.media_types import Medium
from app.ground.web.problems import Problem, problem_body
from app.ground.web.upserts import Upserted, UpsertStatus

AT_ONCE = 2
"""Files that a process imports at the same time, the others wait: each takes a connection and some 300 MB."""


def file_of(example: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an import in the contract; `example`: a row of it."""
    header, values = ",".join(example), ",".join(map(str, example.values()))
    binary = {"type": "string", "format": "binary"}
    content: dict[str, Any] = {
        "application/x-ndjson": {"schema": binary, "example": orjson.dumps(example).decode() + "\n"},
        "text/csv": {"schema": binary, "example": f"{header}\n{values}\n"},
        Medium.XLSX.value: {
            "schema": binary | {"description": "a workbook with the columns of CSV"},
            "example": "(a workbook)",
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def turns(request: Request) -> asyncio.Semaphore:
    """Whose turn it is to import a file."""
    waiting: asyncio.Semaphore = request.app.state.import_turns
    return waiting


async def rows_in(request: Request, content_type: str, content: bytes, model: type[BaseModel]) -> list[FileRow]:
    """The rows of a file. Raises FileUnreadable, TooManyRows and WorkbookTooLarge for the file as a whole."""
    if media_type_of(content_type) not in WORKBOOK_TYPES:
        return await to_thread.run_sync(read_file, content, content_type, model)
    readers: WorkbookReaders = request.app.state.workbook_readers
    sheet = await readers.read(content)
    return await to_thread.run_sync(lambda: rows_of_sheet(sheet_of(orjson.loads(sheet)), model))


async def answered(
    request: Request, rows: Sequence[FileRow], fates: Sequence[Upserted], code_of: Callable[[FileRow], str | None]
) -> Response:
    """The answer to an import: what became of each row."""
    instance = str(request.scope.get("request_id", ""))
    body = await to_thread.run_sync(_body, rows, fates, code_of, instance)
    return Response(body, media_type="application/json")


def _body(
    rows: Sequence[FileRow], fates: Sequence[Upserted], code_of: Callable[[FileRow], str | None], instance: str
) -> str:
    results = [_result(row, fate, code_of(row), instance) for row, fate in zip(rows, fates, strict=True)]
    rejected = sum(fate.status is UpsertStatus.REJECTED for fate in fates)
    return ImportAnswer(accepted=len(rows) - rejected, rejected=rejected, results=results).model_dump_json()


def _result(row: FileRow, fate: Upserted, code: str | None, instance: str) -> ImportRowAnswer:
    problem = None
    if fate.status is UpsertStatus.REJECTED:
        error = Invalid("The row breaks a rule.", errors=fate.problems)
        problem = Problem.model_validate(problem_body(error, instance))
    return ImportRowAnswer(line=row.line, code=code, status=fate.status, problem=problem)
