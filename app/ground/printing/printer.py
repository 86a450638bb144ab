"""Prints: hands templates and their content to the process that sets pages (`printing_process`)."""

from datetime import datetime
from typing import Any

import orjson
import structlog

from app.ground.errors import Unavailable
from app.ground.printing.contents import PAGES
from app.ground.workers.reader_pool import ReaderPool

log = structlog.get_logger()

WALL_SECONDS = 20.0
"""A process that takes longer is ended: its own limit is processor time, and the machine may be busy."""


class NotPrinted(Unavailable):
    """The pages could not be made.

    The server's log says why. The same as JSON or as a workbook is there.
    """


class Printer(ReaderPool):
    """An async context manager: `processes` of them, each started when it is first needed."""

    module = "app.ground.printing.printing_process"

    async def pdf(self, template: str, content: dict[str, Any], made_at: datetime) -> bytes:
        """The pages of a template with this content, as of an instant: the same of the same, byte by byte.

        They keep PDF/A-2a and PDF/UA-1 unless a text has signs that no font has. Raises NotPrinted.
        """
        request = orjson.dumps({"template": template, "content": content, "made_at": int(made_at.timestamp())})
        async with self.lent() as process:
            answer = await self.ask(process, PAGES, request, WALL_SECONDS)
        if answer is None:
            raise NotPrinted("It took more time or memory than a page may.")
        head, _, pdf = answer.partition(b"\n")
        report = orjson.loads(head)
        if not pdf:
            log.error("not_printed", **report)
            raise NotPrinted
        if report:
            log.warning("printed_without_standards", **report)
        return pdf
