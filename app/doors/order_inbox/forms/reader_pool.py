"""Reads attachments: a pool of processes that outlive their files, each with limits (`form_reader`)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.doors.order_inbox.forms.records import FormReading
from app.doors.order_inbox.forms.workbooks import MOST_BYTES
from app.doors.order_inbox.mail.records import Attachment
from app.doors.order_taking.schemas import OrderLineBody
from app.ground.errors import FieldProblem
from app.ground.web.fields import Code, Comment, Day
from app.ground.web.problems import field_problems
from app.ground.workers.child_processes import ChildLost, ChildPool, ChildProcess
from app.sales.orders.rules import OrderForm, OrderFormLine

log = structlog.get_logger()

WALL_SECONDS = 20.0
"""A process that takes longer over one file is ended: its own limit is processor time, and the machine may be busy."""
FILES_A_PROCESS = 1_000
LONGEST_ANSWER = 16 * 1024 * 1024
NAMELESS_FORMS = UUID("6f1c2f0e-52cb-4f2e-9b9a-2f4c1f5a7b11")
"""A form without an id gets one derived from its bytes in this namespace (RFC 9562, version 5)."""


class _FormBody(BaseModel):
    """A form as the API would take it, with the same bounds on its fields."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    outlet_code: Code
    delivery_date: Day
    comment: Comment = ""
    lines: list[OrderLineBody] = Field(max_length=500)


class FormReaders(ChildPool):
    """An async context manager: `processes` of them, each started when it is first needed."""

    def __init__(self, processes: int = 2) -> None:
        # a malicious file could fill the log
        module = "app.doors.order_inbox.forms.reader_process"
        super().__init__([ChildProcess(module, longest_answer=LONGEST_ANSWER, quiet=True) for _ in range(processes)])

    async def read(self, file: Attachment, instead: Callable[[], FormReading | None] = lambda: None) -> FormReading:
        """What an attachment says. Answers for any file, if need be that it cannot be read.

        `instead` is called when the file's turn has come: if it gives a reading, that is the answer, and the file stays
        unopened.
        """
        if not file.content:
            return _unreadable("empty_file", "The file is empty.")
        if len(file.content) > MOST_BYTES:
            return _unreadable("file_too_large", f"The file is larger than {MOST_BYTES // 1024 // 1024} MiB.")
        async with self.lent() as process:
            if (unopened := instead()) is not None:
                return unopened
            answer = await _answer(process, file.content)
        if answer is None:
            return _unreadable("takes_too_long", "The file takes more time or memory to read than any order form does.")
        return _reading(orjson.loads(answer), file.digest)


async def _answer(process: ChildProcess, content: bytes) -> bytes | None:
    """The answer to one file; None where the process did not survive it."""
    if process.answered >= FILES_A_PROCESS:
        await process.end()
    try:
        return await process.answer(content, WALL_SECONDS)
    except ChildLost as error:
        log.warning("form_reader_ended", reason=str(error), size=len(content))
        return None


def _unreadable(code: str, message: str) -> FormReading:
    return FormReading(None, [FieldProblem("", code, message)])


def _reading(answer: dict[str, Any], digest: bytes) -> FormReading:
    if "unforeseen" in answer:
        log.error("form_not_read", digest=digest.hex(), unforeseen=answer["unforeseen"])
    if "unreadable" in answer:
        return _unreadable(*answer["unreadable"])
    problems = [FieldProblem(*problem) for problem in answer["problems"]]
    pointers = {problem.pointer for problem in problems}
    body, field_errors = _checked(answer, digest)
    # what is unclear in the sheet is missing in the body too: report it once
    problems += [
        problem for problem in field_errors if not any(_within(problem.pointer, pointer) for pointer in pointers)
    ]
    if body is None or problems:
        return FormReading(None, problems, answer["cells"])
    lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in body.lines)
    form = OrderForm(body.id, body.outlet_code, None, body.delivery_date, lines, body.comment)
    return FormReading(form, (), answer["cells"])


def _checked(answer: dict[str, Any], digest: bytes) -> tuple[_FormBody | None, list[FieldProblem]]:
    names = ("product_code", "quantity", "unit_price")
    raw = {
        "id": answer["form_id"] or uuid5(NAMELESS_FORMS, digest.hex()),
        "outlet_code": answer["outlet_code"],
        "delivery_date": answer["delivery_date"],
        "comment": answer["comment"],
        "lines": [dict(zip(names, line, strict=True)) for line in answer["lines"]],
    }
    try:
        return _FormBody.model_validate(raw), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        return None, field_problems(errors)


def _within(pointer: str, parent: str) -> bool:
    return bool(parent) and (pointer == parent or pointer.startswith(f"{parent}/"))
