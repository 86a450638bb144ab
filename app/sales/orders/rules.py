"""Decisions about order forms and no-order reports (O1, O2, O5): pure functions of plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.ground.errors import FieldProblem
from app.ground.values import value
from app.ground.web.amounts import DECIMAL_PLACES, decimal_text, money_text
from app.masters.catalogue.rules import price_for, stock_for
from app.masters.catalogue.service import Offer
from app.masters.outlets.service import FieldOutlet

MOST_LINES = 500
VALUE_LIMIT = Decimal(10) ** 10
"""An order's value lies below this: what the column holds."""

_ZERO = Decimal(0)
_CENT_OF_CENT = Decimal("0.0001")


class OrderChannel(StrEnum):
    """The door that an order came through."""

    HANDHELD = "HANDHELD"
    EMAIL = "EMAIL"
    CALL_CENTRE = "CALL_CENTRE"
    API = "API"


class OrderFormLine(NamedTuple):
    """A product as it was ordered: finite numbers of at most 14 digits, 4 of them decimals.

    `unit_price` is the price that the client saw; None where it saw none, and then the price list's counts.
    """

    product_code: str
    quantity: Decimal
    unit_price: Decimal | None


@value(frozen=True, slots=True)
class OrderForm:
    """The one order form (O1). `captured_at` None: at the moment when the server received it."""

    id: UUID
    outlet_code: str
    captured_at: datetime | None
    delivery_date: date
    lines: tuple[OrderFormLine, ...]
    comment: str = ""

    def content(self) -> dict[str, Any]:
        """What the form says, for `receipts.service.content_digest`: the same for every door it comes through."""
        return {
            "outlet_code": self.outlet_code,
            "captured_at": self.captured_at,
            "delivery_date": self.delivery_date,
            "comment": self.comment,
            "lines": [tuple(line) for line in self.lines],
        }


@value(frozen=True, slots=True)
class OrderWarning:
    """A warning about an accepted order: a stable code, a JSON pointer into the form, a sentence, details by name."""

    code: str
    pointer: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The warning with its details beside its other members; decimals are strings."""
        return {"code": self.code, "pointer": self.pointer, "message": self.message, **self.details}


class AcceptedLine(NamedTuple):
    """A line as it is recorded: the price that the client saw, and the price list's."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal
    list_price: Decimal


@value(frozen=True, slots=True)
class OrderDecision:
    """Accepted iff there is no problem. Warnings, lines and total are those of an accepted form, else empty and 0.

    `lines_digest`: of its lines (`digest_of`).
    """

    problems: tuple[FieldProblem, ...]
    warnings: tuple[OrderWarning, ...] = ()
    lines: tuple[AcceptedLine, ...] = ()
    total_value: Decimal = _ZERO
    lines_digest: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the form becomes an order."""
        return not self.problems

    @property
    def line_count(self) -> int:
        """How many lines the order has."""
        return len(self.lines)


def judge_order(
    form: OrderForm,
    outlet: FieldOutlet | None,
    offers: Mapping[str, Offer],
    business_date: date,
    rep_territory_id: int | None,
) -> OrderDecision:
    """Judge a form: every refusal and every warning at once (O2).

    `outlet` None means unknown. `offers` holds the known products of the form by code; prices are those of the business
    date. `rep_territory_id` None: no rep stands behind the form, and any territory will do. A master that was
    deactivated is refused like an unknown one: masters are never deleted.
    """
    problems = _problems_of_head(form, outlet, business_date, rep_territory_id)
    lines: list[AcceptedLine] = []
    warnings: list[OrderWarning] = []
    quantities: dict[str, Decimal] = {}
    total = _ZERO
    outlet_id, trade_channel, warehouse_code = (
        (outlet.id, outlet.trade_channel, outlet.warehouse_code) if outlet else (0, None, None)
    )
    for number, (code, quantity, seen_price) in enumerate(form.lines):
        offer = offers.get(code)
        if code in quantities or quantity <= _ZERO or offer is None or not offer.active or quantity % offer.pack_size:
            problems += _problems_of_line(number, code, quantity, offer, repeated=code in quantities)
            quantities[code] = quantity
            continue
        quantities[code] = quantity
        list_price = price_for(offer, outlet_id, trade_channel, business_date)
        unit_price = list_price if seen_price is None else seen_price
        total += quantity * unit_price
        lines.append(AcceptedLine(offer.product_id, quantity, unit_price, list_price))
        if unit_price != list_price:
            warnings.append(_price_differs(number, code, unit_price, list_price))
        stock = stock_for(offer, warehouse_code)
        if stock is not None and quantity > stock:
            warnings.append(_over_stock(number, code, quantity, stock, warehouse_code))
    total = total.quantize(_CENT_OF_CENT, ROUND_HALF_UP)
    if total >= VALUE_LIMIT:
        problems.append(FieldProblem("/lines", "value_too_large", f"An order's value must be below {VALUE_LIMIT:f}."))
    if problems or outlet is None:
        return OrderDecision(tuple(problems))
    warnings += _warnings_of_terms(outlet, quantities, total, offers)
    return OrderDecision((), tuple(warnings), tuple(lines), total, digest_of(lines))


def digest_of(lines: Iterable[AcceptedLine]) -> int:
    """A number of 64 bits, with a sign, that is the same for the same quantities of the same products in any order."""
    content = sorted([(line.product_id, int(line.quantity.scaleb(DECIMAL_PLACES))) for line in lines])
    return int.from_bytes(blake2b(orjson.dumps(content), digest_size=8).digest(), signed=True)


def judge_no_order(
    reason_code: str, outlet: FieldOutlet | None, reason_codes: frozenset[str], rep_territory_id: int | None
) -> tuple[FieldProblem, ...]:
    """Judge a no-order report: a known outlet of the rep's territory, a reason that is known and active."""
    problems = _problems_of_outlet(outlet, rep_territory_id, takes_orders=False)
    if reason_code not in reason_codes:
        problems.append(FieldProblem("/reason_code", "unknown_reason", "This reason is not one of the active ones."))
    return tuple(problems)


