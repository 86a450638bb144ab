"""Figures of what came and went back."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web import response_headers
from app.ground.web.access import Caller, Role, Scope, allow
from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.ground.web.dependencies import ReadSession
from app.ground.web.fair_shares import QUESTIONS, costly
from app.ground.web.fields import Code, Day
from app.ground.web.media_types import AcceptedMedium, Medium
from app.ground.web.problems import problems
from app.ground.web.report_files import file_answer, report_responses
from app.ground.web.requests import router as make_router
from app.masters.territories.service import reps_by_code, territories_by_code
from app.sales.returns import figure_reports
from app.sales.returns.figure_service import figures
from app.sales.returns.figures import Figure, FigureFilter, FigureGrouping, FigureSums

router = make_router("deliveries")

LONGEST_RANGE = timedelta(days=92)
NOBODYS = -1
"""The id of no rep and of no territory: a code that nobody has finds nothing."""

_ORDERS: dict[str, Any] = {"numerator": "46", "denominator": "48", "value": "0.9583"}
_VALUES: dict[str, Any] = {"numerator": "10.35", "denominator": "861.20", "value": "0.012"}
_FIGURES: dict[str, Any] = {
    "otif": _ORDERS,
    "undelivered": _ORDERS | {"numerator": "1", "value": "0.0208"},
    "returns_rate": _VALUES,
    "returns_by_reason": {"expired": _VALUES},
    "returns_by_party": {"rep": _VALUES},
}


class OrderFigureAnswer(BaseModel):
    """Orders of orders."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ORDERS]})

    numerator: StoredQuantity
    denominator: StoredQuantity
    value: StoredQuantity | None = Field(description="to four decimals; null where there is nothing to divide by")


class ValueFigureAnswer(BaseModel):
    """An amount of an amount."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_VALUES]})

    numerator: StoredMoney
    denominator: StoredMoney
    value: StoredQuantity | None = Field(description="to four decimals; null where there is nothing to divide by")


class FulfilmentFigureSumsAnswer(BaseModel):
    """What was due, came and went back."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FIGURES]})

    otif: OrderFigureAnswer = Field(description="orders matched on their delivery date, of orders due")
    undelivered: OrderFigureAnswer = Field(description="orders that nothing came of, of orders due")
    returns_rate: ValueFigureAnswer = Field(
        description="accepted returns that reps answer for, of what was delivered of their orders"
    )
    returns_by_reason: dict[str, ValueFigureAnswer] = Field(description="accepted returns, of all that was delivered")
    returns_by_party: dict[str, ValueFigureAnswer] = Field(description="the same by who answers")


class FulfilmentFigureGroupAnswer(FulfilmentFigureSumsAnswer):
    """The figures of one group."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "PAT-R1"} | _FIGURES]})

    key: str | None = Field(description="a code; null: of no rep, of no warehouse")


class FulfilmentFiguresAnswer(BaseModel):
    """The figures of a range: of each group, and of the whole."""

    first: date = Field(alias="from", examples=["2026-11-01"])
    last: date = Field(alias="to", examples=["2026-11-30"])
    group_by: FigureGrouping
    items: list[FulfilmentFigureGroupAnswer] = Field(description="by key; groups without any record are left out")
    totals: FulfilmentFigureSumsAnswer


@router.get(
    "/fulfilment-figures",
    operation_id="get_fulfilment_figures",
    summary="On time and in full, undelivered, and returns, each with numerator and denominator",
    response_model=FulfilmentFiguresAnswer,
    responses=problems(401, 403, 406, 422, 429) | report_responses(figure_reports.COLUMNS),
    openapi_extra=response_headers.sends("Content-Disposition"),
)
@costly(QUESTIONS)
async def get_fulfilment_figures(
    caller: Annotated[Caller, allow(Role.SUPERVISOR, device=True, scope=Scope.DELIVERIES_READ)],
    session: ReadSession,
    medium: AcceptedMedium,
    first: Annotated[Day, Query(alias="from", description="local days from this one on")],
    last: Annotated[Day, Query(alias="to", description="up to this one; at most 92 days after the first")],
    group_by: Annotated[FigureGrouping, Query()] = FigureGrouping.REP,
    territory_code: Annotated[Code | None, Query()] = None,
    rep_code: Annotated[Code | None, Query()] = None,
) -> FulfilmentFiguresAnswer | Response:
    """Orders count on their delivery date, once that is over where they are; what was cancelled is not due. Deliveries
    and returns count on the local day on which they came and went back.

    A rep answers for a return by its reason or by a decision; it is the rep's of its delivery's order, or, where it
    names none, of the newest delivery that brought the product there. Of a product the orders are those that have it. A
    warehouse's are those of its territories. A device's figures are its rep's.
    """
    if last - first > LONGEST_RANGE:
        problem = FieldProblem("/query/to", "range", f"Ask for {LONGEST_RANGE.days} days at most.")
        raise Invalid("The range is too long.", errors=[problem])
    filters = await _filter(session, first, last, territory_code, rep_code)
    groups, whole = await figures(session, caller, filters, group_by, clock.now())
    if medium is not Medium.JSON:
        return file_answer(figure_reports.figures_file(filters, group_by, groups, whole), medium)
    items = [FulfilmentFigureGroupAnswer(key=group.code, **_told(group.sums)) for group in groups]
    answer = {"from": first, "to": last, "group_by": group_by, "items": items}
    return FulfilmentFiguresAnswer.model_validate(answer | {"totals": FulfilmentFigureSumsAnswer(**_told(whole))})


async def _filter(
    session: AsyncSession, first: date, last: date, territory_code: str | None, rep_code: str | None
) -> FigureFilter:
    territory_id = rep_id = None
    if territory_code is not None:
        territory = (await territories_by_code(session, [territory_code])).get(territory_code)
        territory_id = territory.id if territory else NOBODYS
    if rep_code is not None:
        rep = (await reps_by_code(session, [rep_code])).get(rep_code)
        rep_id = rep.id if rep else NOBODYS
    return FigureFilter(first, last, territory_id, rep_id)


def _told(sums: FigureSums) -> dict[str, Any]:
    return {
        "otif": OrderFigureAnswer.model_validate(sums.otif),
        "undelivered": OrderFigureAnswer.model_validate(sums.undelivered_rate),
        "returns_rate": ValueFigureAnswer.model_validate(sums.returns_rate),
        "returns_by_reason": _values(sums.of_delivered(sums.by_reason)),
        "returns_by_party": _values(sums.of_delivered(sums.by_party)),
    }


def _values(named: dict[str, Figure]) -> dict[str, ValueFigureAnswer]:
    return {name: ValueFigureAnswer.model_validate(figure) for name, figure in named.items()}
