"""Decisions about what is told of deliveries (D1): pure functions of plain values."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from app.ground.errors import FieldProblem
from app.ground.receipts.form_limits import day_problems, version_problems
from app.ground.values import value
from app.ground.web.amounts import money_text
from app.masters.territories.calendar import TerritoryFacts
from app.sales.deliveries.difference_rules import DeliveredProduct
from app.sales.deliveries.fulfilment_rules import OrderToFill
from app.sales.mismatch_reasons.rules import Reason

MOST_LINES = 500
MOST_DELIVERIES = 200
"""As many deliveries an order may have: each telling reads the others."""
VALUE_LIMIT = Decimal(10) ** 10
"""A delivery's value lies below this: what the column holds."""
AHEAD = timedelta(days=1)
"""How far ahead of the server's clock a delivery may be dated."""
PRICE_SCALE = 50
"""A price so many times the agreed one, or its part, is of another currency unit: cents for euros."""

_NONE = Decimal(0)
_CENT_OF_CENT = Decimal("0.0001")


class DeliveryFormLine(NamedTuple):
    """A product as it is told of: finite numbers of at most 13 digits, 4 of them decimals, the price not negative."""

    product_code: str
    shipped_quantity: Decimal
    accepted_quantity: Decimal
    unit_price: Decimal
    reason_code: str | None = None


@value(frozen=True, slots=True)
class DeliveryForm:
    """A delivery as it is told of (D1). `order_id` None: it fills no order."""

    id: UUID
    number: str
    outlet_code: str
    order_id: UUID | None
    delivered_at: datetime
    lines: tuple[DeliveryFormLine, ...]

    def content(self) -> dict[str, Any]:
        """What it says, for `receipts.service.content_digest`."""
        return {
            "number": self.number,
            "outlet_code": self.outlet_code,
            "order_id": None if self.order_id is None else str(self.order_id),
            "delivered_at": self.delivered_at,
            "lines": [tuple(line) for line in self.lines],
        }


@value(frozen=True, slots=True)
class DeliveredOutlet:
    """An outlet as a delivery needs it."""

    id: int
    code: str
    territory_id: int


@value(frozen=True, slots=True)
class KnownProduct:
    """A product as a delivery needs it: also one that is no longer sold may come."""

    id: int
    code: str
    list_price: Decimal


@value(frozen=True, slots=True)
class StandingDelivery:
    """A delivery that is here already. `digest`: of what stands; `earlier`: of what it said before."""

    business_date: date
    id: UUID
    order_id: UUID | None
    territory_id: int
    outlet_id: int
    version: int
    digest: bytes
    earlier: Sequence[bytes]


@value(frozen=True, slots=True)
class DeliveryFacts:
    """What a form is judged by, each None where there is none. `delivered_date`: the local day of `delivered_at`.

    `deliveries_before`: how many its order has beside it, where it is new.
    """

    at: datetime
    outlet: DeliveredOutlet | None
    order: OrderToFill | None
    deliveries_before: int
    delivered_date: date | None
    products: Mapping[str, KnownProduct]
    reasons: Mapping[str, Reason]


class StandingAtOutlet(Protocol):
    """A record that is here already, by its outlet, and whose it is."""

    @property
    def outlet_id(self) -> int:
        """Where it came, or went from."""

    @property
    def territory_id(self) -> int:
        """Whose it is."""


def territory_of(
    outlet: DeliveredOutlet | None, standing: StandingAtOutlet | None, territories: Mapping[int, TerritoryFacts]
) -> TerritoryFacts | None:
    """Whose a record of no order is: its outlet's territory's, when it was first told for that outlet.

    The outlet may have moved since. `territories`: by id, those of outlets and of records that are here.
    """
    if outlet is None:
        return None
    if standing and standing.outlet_id == outlet.id and standing.territory_id in territories:
        return territories[standing.territory_id]
    return territories[outlet.territory_id]


def judge_delivery(
    form: DeliveryForm, facts: DeliveryFacts, standing: StandingDelivery | None
) -> tuple[FieldProblem, ...]:
    """Every problem of a form at once (D1); none: it is recorded. `standing`: what it would correct."""
    return (*version_problems(standing), *_of_head(form, facts, standing), *_of_lines(form, facts))


def delivered_value(form: DeliveryForm) -> Decimal:
    """What was accepted, at the prices charged."""
    value = sum((line.accepted_quantity * line.unit_price for line in form.lines), _NONE)
    return value.quantize(_CENT_OF_CENT, ROUND_HALF_UP)


def delivered_products(form: DeliveryForm, facts: DeliveryFacts) -> list[DeliveredProduct]:
    """The lines of a form without problems, as they stand once it is recorded."""
    return [
        DeliveredProduct(
            facts.products[line.product_code].id,
            line.shipped_quantity,
            line.accepted_quantity,
            line.unit_price,
            None if line.reason_code is None else facts.reasons[line.reason_code].answered_by,
        )
        for line in form.lines
    ]