def _problems_of_outlet(
    outlet: FieldOutlet | None, rep_territory_id: int | None, *, takes_orders: bool
) -> list[FieldProblem]:
    if outlet is None:
        return [FieldProblem("/outlet_code", "unknown_outlet", "There is no outlet with this code.")]
    if rep_territory_id is not None and outlet.territory_id != rep_territory_id:
        # what is said of an outlet is said to whom it is in sight
        message = "This outlet lies outside of the rep's territory."
        return [FieldProblem("/outlet_code", "outlet_outside_territory", message)]
    problems = []
    if not outlet.active:
        problems.append(FieldProblem("/outlet_code", "inactive_outlet", "This outlet is no longer served."))
    if outlet.credit_hold and takes_orders:
        problems.append(FieldProblem("/outlet_code", "credit_hold", "This outlet is on credit hold."))
    return problems


def _problems_of_head(
    form: OrderForm, outlet: FieldOutlet | None, business_date: date, rep_territory_id: int | None
) -> list[FieldProblem]:
    problems = _problems_of_outlet(outlet, rep_territory_id, takes_orders=True)
    if form.delivery_date < business_date:
        message = f"The delivery date lies before the order's business date, {business_date}."
        problems.append(FieldProblem("/delivery_date", "delivery_date_in_the_past", message))
    if not form.lines:
        problems.append(FieldProblem("/lines", "no_lines", "An order needs at least one line."))
    if len(form.lines) > MOST_LINES:
        problems.append(FieldProblem("/lines", "too_many_lines", f"An order may have {MOST_LINES} lines."))
    return problems


def _problems_of_line(
    number: int, code: str, quantity: Decimal, offer: Offer | None, *, repeated: bool
) -> list[FieldProblem]:
    at_product, at_quantity = f"/lines/{number}/product_code", f"/lines/{number}/quantity"
    problems = []
    if offer is None:
        problems.append(FieldProblem(at_product, "unknown_product", "There is no product with this code."))
    elif not offer.active:
        problems.append(FieldProblem(at_product, "inactive_product", "This product is no longer sold."))
    if repeated:
        message = f"{code} stands on an earlier line already."
        problems.append(FieldProblem(at_product, "duplicate_product", message))
    if quantity <= _ZERO:
        problems.append(FieldProblem(at_quantity, "quantity_not_positive", "The quantity must be above 0."))
    elif offer is not None and quantity % offer.pack_size:
        message = f"The quantity must be a multiple of the pack of {offer.pack_size.normalize():f}."
        problems.append(FieldProblem(at_quantity, "not_a_multiple_of_pack", message))
    return problems


def _price_differs(number: int, code: str, unit_price: Decimal, list_price: Decimal) -> OrderWarning:
    return OrderWarning(
        "price_differs",
        f"/lines/{number}/unit_price",
        "The price differs from the price list's.",
        {"product_code": code, "unit_price": money_text(unit_price), "list_price": money_text(list_price)},
    )


def _over_stock(number: int, code: str, quantity: Decimal, stock: Decimal, warehouse_code: str | None) -> OrderWarning:
    details = {"product_code": code, "quantity": decimal_text(quantity), "stock": decimal_text(stock)}
    if warehouse_code is None:
        return OrderWarning(
            "over_stock", f"/lines/{number}/quantity", "The quantity is more than the warehouses have.", details
        )
    message = f"The quantity is more than the warehouse {warehouse_code} has."
    details |= {"warehouse_code": warehouse_code}
    return OrderWarning("over_stock", f"/lines/{number}/quantity", message, details)


def _warnings_of_terms(
    outlet: FieldOutlet, quantities: Mapping[str, Decimal], total: Decimal, offers: Mapping[str, Offer]
) -> list[OrderWarning]:
    """What is below the terms. Of the must-stock list only what is still sold is due."""
    warnings = []
    if outlet.min_order_value is not None and total < outlet.min_order_value:
        details = {"total_value": money_text(total), "min_order_value": money_text(outlet.min_order_value)}
        warnings.append(OrderWarning("below_min_order", "/lines", "The order is below the outlet's minimum.", details))
    missing = [
        item
        for item in outlet.must_stock
        if quantities.get(item.product_code, _ZERO) < item.min_quantity
        and ((offer := offers.get(item.product_code)) is None or offer.active)
    ]
    if missing:
        items = [
            {
                "product_code": item.product_code,
                "quantity": decimal_text(quantities.get(item.product_code, _ZERO)),
                "min_quantity": decimal_text(item.min_quantity),
            }
            for item in missing
        ]
        message = "Must-stock items are missing: " + ", ".join(item.product_code for item in missing) + "."
        warnings.append(OrderWarning("must_stock_missing", "/lines", message, {"items": items}))
    return warnings
