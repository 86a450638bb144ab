"""Routes of risk signals: for supervisors, never for the handheld that is doubted."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app.field.risk_signals import count_queries, queries, reports
from app.field.risk_signals.doubted_records import doubted_records
from app.field.risk_signals.errors import RiskSignalNotFound
from app.field.risk_signals.records import SignalFilter, SignalSorting, SignalStatus
from app.field.risk_signals.schemas import (
    PrecisionAnswer,
    SignalAnswer,
    SignalCountsAnswer,
    SignalWithRecordsAnswer,
)
from app.field.risk_signals.signals import RiskRule
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.pagination import Page, Paging, instant_part
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router

router = make_router("risk signals")

MayReview = Annotated[Caller, allow(Role.SUPERVISOR)]


async def signal_filter(
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
    rule: Annotated[RiskRule | None, Query()] = None,
    status: Annotated[SignalStatus | None, Query(description="without it, all")] = None,
    first: Annotated[Day | None, Query(alias="from", description="business dates from this one")] = None,
    last: Annotated[Day | None, Query(alias="to", description="business dates up to this one")] = None,
) -> SignalFilter:
    """The filters of the list, and of what is counted."""
    return SignalFilter(territory_code, rep_code, rule, status, first, last)


Filters = Annotated[SignalFilter, Depends(signal_filter)]


@router.get(
    "/risk-signals",
    operation_id="list_risk_signals",
    summary="List doubts about check-ins, orders and devices",
    response_model=Page[SignalAnswer],
    responses=problems(401, 403, 422),
)
async def list_risk_signals(
    caller: MayReview,
    session: ReadSession,
    paging: Paging,
    filters: Filters,
    order: Annotated[SignalSorting, Query(description="by when they were raised")] = SignalSorting.NEWEST,
) -> Page[SignalAnswer]:
    """Of the caller's territories. `status=open&order=oldest` is the queue to work off."""
    after = paging.key(instant_part, UUID)
    key = (after[0], after[1]) if after else None
    asked = replace(filters, order=order)
    rows = await queries.signals_page(session, caller.territory_ids, asked, key, paging.limit + 1)
    page, cursor = paging.page(rows, lambda row: (row.raised_at, row.id))
    return Page(items=[SignalAnswer.of(row) for row in page], next_cursor=cursor)


@router.get(
    "/risk-signals/counts",
    operation_id="count_risk_signals",
    summary="How many doubts there are by rule, rep and day",
    responses=problems(401, 403, 422),
)
async def count_risk_signals(caller: MayReview, session: ReadSession, filters: Filters) -> SignalCountsAnswer:
    """Of the caller's territories: what a queue can be narrowed down by, with `status=open`."""
    counts = await count_queries.counts(session, caller.territory_ids, filters)
    return SignalCountsAnswer.model_validate(counts)


@router.get(
    "/risk-signals/precision",
    operation_id="get_risk_signal_precision",
    summary="How often each rule was right",
    response_model=PrecisionAnswer,
    responses=problems(401, 403, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def get_risk_signal_precision(
    caller: MayReview,
    session: ReadSession,
    medium: AcceptedMedium,
    first: Annotated[Day | None, Query(alias="from", description="business dates from this one")] = None,
    last: Annotated[Day | None, Query(alias="to", description="business dates up to this one")] = None,
    territory_code: Annotated[Code | None, Query()] = None,
) -> PrecisionAnswer | Response:
    """Of the caller's territories: what became of each rule's signals.

    A rule's precision is how many of its reviewed signals were confirmed; null where nobody has reviewed any.
    """
    filters = SignalFilter(territory_code=territory_code, first=first, last=last)
    records = await count_queries.records_of_rules(session, caller.territory_ids, filters)
    if medium is Medium.JSON:
        return PrecisionAnswer.of(first, last, records)
    return file_answer(reports.precision_file(first, last, territory_code, records), medium)


@router.get(
    "/risk-signals/{signal_id:uuid}",  # or a GET of /risk-signals/reviews would be taken for this
    operation_id="get_risk_signal",
    summary="One doubt, with the records beside which it stands",
    response_model=SignalWithRecordsAnswer,
    responses=problems(401, 403, 404, 422),
)
async def get_risk_signal(caller: MayReview, session: ReadSession, signal_id: UUID) -> SignalWithRecordsAnswer:
    """The check-ins and orders that the evidence names come with it: what is compared can be shown side by side."""
    signal = await queries.signal_by_id(session, caller.territory_ids, signal_id)
    if signal is None:
        raise RiskSignalNotFound
    return SignalWithRecordsAnswer.with_records(signal, await doubted_records(session, caller, signal))
