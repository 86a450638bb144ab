"""What an order's deliveries come to, and who answers where they differ (D2, D3): pure functions of plain values.

The same facts give the same answer in whatever order they are given: what counts as newest is told by the facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.ground.values import value
from app.ground.web.amounts import decimal_text, money_text
from app.sales.deliveries.answering_rules import (
    BY_PRICE,
    BY_SHIPPED,
    NOBODY_YET,
    REP,
    AnswerBasis,
    AnswerDecision,
    Answers,
)
from app.sales.deliveries.difference_rules import DeliveredProduct, LineDifference, MismatchKind, OrderedProduct

_NONE = Decimal(0)


class FulfilmentStatus(StrEnum):
    """How an order's deliveries stand to it (D2)."""

    OPEN = "open"
    MATCHED = "matched"
    MISMATCHED = "mismatched"
    UNDELIVERED = "undelivered"


@value(frozen=True, slots=True)
class OrderToFill:
    """An order as it stands; `terms_party`: who answers by the outlet's terms that held when it was placed.

    `changed`: it was amended or cancelled since.
    """

    business_date: date
    id: UUID
    territory_id: int
    outlet_id: int
    rep_id: int | None
    delivery_date: date
    cancelled: bool
    changed: bool
    terms_party: str | None
    lines: tuple[OrderedProduct, ...]

    @property
    def ordered(self) -> dict[int, OrderedProduct]:
        """What is ordered, by product: of a cancelled one nothing."""
        return {} if self.cancelled else {line.product_id: line for line in self.lines}

    @property
    def key(self) -> tuple[date, UUID]:
        """What it is filed under, and its id."""
        return self.business_date, self.id


@value(frozen=True, slots=True)
class FillingDelivery:
    """One of an order's deliveries, as it stands."""

    id: UUID
    version: int
    delivered_at: datetime
    delivered_date: date
    lines: Sequence[DeliveredProduct]

    @property
    def never_was(self) -> bool:
        """Whether it was corrected to lines of nothing, which takes it back (D1, decision 75).

        One that told of nothing from the first says something else: that nothing of it will come.
        """
        return self.version > 1 and all(line.shipped == _NONE for line in self.lines)


@value(frozen=True, slots=True)
class DueDates:
    """How far a territory's calendar has come: up to which delivery dates, included, the day has passed, and up to
    which an order that nothing came of is undelivered.
    """

    passed_through: date
    undelivered_through: date


@value(frozen=True, slots=True)
class FulfilmentLine:
    """A product that was ordered, or came. Prices None: not ordered, or nothing charged.

    `answered_by` and `because` are of the quantity, `price_…` of the price; None where it does not differ, or is not
    known to as long as the order is not settled.
    """

    product_id: int
    ordered: Decimal
    shipped: Decimal
    accepted: Decimal
    order_price: Decimal | None
    charged_price: Decimal | None
    mismatches: tuple[MismatchKind, ...] = ()
    answered_by: str | None = None
    because: AnswerBasis | None = None
    price_answered_by: str | None = None
    price_because: AnswerBasis | None = None

    def as_json(self) -> dict[str, Any]:
        """The line as it is kept and told; decimals are strings."""
        return {
            "product_id": self.product_id,
            "ordered": decimal_text(self.ordered),
            "shipped": decimal_text(self.shipped),
            "accepted": decimal_text(self.accepted),
            "order_price": None if self.order_price is None else money_text(self.order_price),
            "charged_price": None if self.charged_price is None else money_text(self.charged_price),
            "mismatches": [mismatch.value for mismatch in self.mismatches],
            "answered_by": self.answered_by,
            "answered_because": self.because and self.because.value,
            "price_answered_by": self.price_answered_by,
            "price_answered_because": self.price_because and self.price_because.value,
        }


