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
"""A process that is silent for longer over one file is ended: its limit is processor time, and the machine is busy."""
FILES_A_PROCESS = 1_000
LONGEST_ANSWER = 16 * 1024 * 1024
NAMELESS_FORMS = UUID("6f1c2f0e-52cb-4f2e-9b9a-2f4c1f5a7b11")
"""A form without an id is known by its bytes: its id is made of them in this namespace (RFC 9562, version 5)."""


class _FormBody(BaseModel):
    """A form as the API would take it: what bounds its fields there bounds them here."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    outlet_code: Code
    delivery_date: Day
    comment: Comment = ""
    lines: list[OrderLineBody] = Field(max_length=500)


class FormReaders(ChildPool):
    """An async context manager: `processes` of them, each started when it is first needed."""

    def __init__(self, processes: int = 2) -> None:
        # a file that was made to fail could fill the log
        module = "app.doors.order_inbox.forms.reader_process"
        super().__init__([ChildProcess(module, longest_answer=LONGEST_ANSWER, quiet=True) for _ in range(processes)])

    async def read(self, file: Attachment, instead: Callable[[], FormReading | None] = lambda: None) -> FormReading:
        """What an attachment says. Whatever the file is, this answers, if need be that it cannot be read.

        `instead` is asked when its turn has come: what it answers is the answer, and the file stays unopened.
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


def _reading(said: dict[str, Any], digest: bytes) -> FormReading:
    if "unforeseen" in said:
        log.error("form_not_read", digest=digest.hex(), unforeseen=said["unforeseen"])
    if "unreadable" in said:
        return _unreadable(*said["unreadable"])
    problems = [FieldProblem(*problem) for problem in said["problems"]]
    told = {problem.pointer for problem in problems}
    body, found = _checked(said, digest)
    # what the sheet did not say clearly is missing in the body too: once is enough
    problems += [problem for problem in found if not any(_within(problem.pointer, pointer) for pointer in told)]
    if body is None or problems:
        return FormReading(None, problems, said["cells"])
    lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in body.lines)
    form = OrderForm(body.id, body.outlet_code, None, body.delivery_date, lines, body.comment)
    return FormReading(form, (), said["cells"])


def _checked(said: dict[str, Any], digest: bytes) -> tuple[_FormBody | None, list[FieldProblem]]:
    names = ("product_code", "quantity", "unit_price")
    raw = {
        "id": said["form_id"] or uuid5(NAMELESS_FORMS, digest.hex()),
        "outlet_code": said["outlet_code"],
        "delivery_date": said["delivery_date"],
        "comment": said["comment"],
        "lines": [dict(zip(names, line, strict=True)) for line in said["lines"]],
    }
    try:
        return _FormBody.model_validate(raw), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return None, field_problems(found)


def _within(pointer: str, told: str) -> bool:
    return bool(told) and (pointer == told or pointer.startswith(f"{told}/"))
