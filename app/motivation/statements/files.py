"""A statement as whichever of its forms a client asks for."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import Response

from app.ground.printing.printer import Printer
from app.ground.web.media_types import Medium
from app.ground.web.paths import attachment
from app.motivation.statements import printed
from app.motivation.statements.rules import Statement
from app.motivation.statements.schemas import StatementAnswer
from app.motivation.statements.workbooks import statement_workbook

MEDIA = (Medium.JSON, Medium.XLSX, Medium.PDF)

_BINARY = {"type": "string", "format": "binary"}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The statement as JSON, or as a file, by `Accept`",
        "content": {
            Medium.XLSX: {"schema": _BINARY, "example": "(a workbook)"},
            Medium.PDF: {"schema": _BINARY, "example": "(pages, A4)"},
        },
    }
}
"""What OpenAPI says of the answer beside JSON."""

_one_at_a_time = CapacityLimiter(1)


@dataclass(frozen=True, slots=True)
class StatementForm:
    """In which form a statement is asked for, and what it takes. `language` of files; None: the territory's."""

    medium: Medium
    language: str | None
    printer: Printer
    company: str

    async def of(self, statement: Statement) -> StatementAnswer | Response:
        """The statement in this form; files are saved by its number. Raises NotPrinted."""
        language = self.language or statement.language
        match self.medium:
            case Medium.PDF:
                pages = printed.pages(statement, self.company, language)
                content = await self.printer.pdf(printed.template(), pages, statement.issued_at)
            case Medium.XLSX:
                write = partial(statement_workbook, statement, self.company, language)
                content = await to_thread.run_sync(write, limiter=_one_at_a_time)
            case _:
                return StatementAnswer.of(statement)
        name = f"statement-{statement.number}{'-void' if statement.void else ''}.{self.medium.name.lower()}"
        headers = {"Content-Disposition": attachment(name), "Content-Language": language}
        return Response(content, media_type=self.medium.value, headers=headers)