def is_of_another_scale(price: Decimal, agreed: Decimal) -> bool:
    """Whether a price is that of another currency unit: a fiftieth of the price is; free goods are another price."""
    return _NONE not in {price, agreed} and not agreed / PRICE_SCALE <= price <= agreed * PRICE_SCALE


def _of_head(form: DeliveryForm, facts: DeliveryFacts, standing: StandingDelivery | None) -> list[FieldProblem]:
    problems = []
    outlet, order = facts.outlet, facts.order
    if outlet is None:
        problems.append(FieldProblem("/outlet_code", "unknown_outlet", "There is no outlet with this code."))
    if form.order_id is not None and order is None:
        message = "There is no such order here. Send this again once the order is here."
        problems.append(FieldProblem("/order_id", "unknown_order", message))
    if standing is not None and standing.order_id != form.order_id:
        message = "A delivery stays with its order: tell another one under an id of its own, and this one as nothing."
        problems.append(FieldProblem("/order_id", "other_order", message))
    if outlet is not None and order is not None and order.outlet_id != outlet.id:
        problems.append(FieldProblem("/outlet_code", "other_outlet", "The order is another outlet's."))
    if order is not None and facts.delivered_date is not None and facts.delivered_date < order.business_date:
        message = f"The order was placed on {order.business_date}: nothing of it came before."
        problems.append(FieldProblem("/delivered_at", "before_order", message))
    if facts.deliveries_before >= MOST_DELIVERIES:
        message = f"An order may have {MOST_DELIVERIES} deliveries."
        problems.append(FieldProblem("/order_id", "too_many_deliveries", message))
    if form.order_id is None:
        problems += day_problems("/delivered_at", facts.delivered_date, facts.at, standing)
    if form.delivered_at > facts.at + AHEAD:
        problems.append(FieldProblem("/delivered_at", "in_the_future", "This is more than a day ahead."))
    return problems


def _of_lines(form: DeliveryForm, facts: DeliveryFacts) -> list[FieldProblem]:
    problems = []
    if not form.lines:
        problems.append(FieldProblem("/lines", "no_lines", "A delivery needs at least one line."))
    if len(form.lines) > MOST_LINES:
        problems.append(FieldProblem("/lines", "too_many_lines", f"A delivery may have {MOST_LINES} lines."))
    agreed = {line.product_id: line.price for line in facts.order.lines} if facts.order else {}
    seen: set[str] = set()
    for number, line in enumerate(form.lines):
        product = facts.products.get(line.product_code)
        if product is None or line.product_code in seen:
            problems.append(_of_product(number, line.product_code, is_known=product is not None))
        seen.add(line.product_code)
        problems += _of_quantities(number, line)
        if line.reason_code is not None:
            problems += _of_reason(number, facts.reasons.get(line.reason_code))
        if product is not None:
            problems += _of_price(number, line.unit_price, agreed.get(product.id, product.list_price))
    if delivered_value(form) >= VALUE_LIMIT:
        message = f"A delivery's value must be below {VALUE_LIMIT:f}."
        problems.append(FieldProblem("/lines", "value_too_large", message))
    return problems


def _of_product(number: int, code: str, *, is_known: bool) -> FieldProblem:
    place = f"/lines/{number}/product_code"
    if not is_known:
        return FieldProblem(place, "unknown_product", "There is no product with this code.")
    return FieldProblem(place, "duplicate_product", f"{code} stands on an earlier line already.")


def _of_quantities(number: int, line: DeliveryFormLine) -> list[FieldProblem]:
    shipped, accepted = f"/lines/{number}/shipped_quantity", f"/lines/{number}/accepted_quantity"
    negative = [
        FieldProblem(place, "negative", "Nothing less than 0 can come. What goes back is a return.")
        for place, quantity in ((shipped, line.shipped_quantity), (accepted, line.accepted_quantity))
        if quantity < _NONE
    ]
    if not negative and line.accepted_quantity > line.shipped_quantity:
        return [FieldProblem(accepted, "exceeds", "More was accepted than was shipped.")]
    return negative


def _of_reason(number: int, reason: Reason | None) -> list[FieldProblem]:
    place = f"/lines/{number}/reason_code"
    if reason is None:
        return [FieldProblem(place, "unknown_reason", "There is no reason for deliveries with this code.")]
    return [] if reason.active else [FieldProblem(place, "inactive_reason", "This reason is no longer used.")]


def _of_price(number: int, price: Decimal, agreed: Decimal) -> list[FieldProblem]:
    if not is_of_another_scale(price, agreed):
        return []
    message = f"The agreed price is {money_text(agreed)}: is this one of another currency unit?"
    return [FieldProblem(f"/lines/{number}/unit_price", "price_scale", message)]
