"""Statements, and what holds of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from app.ground import clock
from app.ground.audit.service import author_of
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import AppDatabase, AppSettings, ReadSession, WriteSession
from app.ground.web.fields import Code, Day, ShortText
from app.ground.web.languages import AcceptLanguage, best_language
from app.ground.web.media_types import AcceptedMedium, Medium, one_of
from app.ground.web.months import Month
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router
from app.ground.web.versions import IfMatch, set_etag
from app.masters.territories.visible import rep_in_sight
from app.motivation.statements import files, reports, service
from app.motivation.statements.errors import StatementNotFound
from app.motivation.statements.schemas import (
    MonthClosingAnswer,
    StatementAnswer,
    StatementPolicyAnswer,
    StatementPolicyBody,
)
from app.motivation.statements.statement_words import ENGLISH, LANGUAGES

router = make_router("points")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.STATEMENTS_READ)]
ReaderOrRep = Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.STATEMENTS_READ)]


async def form_of_request(
    request: Request,
    medium: Annotated[Medium, one_of(*files.MEDIA)],
    settings: AppSettings,
    accept_language: AcceptLanguage = "",
) -> files.StatementForm:
    """The form in which a request asks for a statement."""
    language = best_language(accept_language, LANGUAGES)
    return files.StatementForm(medium, language, request.app.state.printer, settings.company_name)


Form = Annotated[files.StatementForm, Depends(form_of_request)]


@router.get(
    "/points/months",
    operation_id="list_months",
    summary="Which months are closed",
    responses=problems(401, 403, 422),
)
async def list_months(
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    territory_code: Annotated[Code | None, Query()] = None,
    month: Annotated[Month | None, Query()] = None,
) -> Page[MonthClosingAnswer]:
    """Closings of the territories' months, the newest first; also those that were reopened since, with who reopened
    them and why: their statements are void. A supervisor sees those of its own territories.
    """
    key = paging.key(instant_part, UUID)
    rows = await service.closings_page(
        session, caller.territory_ids, territory_code, month, (key[0], key[1]) if key else None, paging.limit + 1
    )
    page, cursor = paging.page(rows, lambda row: (row.closing.closed_at, row.closing.id))
    return Page(items=[MonthClosingAnswer.of(row.closing, row.territory_code) for row in page], next_cursor=cursor)


@router.get(
    "/points/months/{month}/statements",
    operation_id="list_statements",
    summary="The statements of a closed month",
    response_model=Page[StatementAnswer],
    responses=problems(401, 403, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def list_statements(
    month: Month,
    caller: Reader,
    database: AppDatabase,
    paging: Paging,
    medium: AcceptedMedium,
    settings: AppSettings,
    accept_language: AcceptLanguage = "",
    territory_code: Annotated[Code | None, Query()] = None,
) -> Page[StatementAnswer] | Response:
    """Those that stand, by territory and rep. A supervisor sees those of its own territories. The workbook is for
    whoever pays them out: it speaks the language of the territories, or that of `Accept-Language`, and has sums.
    """
    key = paging.key(str, str)
    async with database.read_only() as session:
        if medium is Medium.JSON:
            after = (key[0], key[1]) if key else None
            rows = await service.statements_page(
                session, caller.territory_ids, month, territory_code, after, paging.limit + 1
            )
            page, cursor = paging.page(rows, lambda row: (row.territory_code, row.rep_code))
            return Page(items=[StatementAnswer.of(row) for row in page], next_cursor=cursor)
        count, language = await service.statements_in_all(session, caller.territory_ids, month, territory_code)
    report = reports.statements_file(
        database,
        caller.territory_ids,
        month,
        territory_code,
        count=count,
        company=settings.company_name,
        language=best_language(accept_language, LANGUAGES) or language or ENGLISH,
    )
    return file_answer(report, medium)


@router.get(
    "/reps/{rep_code}/statements/{month}",
    operation_id="get_rep_statement",
    summary="A rep's statement of a month",
    response_model=StatementAnswer,
    responses=problems(401, 403, 404, 406, 422) | files.RESPONSES,
    openapi_extra=response_headers.sends("Content-Disposition", "Content-Language"),
)
async def get_rep_statement(
    rep_code: Code, month: Month, caller: ReaderOrRep, database: AppDatabase, form: Form
) -> StatementAnswer | Response:
    """The one that stands, as data, as a workbook, or as pages to be printed. A device sees its own rep's alone."""
    async with database.read_only() as session:
        _, rep = await rep_in_sight(session, rep_code, caller)
        statement = await service.statement_of(session, rep.id, month)
    return await form.of(statement)


@router.get(
    "/points/statements/{number}",
    operation_id="get_statement",
    summary="A statement by its number",
    response_model=StatementAnswer,
    responses=problems(401, 403, 404, 406, 422) | files.RESPONSES,
    openapi_extra=response_headers.sends("Content-Disposition", "Content-Language"),
)
async def get_statement(
    number: Annotated[ShortText, Path()], caller: ReaderOrRep, database: AppDatabase, form: Form
) -> StatementAnswer | Response:
    """Also one that is void, because its month was reopened since: its pages say so across."""
    async with database.read_only() as session:
        statement, territory_id, rep_id = await service.statement_by_number(session, number)
    if not caller.may_see(territory_id, rep_id):
        raise StatementNotFound
    return await form.of(statement)


@router.get(
    "/points/statement-policy",
    operation_id="get_statement_policy",
    summary="When months are closed, and what a point is worth",
    dependencies=[allow(Role.SUPERVISOR, device=True, scope=Scope.STATEMENTS_READ)],
    responses=problems(401, 403, 422),
)
async def get_statement_policy(
    session: ReadSession, on: Annotated[Day | None, Query(description="a day; else today")] = None
) -> StatementPolicyAnswer:
    """Of a day what holds then."""
    day = on or clock.now().date()
    return StatementPolicyAnswer.of(day, await service.policy_on(session, day))


@router.put(
    "/points/statement-policy",
    operation_id="put_statement_policy",
    summary="Change when months are closed, and what a point is worth",
    responses=problems(401, 403, 412, 422),
    openapi_extra=response_headers.VERSIONED,
)
async def put_statement_policy(
    body: StatementPolicyBody,
    session: WriteSession,
    caller: Annotated[Caller, allow(Role.ADMIN)],
    condition: IfMatch,
    response: Response,
) -> StatementPolicyAnswer:
    """From a day on. A month's statements are made by what holds on its last day, when they are written; those that
    are written stay as they are. `ETag` is the newest version.
    """
    said = body.model_dump(include=body.model_fields_set - {"valid_from"})
    terms, newest = await service.change_policy(
        session, body.valid_from, said, clock.now(), author_of(caller), condition.check
    )
    set_etag(response, newest)
    return StatementPolicyAnswer.of(body.valid_from, terms)
