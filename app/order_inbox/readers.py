"""Reads attachments: a pool of processes that outlive their files, each with limits (`form_reader`)."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid5

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import FieldProblem
from app.order_inbox.form_reader import HEAD
from app.order_inbox.form_workbooks import MOST_BYTES
from app.order_inbox.readings import FormReading
from app.order_inbox.records import Attachment
from app.orders.rules import OrderForm, OrderFormLine
from app.orders.schemas import OrderLineBody
from app.web.fields import Code, Comment, Day
from app.web.problems import field_problems

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


class FormReaders:
    """An async context manager: `processes` of them, each started when it is first needed."""

    def __init__(self, processes: int = 2) -> None:
        self._idle: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()
        self._all = [_Process() for _ in range(processes)]
        for process in self._all:
            self._idle.put_nowait(process)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes. Who reads after that starts them anew."""
        await asyncio.gather(*(process.end() for process in self._all))

    async def read(self, file: Attachment, instead: Callable[[], FormReading | None] = lambda: None) -> FormReading:
        """What an attachment says. Whatever the file is, this answers, if need be that it cannot be read.

        `instead` is asked when its turn has come: what it answers is the answer, and the file stays unopened.
        """
        if not file.content:
            return _unreadable("empty_file", "The file is empty.")
        if len(file.content) > MOST_BYTES:
            return _unreadable("file_too_large", f"The file is larger than {MOST_BYTES // 1024 // 1024} MiB.")
        process = await self._idle.get()
        try:
            if (unopened := instead()) is not None:
                return unopened
            answer = await process.answer(file.content)
        finally:
            self._idle.put_nowait(process)
        if answer is None:
            return _unreadable("takes_too_long", "The file takes more time or memory to read than any order form does.")
        return _reading(orjson.loads(answer), file.digest)


class _Process:
    """One reading process, started anew where it ended."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._files = 0

    async def answer(self, content: bytes) -> bytes | None:
        """The answer to one file; None where the process did not survive it."""
        if self._files >= FILES_A_PROCESS:
            await self.end()
        if self._child is None or self._child.returncode is not None:
            self._child, self._files = await _start(), 0
        self._files += 1
        try:
            async with asyncio.timeout(WALL_SECONDS):
                return await self._exchange(self._child, content)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            log.warning("form_reader_ended", reason=repr(error), size=len(content))
            await self.end()
            return None
        except asyncio.CancelledError:
            await self.end()  # half an answer lies in the pipe
            raise

    @staticmethod
    async def _exchange(child: asyncio.subprocess.Process, content: bytes) -> bytes:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise OSError("a reader without pipes")
        stdin.writelines((HEAD.pack(len(content)), content))
        await stdin.drain()
        (size,) = HEAD.unpack(await stdout.readexactly(HEAD.size))
        if size > LONGEST_ANSWER:
            raise OSError(f"an answer of {size} bytes")
        return await stdout.readexactly(size)

    async def end(self) -> None:
        """End the process, whatever it does."""
        child, self._child, self._files = self._child, None, 0
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        if child.stdin is not None:
            child.stdin.close()


async def _start() -> asyncio.subprocess.Process:
    """Start one. It gets nothing of this process's environment, which holds secrets, but what finds Python's modules.

    OpenBLAS, which numpy brings along, would reserve memory for each of the machine's processors.
    """
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.order_inbox.form_reader",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a file that was made to fail could fill the log
        env=kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        start_new_session=True,  # Ctrl-C is for the parent
    )


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
