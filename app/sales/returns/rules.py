"""Decisions about what is told of returns (D4): pure functions of plain values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.ground.errors import FieldProblem
from app.ground.receipts.form_limits import day_problems, version_problems
from app.ground.values import value
from app.ground.web.amounts import money_text
from app.sales.deliveries.rules import DeliveredOutlet, KnownProduct, is_of_another_scale
from app.sales.mismatch_reasons.rules import Reason

MOST_LINES = 500
VALUE_LIMIT = Decimal(10) ** 10
"""A return's value lies below this: what the column holds."""
AHEAD = timedelta(days=1)
"""How far ahead of the server's clock a return may be dated."""

_NONE = Decimal(0)
_CENT_OF_CENT = Decimal("0.0001")


class ReturnFormLine(NamedTuple):
    """A product as it is told of: finite numbers of at most 13 digits, 4 of them decimals, the price not negative."""

    product_code: str
    quantity: Decimal
    unit_price: Decimal
    reason_code: str
    accepted: bool

    @property
    def value(self) -> Decimal:
        """What it is worth, to the hundredth of a cent."""
        return (self.quantity * self.unit_price).quantize(_CENT_OF_CENT, ROUND_HALF_UP)


@value(frozen=True, slots=True)
class ReturnForm:
    """A return as it is told of (D4). `delivery_id` None: nobody knows by which delivery it came."""

    id: UUID
    outlet_code: str
    returned_at: datetime
    delivery_id: UUID | None
    lines: tuple[ReturnFormLine, ...]

    def content(self) -> dict[str, Any]:
        """What it says, for `receipts.service.content_digest`."""
        return {
            "outlet_code": self.outlet_code,
            "returned_at": self.returned_at,
            "delivery_id": None if self.delivery_id is None else str(self.delivery_id),
            "lines": [tuple(line) for line in self.lines],
        }


@value(frozen=True, slots=True)
class NamedDelivery:
    """A delivery as a return needs it. `business_date`: what it is filed under."""

    business_date: date
    id: UUID
    outlet_id: int
    delivered_date: date


@value(frozen=True, slots=True)
class StandingReturn:
    """A return that is here already. `digest`: of what stands; `earlier`: of what it said before."""

    business_date: date
    id: UUID
    territory_id: int
    outlet_id: int
    version: int
    digest: bytes
    earlier: Sequence[bytes]


@value(frozen=True, slots=True)
class ReturnFacts:
    """What a form is judged by, each None where there is none. `returned_date`: the local day of `returned_at`."""

    at: datetime
    outlet: DeliveredOutlet | None
    delivery: NamedDelivery | None
    returned_date: date | None
    products: Mapping[str, KnownProduct]
    reasons: Mapping[str, Reason]


@value(frozen=True, slots=True)
class ReturnedProduct:
    """A line as it is recorded."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal
    reason_code: str
    reason_answered_by: str
    accepted: bool


def judge_return(form: ReturnForm, facts: ReturnFacts, standing: StandingReturn | None) -> tuple[FieldProblem, ...]:
    """Every problem of a form at once (D4); none: it is recorded. `standing`: what it would correct."""
    return (*version_problems(standing), *_of_head(form, facts, standing), *_of_lines(form, facts))


def returned_value(form: ReturnForm) -> Decimal:
    """What was accepted, at the prices told."""
    return sum((line.value for line in form.lines if line.accepted), _NONE)


def returned_products(form: ReturnForm, facts: ReturnFacts) -> list[ReturnedProduct]:
    """The lines of a form without problems, as they stand once it is recorded."""
    return [
        ReturnedProduct(
            facts.products[line.product_code].id,
            line.quantity,
            line.unit_price,
            line.reason_code,
            facts.reasons[line.reason_code].answered_by,
            line.accepted,
        )
        for line in form.lines
    ]


def _of_head(form: ReturnForm, facts: ReturnFacts, standing: StandingReturn | None) -> list[FieldProblem]:
    problems = []
    outlet, delivery = facts.outlet, facts.delivery
    if outlet is None:
        problems.append(FieldProblem("/outlet_code", "unknown_outlet", "There is no outlet with this code."))
    if form.delivery_id is not None and delivery is None:
        message = "There is no such delivery here. Send this again once it is here, or leave it out."
        problems.append(FieldProblem("/delivery_id", "unknown_delivery", message))
    if outlet is not None and delivery is not None and delivery.outlet_id != outlet.id:
        problems.append(FieldProblem("/delivery_id", "other_outlet", "This delivery went to another outlet."))
    if delivery is not None and facts.returned_date is not None and facts.returned_date < delivery.delivered_date:
        message = f"The delivery came on {delivery.delivered_date}: nothing of it went back before."
        problems.append(FieldProblem("/returned_at", "before_delivery", message))
    problems += day_problems("/returned_at", facts.returned_date, facts.at, standing)
    if form.returned_at > facts.at + AHEAD:
        problems.append(FieldProblem("/returned_at", "in_the_future", "This is more than a day ahead."))
    return problems


def _of_lines(form: ReturnForm, facts: ReturnFacts) -> list[FieldProblem]:
    problems = []
    if not form.lines:
        problems.append(FieldProblem("/lines", "no_lines", "A return needs at least one line."))
    if len(form.lines) > MOST_LINES:
        problems.append(FieldProblem("/lines", "too_many_lines", f"A return may have {MOST_LINES} lines."))
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(form.lines):
        problems += _of_line(number, line, facts)
        if (line.product_code, line.reason_code) in seen and line.product_code in facts.products:
            message = f"{line.product_code} stands on an earlier line already, with the same reason."
            problems.append(FieldProblem(f"/lines/{number}/product_code", "duplicate_product", message))
        seen.add((line.product_code, line.reason_code))
    if sum((line.value for line in form.lines), _NONE) >= VALUE_LIMIT:
        message = f"A return's value must be below {VALUE_LIMIT:f}."
        problems.append(FieldProblem("/lines", "value_too_large", message))
    return problems


def _of_line(number: int, line: ReturnFormLine, facts: ReturnFacts) -> list[FieldProblem]:
    place, problems = f"/lines/{number}", []
    product, reason = facts.products.get(line.product_code), facts.reasons.get(line.reason_code)
    if product is None:
        problems.append(FieldProblem(f"{place}/product_code", "unknown_product", "There is no product with this code."))
    if line.quantity <= _NONE:
        message = "What goes back is more than nothing."
        problems.append(FieldProblem(f"{place}/quantity", "not_positive", message))
    if reason is None:
        message = "There is no reason for returns with this code."
        problems.append(FieldProblem(f"{place}/reason_code", "unknown_reason", message))
    elif not reason.active:
        problems.append(FieldProblem(f"{place}/reason_code", "inactive_reason", "This reason is no longer used."))
    if product is not None and is_of_another_scale(line.unit_price, product.list_price):
        message = f"The list price is {money_text(product.list_price)}: is this one of another currency unit?"
        problems.append(FieldProblem(f"{place}/unit_price", "price_scale", message))
    return problems
