"""A rep's points."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.dependencies import ReadSession
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.months import Month, last_day_of
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router
from app.masters.territories.calendar import business_date
from app.masters.territories.visible import rep_in_sight
from app.motivation.points import reports, service
from app.motivation.points.schemas import PointsAnswer

router = make_router("points")

MOST_DAYS = 366


@router.get(
    "/reps/{rep_code}/points",
    operation_id="get_points",
    summary="A rep's points ledger",
    response_model=PointsAnswer,
    responses=problems(401, 403, 404, 406, 422) | report_responses(reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
async def get_points(
    rep_code: Code,
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.POINTS_READ)],
    session: ReadSession,
    medium: AcceptedMedium,
    first: Annotated[
        Day | None, Query(alias="from", description="first business date; else the first of the month")
    ] = None,
    last: Annotated[Day | None, Query(alias="to", description="last business date; else the rep's today")] = None,
    month: Annotated[
        Month | None, Query(description="instead of the range: what counts in the statement of this month")
    ] = None,
) -> PointsAnswer | Response:
    """The entries of the range, oldest first, and their sum. A device sees its own rep alone.

    By `month` the entries that a statement's lines add up, those that correct earlier months among them.
    """
    territory, rep = await rep_in_sight(session, rep_code, caller)
    if month is not None:
        _must_be_alone(first, last)
        since, until = month, last_day_of(month)
        ledger = await service.ledger_of_month(session, rep, month)
    else:
        until = last or business_date(territory, clock.now())
        since = first or until.replace(day=1)
        _must_be_a_range(since, until)
        ledger = await service.ledger_of(session, rep, since, until)
    if medium is Medium.JSON:
        return PointsAnswer.of(rep.code, since, until, ledger, month)
    return file_answer(reports.ledger_file(territory, rep, ledger, since, until, month), medium)


def _must_be_alone(first: date | None, last: date | None) -> None:
    if first is not None or last is not None:
        message = "Ask for a month, or for a range."
        raise Invalid(
            "A month and a range exclude each other.", errors=[FieldProblem("/query/month", "range", message)]
        )


def _must_be_a_range(first: date, last: date) -> None:
    if first > last:
        raise Invalid("The range ends before it begins.", errors=[FieldProblem("/query/to", "range", "From is later.")])
    if (last - first).days >= MOST_DAYS:
        message = f"At most {MOST_DAYS} days."
        raise Invalid("The range is too long.", errors=[FieldProblem("/query/from", "range", message)])
