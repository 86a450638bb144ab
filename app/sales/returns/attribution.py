"""Who answers for a line of a return, and which rep it belongs to: derived whenever it is asked for, never kept (D4).

Expressions within a statement over `Return` joined with `ReturnLine`. A delivery, a correction or a decision that comes
later changes what they say.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.ground.db.plans import looked_up
from app.sales.deliveries.models import Delivery, DeliveryLine
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.returns.models import Return, ReturnDecision, ReturnLine


class ReturnAnswerBasis(StrEnum):
    """What says who answers for a line of a return."""

    DECISION = "decision"
    REASON = "reason"


class ReturnWarning(StrEnum):
    """What is odd about a line of a return, and taken all the same."""

    EXCEEDS_DELIVERY = "exceeds_delivery"


_named, _newest, _brought, _sibling, _other, _accepted = (
    aliased(Delivery, name="named"),
    aliased(Delivery, name="newest"),
    aliased(DeliveryLine, name="brought"),
    aliased(Return, name="sibling"),
    aliased(ReturnLine, name="other_line"),
    aliased(DeliveryLine, name="accepted_line"),
)

_DECIDED: ColumnElement[Any] = (
    select(ReturnDecision.answered_by)
    .where(
        ReturnDecision.business_date == ReturnLine.business_date,
        ReturnDecision.return_id == ReturnLine.return_id,
        or_(ReturnDecision.product_id.is_(None), ReturnDecision.product_id == ReturnLine.product_id),
    )
    .order_by(ReturnDecision.id.desc())
    .limit(1)
    .correlate(ReturnLine)
    .scalar_subquery()
)
ANSWERED_BY: ColumnElement[str] = func.coalesce(_DECIDED, ReturnLine.reason_answered_by)
"""The newest decision that covers the line, else the reason's party as it was when the line was recorded."""

ANSWERED_BECAUSE: ColumnElement[str] = case(
    (_DECIDED.is_not(None), literal(ReturnAnswerBasis.DECISION.value)), else_=literal(ReturnAnswerBasis.REASON.value)
)


@dataclass(frozen=True, slots=True)
class ReturnColumns:
    """The columns of a statement by which a line's rep is derived: its return's, and its product's."""

    outlet_id: Any
    returned_at: Any
    returned_date: Any
    delivery_business_date: Any
    delivery_id: Any
    product_id: Any


def rep_of(line: ReturnColumns) -> ColumnElement[int | None]:
    """The rep of the named delivery's order; without one, of the newest delivery with an order of a rep that brought
    the product to the outlet, and left some there, at or before the return; else NULL: nobody's.
    """
    of_named = (
        select(_named.rep_id)
        .where(_named.business_date == line.delivery_business_date, _named.id == line.delivery_id)
        .correlate_except(_named)
        .scalar_subquery()
    )
    # Ordered as the outlet's index is, so that the first that brought the product ends the search. An order's delivery
    # is filed under the order's day, which is not after its own: months after the return's are left out.
    of_newest = (
        select(_newest.rep_id)
        .where(
            _newest.outlet_id == line.outlet_id,
            _newest.delivered_date <= line.returned_date,
            _newest.business_date <= line.returned_date,
            _newest.delivered_at <= line.returned_at,
            _newest.rep_id.is_not(None),
            looked_up(
                _brought,
                _brought.business_date == _newest.business_date,
                _brought.delivery_id == _newest.id,
                _brought.product_id == line.product_id,
                _brought.accepted_quantity > 0,
            ),
        )
        .order_by(_newest.delivered_date.desc(), _newest.delivered_at.desc(), _newest.id.desc())
        .limit(1)
        .correlate_except(_newest)
        .scalar_subquery()
    )
    return case((line.delivery_id.is_not(None), of_named), else_=of_newest)


REP_ID = rep_of(
    ReturnColumns(
        Return.outlet_id,
        Return.returned_at,
        Return.returned_date,
        Return.delivery_business_date,
        Return.delivery_id,
        ReturnLine.product_id,
    )
)
"""The rep that a line belongs to."""

LINE_VALUE: ColumnElement[Any] = func.round(ReturnLine.quantity * ReturnLine.unit_price, 4, type_=Numeric)

_QUANTITY: ColumnElement[Any] = (
    select(func.sum(_other.quantity))
    .join(_sibling, and_(_other.business_date == _sibling.business_date, _other.return_id == _sibling.id))
    .where(
        _sibling.delivery_id == Return.delivery_id,
        _other.product_id == ReturnLine.product_id,
        _other.accepted,
    )
    .correlate(Return, ReturnLine)
    .scalar_subquery()
)
_ACCEPTED: ColumnElement[Any] = (
    select(func.coalesce(func.sum(_accepted.accepted_quantity), 0))
    .where(
        _accepted.business_date == Return.delivery_business_date,
        _accepted.delivery_id == Return.delivery_id,
        _accepted.product_id == ReturnLine.product_id,
    )
    .correlate(Return, ReturnLine)
    .scalar_subquery()
)
EXCEEDS_DELIVERY: ColumnElement[bool] = and_(
    Return.delivery_id.is_not(None), ReturnLine.accepted, _QUANTITY > _ACCEPTED
)
"""Whether more of the product was taken back, by all returns of the delivery, than it left there."""

IS_LINE_OF_RETURN: ColumnElement[bool] = and_(
    ReturnLine.business_date == Return.business_date, ReturnLine.return_id == Return.id
)
REP_ANSWERS: ColumnElement[bool] = ANSWERED_BY.in_([AnsweringParty.REP.value])


def decisions_about(rep_id: ColumnElement[int]) -> Select[int]:
    """The decisions that cover a line of this rep's, by their ids."""
    covers_line = or_(ReturnDecision.product_id.is_(None), ReturnDecision.product_id == ReturnLine.product_id)
    return (
        select(ReturnDecision.id)
        .join(Return, and_(Return.business_date == ReturnDecision.business_date, Return.id == ReturnDecision.return_id))
        .join(ReturnLine, and_(IS_LINE_OF_RETURN, covers_line))
        .where(rep_id == REP_ID)
    )
