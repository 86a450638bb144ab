"""Reads workbooks for imports, in a process with limits (`workbook_process`)."""

import orjson
import structlog

from app.doors.imports.errors import FileUnreadable, TooManyRows, WorkbookTooLarge
from app.doors.imports.packed_sheets import IMPORT_LIMITS, MOST_ROWS, WORKBOOK
from app.ground.errors import FieldProblem
from app.ground.workers.reader_pool import ReaderPool

log = structlog.get_logger()

WALL_SECONDS = 120.0


class WorkbookReaders(ReaderPool):
    """An async context manager. A process ends with its file: one that has read a large one keeps its memory."""

    module = "app.doors.imports.workbook_process"
    longest_answer = 6 * IMPORT_LIMITS.texts

    async def read(self, content: bytes) -> bytes:
        """The sheet of a workbook as `sheet_of` takes it, in JSON.

        Raises FileUnreadable, and TooManyRows or WorkbookTooLarge past a limit.
        """
        async with self.lent() as process:
            try:
                answer = await self.ask(process, WORKBOOK, content, WALL_SECONDS)
            finally:
                await process.end()
        if answer is None:
            message = "The workbook takes more time or memory to read than an import may."
            raise WorkbookTooLarge(message, limit_seconds=WALL_SECONDS)
        if answer.startswith(b'{"refused"'):
            raise _refusal(answer)
        return answer


def _refusal(answer: bytes) -> FileUnreadable | TooManyRows | WorkbookTooLarge:
    report = orjson.loads(answer)
    if "unforeseen" in report:
        log.error("workbook_not_read", unforeseen=report["unforeseen"])
    code, message, limit = report["refused"]
    if "filled_rows" in limit:
        return TooManyRows(f"An import may have {MOST_ROWS} rows.", limit_rows=MOST_ROWS)
    if limit or code == "takes_too_much_memory":
        return WorkbookTooLarge(message, **{f"limit_{name}": value for name, value in limit.items()})
    return FileUnreadable(message, errors=[FieldProblem("", code, message)])
