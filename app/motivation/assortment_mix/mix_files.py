"""A quarter's statement as whichever of its forms a client asks for (MX3)."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from app.ground.printing.printer import Printer
from app.ground.web.dependencies import AppSettings
from app.ground.web.languages import AcceptLanguage, best_language
from app.ground.web.media_types import REPORT_MEDIA, Medium, one_of
from app.ground.web.paths import attachment
from app.ground.web.report_files import file_answer, report_responses
from app.motivation.assortment_mix import printed_mix, reports
from app.motivation.assortment_mix.schemas import AssortmentStatementAnswer
from app.motivation.assortment_mix.service import ShownMix
from app.motivation.assortment_mix.statement_queries import ListedStatement
from app.motivation.statements.printed import template
from app.motivation.statements.statement_words import ENGLISH, LANGUAGES

_REPORT = report_responses(reports.COLUMNS)[200]["content"]
_PAGES = {"schema": {"type": "string", "format": "binary"}, "example": "(pages, A4)"}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The statement as JSON, or as a file, by `Accept`",
        "content": _REPORT | {Medium.PDF: _PAGES},
    }
}


@dataclass(frozen=True, slots=True)
class MixForm:
    """In which form a quarter's statement is asked for, and what it takes. `language`: None: the territory's."""

    medium: Medium
    language: str | None
    printer: Printer
    company: str

    async def of(self, shown: ShownMix, listed: ListedStatement) -> AssortmentStatementAnswer | Response:
        """The statement in this form. CSV is for programs, and always the same. Raises NotPrinted."""
        language = self.language or listed.language
        match self.medium:
            case Medium.JSON:
                return AssortmentStatementAnswer.of_statement(shown, listed)
            case Medium.CSV:
                return file_answer(reports.statement(shown, listed, self.company, ENGLISH), self.medium)
            case Medium.PDF:
                pages = printed_mix.pages(shown, listed, self.company, language)
                content = await self.printer.pdf(template(), pages, listed.row.closed_at)
                name = f"{reports.file_name(listed)}.pdf"
                headers = {"Content-Disposition": attachment(name), "Content-Language": language}
                return Response(content, media_type=self.medium.value, headers=headers)
            case _:
                answer = file_answer(reports.statement(shown, listed, self.company, language), self.medium)
                answer.headers["Content-Language"] = language
                return answer


def of_now(shown: ShownMix, medium: Medium, company: str, language: str) -> Response:
    """A quarter as it stands as a file. CSV is for programs, and always the same."""
    spoken = ENGLISH if medium is Medium.CSV else language
    answer = file_answer(reports.mix(shown, company, spoken), medium)
    if medium is not Medium.CSV:
        answer.headers["Content-Language"] = spoken
    return answer


async def form_of_request(
    request: Request,
    medium: Annotated[Medium, one_of(*REPORT_MEDIA, Medium.PDF)],
    settings: AppSettings,
    accept_language: AcceptLanguage = "",
) -> MixForm:
    """The form in which a request asks for a quarter's statement."""
    language = best_language(accept_language, LANGUAGES)
    return MixForm(medium, language, request.app.state.printer, settings.company_name)


AskedForm = Annotated[MixForm, Depends(form_of_request)]
