"""Reads attachments: a pool of processes that outlive their files, each with limits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.doors.order_inbox.forms.attachments import Attachment
from app.doors.order_inbox.forms.form_limits import FORM_LIMITS
from app.doors.order_inbox.forms.form_requests import FORM, form_request
from app.doors.order_inbox.forms.records import InboxFormStatus, ReceivedForm, unreadable
from app.doors.order_inbox.forms.understanding import ReadSheet
from app.doors.order_taking.schemas import OrderLineBody
from app.ground.errors import FieldProblem
from app.ground.sheets.values import LONGEST_ECHO
from app.ground.web.fields import Code, Comment, Day
from app.ground.web.problems import field_problems
from app.ground.workers.reader_pool import ReaderPool
from app.sales.orders.rules import OrderForm, OrderFormLine

log = structlog.get_logger()

WALL_SECONDS = 20.0
"""A process that takes longer over one file is ended: its own limit is processor time, and the machine may be busy."""
LONGEST_COMMENT = 2_000
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


class FormReaders(ReaderPool):
    """An async context manager: `processes` of them, each started when it is first needed."""

    module = "app.doors.order_inbox.forms.reader_process"

    def __init__(self, processes: int = 2) -> None:
        super().__init__(processes)

    async def read(
        self,
        file: Attachment,
        objection: Callable[[], FieldProblem | None] = lambda: None,
        received: date | None = None,
    ) -> ReceivedForm:
        """What an attachment says that came on a day. Answers for any file, if need be that it cannot be read.

        `objection` is called when the file's turn has come: where it names a problem, the file stays unopened.
        """
        if not file.content:
            return unreadable(file, FieldProblem("", "empty_file", "The file is empty."))
        if len(file.content) > FORM_LIMITS.file_bytes:
            message = f"The file is larger than {FORM_LIMITS.file_bytes // 1024 // 1024} MiB."
            return unreadable(file, FieldProblem("", "file_too_large", message))
        async with self.lent() as process:
            if (problem := objection()) is not None:
                return unreadable(file, problem)
            answer = await self.ask(process, FORM, form_request(file.content, file.charset, received), WALL_SECONDS)
        if answer is None:
            message = "The file takes more time or memory to read than any order form does."
            return unreadable(file, FieldProblem("", "takes_too_long", message))
        return _received(file, orjson.loads(answer))


def _received(file: Attachment, answer: dict[str, Any]) -> ReceivedForm:
    if "unforeseen" in answer:
        log.error("form_not_read", digest=file.digest.hex(), unforeseen=answer["unforeseen"])
    if "unreadable" in answer:
        return unreadable(file, FieldProblem("", *answer["unreadable"]))
    sheet = ReadSheet(**answer)
    problems = [FieldProblem(*problem) for problem in sheet.problems]
    pointers = {problem.pointer for problem in problems}
    form, field_errors = _form(sheet, file)
    # what is unclear in the sheet is missing in the body too: report it once
    problems += [
        problem for problem in field_errors if not any(_within(problem.pointer, pointer) for pointer in pointers)
    ]
    if form is None or problems:
        return unreadable(file, *problems, cells=sheet.cells)
    return ReceivedForm(
        file.file_name,
        file.digest,
        InboxFormStatus.REFUSED,
        form,
        cells=sheet.cells,
        outlet_code=form.outlet_code,
        product_names=sheet.names,
    )


def _form(sheet: ReadSheet, file: Attachment) -> tuple[OrderForm | None, list[FieldProblem]]:
    """The order form that the sheet is, or what a field of it breaks."""
    names = ("product_code", "quantity", "unit_price")
    raw = {
        "id": sheet.form_id or uuid5(NAMELESS_FORMS, file.digest.hex()),
        "outlet_code": sheet.outlet_code,
        "delivery_date": sheet.delivery_date,
        "comment": sheet.comment,
        "lines": [dict(zip(names, line, strict=True)) for line in sheet.lines],
    }
    try:
        body = _FormBody.model_validate(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        return None, [_in_words(problem, raw) for problem in field_problems(errors)]
    lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in body.lines)
    return OrderForm(body.id, body.outlet_code, None, body.delivery_date, lines, body.comment), []


def _in_words(problem: FieldProblem, raw: dict[str, Any]) -> FieldProblem:
    """A problem as a shop understands it, where the API would tell a program."""
    value: Any = raw
    for step in problem.pointer.split("/")[1:]:
        value = value[int(step) if isinstance(value, list) else step]
    field = problem.pointer.rpartition("/")[2]
    text = f"“{str(value)[:LONGEST_ECHO]}”"
    match field:
        case "product_code" | "outlet_code" if str(value).strip():
            message = f"{text} cannot be a code: it has signs that no code has. Write it as it stands in the list."
        case "product_code" | "outlet_code":
            message = "The code is missing."
        case "quantity" | "unit_price":
            message = f"{text} cannot be taken: it is negative, too large, or has more than four decimal places."
        case "id":
            message = f"{text} is not the number of a form: leave its hidden rows as they are, or ask for a new form."
        case "comment":
            message = f"The comment is longer than {LONGEST_COMMENT} characters."
        case _:
            return problem
    return replace(problem, message=message)


def _within(pointer: str, parent: str) -> bool:
    return bool(parent) and (pointer == parent or pointer.startswith(f"{parent}/"))
