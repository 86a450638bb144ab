"""Routes of the mix and its statements (MX1-MX3)."""

from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import take_as_long_as_it_takes
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import AppDatabase, AppSettings, ReadSession, WriteSession
from app.ground.web.fair_shares import QUESTIONS, costly
from app.ground.web.fields import Code
from app.ground.web.languages import AcceptLanguage, best_language
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Page, Paging
from app.ground.web.problems import problems
from app.ground.web.report_files import report_responses
from app.ground.web.requests import router as make_router
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.visible import territory_in_sight
from app.motivation.assortment_mix import mix_files, reports, service
from app.motivation.assortment_mix import statement_queries as queries
from app.motivation.assortment_mix.errors import AssortmentStatementNotFound
from app.motivation.assortment_mix.mix_files import AskedForm
from app.motivation.assortment_mix.rules import Quarter, parts_of_number
from app.motivation.assortment_mix.schemas import (
    AssortmentMixAnswer,
    AssortmentStatementAnswer,
    AssortmentStatementSummaryAnswer,
    CloseQuarterBody,
    ReopenQuarterBody,
)
from app.motivation.assortment_mix.statement_queries import ListedStatement, StatementFilter
from app.motivation.assortment_mix.target_api import TheQuarter, row_id
from app.motivation.assortment_mix.target_schemas import QuarterName
from app.motivation.statements.statement_words import ENGLISH, LANGUAGES

router = make_router("assortment mix")

Reader = Annotated[Caller, allow(Role.SUPERVISOR, scope=Scope.STATEMENTS_READ)]
Admin = Annotated[Caller, allow(Role.ADMIN)]
NUMBER = r"^.+-[0-9]{4}-[0-9]{1,9}$"


@router.get(
    "/assortment-mix",
    operation_id="get_assortment_mix",
    summary="How near a quarter's orders came to the targets",
    response_model=AssortmentMixAnswer,
    responses=problems(401, 403, 404, 406, 422, 429) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition", "Content-Language"),
)
@costly(QUESTIONS)
async def get_assortment_mix(
    session: ReadSession,
    caller: Reader,
    medium: AcceptedMedium,
    settings: AppSettings,
    quarter: Annotated[QuarterName, Query()],
    accept_language: AcceptLanguage = "",
    territory_code: Annotated[Code | None, Query(description="needed by whoever sees more than one territory")] = None,
) -> AssortmentMixAnswer | Response:
    """The score, the shares beside their targets, the weeks, the price segments, and who moved the score.

    The figures of a closed quarter are those of its statement; of any other they are provisional: orders count as they
    stand now, by their business date, those that were cancelled not. A quarter with fewer than 30 orders has no score.

    `effect` of an outlet or a rep is the score minus what it would be without its orders. A workbook is in the language
    of `Accept-Language`.
    """
    territory = await _asked_for(session, caller, territory_code)
    shown = await service.shown_mix(session, territory, Quarter.named(quarter))
    if medium is Medium.JSON:
        return AssortmentMixAnswer.of(shown)
    return mix_files.of_now(shown, medium, settings.company_name, best_language(accept_language, LANGUAGES) or ENGLISH)


@router.post(
    "/assortment-mix/{quarter}/close",
    operation_id="close_quarter",
    summary="Close a quarter: the supervisor's statement",
    status_code=201,
    response_model=AssortmentStatementAnswer,
    responses=problems(401, 403, 404, 409, 422)
    | {200: {"model": AssortmentStatementAnswer, "description": "The quarter was closed already"}},
)
async def close_quarter(
    quarter: TheQuarter, body: CloseQuarterBody, session: WriteSession, caller: Admin, response: Response
) -> AssortmentStatementAnswer:
    """Once it is over in the territory's time zone. Safe to repeat: a quarter has one statement, and this answers it.

    What is ordered, changed or cancelled later, and targets that are put later, change nothing about it.
    """
    await take_as_long_as_it_takes(session)
    territory = await territory_in_sight(session, body.territory_code, caller)
    statement, created = await service.close_quarter(session, territory, Quarter.named(quarter), by=caller.actor)
    response.status_code = 201 if created else 200
    return await _answer(session, statement)