@value(frozen=True, slots=True)
class FulfilmentState:
    """What an order's deliveries come to. `on_time` None: nothing came."""

    status: FulfilmentStatus
    settled: bool
    on_time: bool | None
    delivery_count: int
    last_delivered_date: date | None
    lines: tuple[FulfilmentLine, ...]

    @property
    def mismatched_lines(self) -> tuple[FulfilmentLine, ...]:
        """The lines that differ."""
        return tuple(line for line in self.lines if line.mismatches)

    @property
    def rep_answers_quantity(self) -> bool:
        """Whether the rep answers for a quantity."""
        return any(line.answered_by == REP for line in self.lines)

    @property
    def rep_answers_price(self) -> bool:
        """Whether the rep answers for a price."""
        return any(line.price_answered_by == REP for line in self.lines)


def fulfil(
    order: OrderToFill,
    deliveries: Iterable[FillingDelivery],
    decisions: Iterable[AnswerDecision],
    due: DueDates,
    left_by_rep: Mapping[int, OrderedProduct] | None = None,
) -> FulfilmentState:
    """What an order's deliveries come to (D2), and who answers (D3).

    Settled: something came, and every ordered product stands in a delivery, or the delivery date has passed. A
    cancelled order has ordered nothing, and a delivery that never was is none. `left_by_rep`: what was ordered when the
    rep last had a say in it (O4), by product; None: that is what is ordered now.
    """
    in_order = sorted(
        (delivery for delivery in deliveries if not delivery.never_was),
        key=lambda delivery: (delivery.delivered_at, delivery.id),
    )
    ordered = order.ordered
    before = ordered if left_by_rep is None else left_by_rep
    came: dict[int, list[DeliveredProduct]] = {}
    for delivery in in_order:
        for line in delivery.lines:
            came.setdefault(line.product_id, []).append(line)
    settled = bool(in_order) and (order.delivery_date <= due.passed_through or ordered.keys() <= came.keys())
    answers = Answers(order.terms_party, decisions) if settled else None
    products = [*ordered, *sorted(came.keys() - ordered.keys())]
    lines = tuple(
        _line(product_id, ordered.get(product_id), before.get(product_id), came.get(product_id, ()), answers)
        for product_id in products
    )
    last_date = in_order[-1].delivered_date if in_order else None
    return FulfilmentState(
        _status(order, lines, due, settled=settled, anything=bool(in_order)),
        settled,
        None if last_date is None else last_date == order.delivery_date,
        len(in_order),
        last_date,
        lines,
    )


def _status(
    order: OrderToFill, lines: Sequence[FulfilmentLine], due: DueDates, *, settled: bool, anything: bool
) -> FulfilmentStatus:
    if settled:
        differs = any(line.mismatches for line in lines)
        return FulfilmentStatus.MISMATCHED if differs else FulfilmentStatus.MATCHED
    if anything or order.cancelled or order.delivery_date > due.undelivered_through:
        return FulfilmentStatus.OPEN
    return FulfilmentStatus.UNDELIVERED


def _line(
    product_id: int,
    ordered: OrderedProduct | None,
    left_by_rep: OrderedProduct | None,
    came: Sequence[DeliveredProduct],
    answers: Answers | None,
) -> FulfilmentLine:
    now = LineDifference.of(ordered, came)
    figures = product_id, now.ordered, now.shipped, now.accepted, ordered.price if ordered else None, now.charged
    if answers is None:
        return FulfilmentLine(*figures)
    before = now if ordered == left_by_rep else LineDifference.of(left_by_rep, came)
    # the newest reason is why the quantity differs, and says nothing of the price where that does, too
    reason = next((line.party for line in reversed(came) if line.party is not None), None)
    mismatches, party, because, price_party, price_because = now.kinds, None, None, None, None
    if now.kinds:
        by_figures = BY_SHIPPED if now.shipped != now.ordered else NOBODY_YET
        by_the_office = not set(now.kinds) & set(before.kinds)
        party, because = answers.of(product_id, reason, by_figures, by_the_office=by_the_office)
    if now.is_other_price:
        mismatches = (*mismatches, MismatchKind.PRICE_DIFFERS)
        price_reason = None if now.kinds else reason
        price_party, price_because = answers.of(
            product_id, price_reason, BY_PRICE, by_the_office=not before.is_other_price
        )
    return FulfilmentLine(*figures, mismatches, party, because, price_party, price_because)