@router.post(
    "/assortment-mix/{quarter}/reopen",
    operation_id="reopen_quarter",
    summary="Reopen a quarter: its statement is void",
    responses=problems(401, 403, 404, 409, 422),
)
async def reopen_quarter(
    quarter: TheQuarter, body: ReopenQuarterBody, session: WriteSession, caller: Admin
) -> AssortmentStatementAnswer:
    """For a statement that was made in error, as long as no later quarter of the territory is closed.

    The statement stays readable as void; closing the quarter anew, by hand alone, makes one with a new number. Safe to
    repeat: the first reason stays.
    """
    territory = await territory_in_sight(session, body.territory_code, caller)
    statement = await service.reopen_quarter(
        session, territory, Quarter.named(quarter), by=caller.actor, reason=body.reason
    )
    return await _answer(session, statement)


@router.get(
    "/assortment-statements",
    operation_id="list_assortment_statements",
    summary="Statements of closed quarters",
    responses=problems(401, 403, 422),
)
async def list_assortment_statements(
    session: ReadSession,
    caller: Reader,
    paging: Paging,
    quarter: Annotated[QuarterName | None, Query()] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> Page[AssortmentStatementSummaryAnswer]:
    """The last one first, void ones among them."""
    key = paging.key(row_id)
    statement_filter = StatementFilter(caller.territory_ids, territory_code, Quarter.named_if(quarter))
    rows = await queries.page(session, statement_filter, key[0] if key else None, paging.limit)
    page, cursor = paging.page(rows, lambda listed: [listed.row.id])
    return Page(items=[AssortmentStatementSummaryAnswer.of(listed) for listed in page], next_cursor=cursor)


@router.get(
    "/assortment-statements/{number}",
    operation_id="get_assortment_statement",
    summary="A statement by its number",
    response_model=AssortmentStatementAnswer,
    responses=problems(401, 403, 404, 406, 422) | mix_files.RESPONSES,
    openapi_extra=response_headers.sends("Content-Disposition", "Content-Language"),
)
async def get_assortment_statement(
    number: Annotated[str, Path(pattern=NUMBER, max_length=80, examples=["PAT-2026-3"])],
    database: AppDatabase,
    caller: Reader,
    form: AskedForm,
) -> AssortmentStatementAnswer | Response:
    """As JSON or CSV, as a workbook, or as pages to be printed; one that is void, too: its pages say so across.

    Workbooks and pages are in the language of `Accept-Language`, or the territory's, and go by its clocks.
    """
    code, year, sequence = parts_of_number(number)
    async with database.read_only() as session:
        statement = await queries.numbered(session, StatementFilter(caller.territory_ids, code), year, sequence)
        if statement is None:
            raise AssortmentStatementNotFound
        shown = await service.shown_statement(session, statement)
    return await form.of(shown, statement)


async def _asked_for(session: AsyncSession, caller: Caller, territory_code: str | None) -> TerritoryFacts:
    """The territory that is named, or the only one that the caller sees."""
    if territory_code is not None:
        return await territory_in_sight(session, territory_code, caller)
    if caller.territory_ids is None or len(caller.territory_ids) != 1:
        problem = FieldProblem("/query/territory_code", "missing", "You see more than one territory: name one.")
        raise Invalid("The territory is missing.", errors=[problem])
    (territory_id,) = caller.territory_ids
    return await territories.territory_facts(session, territory_id)


async def _answer(session: AsyncSession, statement: ListedStatement) -> AssortmentStatementAnswer:
    return AssortmentStatementAnswer.of_statement(await service.shown_statement(session, statement), statement)
