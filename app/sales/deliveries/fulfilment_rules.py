"""What an order's deliveries come to, and who answers where they differ (D2, D3): pure functions of plain values.

The same facts give the same answer in whatever order they are given: what counts as newest is told by the facts.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.ground.values import value
from app.ground.web.amounts import decimal_text, money_text

_NONE = Decimal(0)
OPEN, REP, WAREHOUSE, PRICING = "open", "rep", "warehouse", "pricing"


class FulfilmentStatus(StrEnum):
    """How an order's deliveries stand to it (D2)."""

    OPEN = "open"
    MATCHED = "matched"
    MISMATCHED = "mismatched"
    UNDELIVERED = "undelivered"


class MismatchKind(StrEnum):
    """How a line differs (D2)."""

    SHORT_SHIPPED = "short_shipped"
    OVER_SHIPPED = "over_shipped"
    SHORT_ACCEPTED = "short_accepted"
    NOT_ORDERED = "not_ordered"
    PRICE_DIFFERS = "price_differs"


class AnswerBasis(StrEnum):
    """Why a party answers (D3)."""

    DECISION = "decision"
    REASON = "reason"
    TERMS = "terms"
    SHIPPED_DIFFERS = "shipped_differs"
    PRICE_DIFFERS = "price_differs"
    NOBODY_SAID = "nobody_said"


class OrderedProduct(NamedTuple):
    """A line of an order: `price` is the agreed one, the list's where the order's was another."""

    product_id: int
    quantity: Decimal
    price: Decimal


@value(frozen=True, slots=True)
class OrderToFill:
    """An order as it stands; `terms_party`: who answers by the outlet's terms that held when it was placed."""

    business_date: date
    id: UUID
    territory_id: int
    outlet_id: int
    rep_id: int | None
    delivery_date: date
    cancelled: bool
    terms_party: str | None
    lines: tuple[OrderedProduct, ...]

    @property
    def key(self) -> tuple[date, UUID]:
        """What it is filed under, and its id."""
        return self.business_date, self.id


class DeliveredProduct(NamedTuple):
    """A line of a delivery as it stands; `party`: who answers for its reason."""

    product_id: int
    shipped: Decimal
    accepted: Decimal
    unit_price: Decimal
    party: str | None


@value(frozen=True, slots=True)
class FillingDelivery:
    """One of an order's deliveries, as it stands."""

    id: UUID
    version: int
    delivered_at: datetime
    delivered_date: date
    lines: Sequence[DeliveredProduct]


@value(frozen=True, slots=True)
class AnswerDecision:
    """A person's word on who answers, for a product or (None) for the whole order. Ids count up."""

    id: int
    product_id: int | None
    answered_by: str


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
    order: OrderToFill, deliveries: Iterable[FillingDelivery], decisions: Iterable[AnswerDecision], due: DueDates
) -> FulfilmentState:
    """What an order's deliveries come to (D2), and who answers (D3).

    Settled: something came, and every ordered product stands in a delivery, or the delivery date has passed. A
    cancelled order has ordered nothing.
    """
    in_order = sorted(deliveries, key=lambda delivery: (delivery.delivered_at, delivery.id))
    ordered = {} if order.cancelled else {line.product_id: line for line in order.lines}
    came: dict[int, list[DeliveredProduct]] = {}
    for delivery in in_order:
        for line in delivery.lines:
            came.setdefault(line.product_id, []).append(line)
    settled = bool(in_order) and (order.delivery_date <= due.passed_through or ordered.keys() <= came.keys())
    answers = _Answers(order.terms_party, decisions) if settled else None
    products = [*ordered, *sorted(came.keys() - ordered.keys())]
    lines = tuple(
        _line(product_id, ordered.get(product_id), came.get(product_id, ()), answers) for product_id in products
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


class _Answers:
    """Who answers for an order's lines, but for what follows from the figures: the newest decision that covers a line,
    the newest reason that was given, the terms.
    """

    def __init__(self, terms_party: str | None, decisions: Iterable[AnswerDecision]) -> None:
        self._terms_party = terms_party
        self._of_product: dict[int | None, AnswerDecision] = {}
        for decision in sorted(decisions, key=lambda decision: decision.id):
            self._of_product[decision.product_id] = decision

    def of(self, product_id: int, came: Sequence[DeliveredProduct]) -> tuple[str, AnswerBasis] | None:
        """The party, and why; None: nobody has said, and no terms do."""
        decisions = [self._of_product[key] for key in (product_id, None) if key in self._of_product]
        if decisions:
            return max(decisions, key=lambda decision: decision.id).answered_by, AnswerBasis.DECISION
        party = next((line.party for line in reversed(came) if line.party is not None), None)
        if party is not None:
            return party, AnswerBasis.REASON
        return None if self._terms_party is None else (self._terms_party, AnswerBasis.TERMS)


def _line(
    product_id: int, ordered: OrderedProduct | None, came: Sequence[DeliveredProduct], answers: _Answers | None
) -> FulfilmentLine:
    quantity = ordered.quantity if ordered else _NONE
    agreed = ordered.price if ordered else None
    shipped = sum((line.shipped for line in came), _NONE)
    accepted = sum((line.accepted for line in came), _NONE)
    charged = _charged(came, agreed)
    if answers is None:
        return FulfilmentLine(product_id, quantity, shipped, accepted, agreed, charged)
    mismatches = _of_quantity(quantity, shipped, accepted, is_ordered=ordered is not None)
    said = answers.of(product_id, came)
    party, because = (said or _by_figures(quantity, shipped)) if mismatches else (None, None)
    price_party, price_because = None, None
    if agreed is not None and charged is not None and charged != agreed:
        mismatches = (*mismatches, MismatchKind.PRICE_DIFFERS)
        price_party, price_because = said or (PRICING, AnswerBasis.PRICE_DIFFERS)
    return FulfilmentLine(
        product_id, quantity, shipped, accepted, agreed, charged, mismatches, party, because, price_party, price_because
    )


def _charged(came: Sequence[DeliveredProduct], agreed: Decimal | None) -> Decimal | None:
    """The price charged for what was accepted: the newest that is not the agreed one, where one is not."""
    prices = [line.unit_price for line in came if line.accepted > _NONE]
    others = [price for price in prices if price != agreed]
    newest = others or prices
    return newest[-1] if newest else None


def _of_quantity(
    ordered: Decimal, shipped: Decimal, accepted: Decimal, *, is_ordered: bool
) -> tuple[MismatchKind, ...]:
    """How quantities differ; nothing does where what was accepted is what was ordered (D2)."""
    if not is_ordered:
        return (MismatchKind.NOT_ORDERED,) if shipped > _NONE else ()
    if accepted == ordered:
        return ()
    kinds = []
    if shipped < ordered:
        kinds.append(MismatchKind.SHORT_SHIPPED)
    if shipped > ordered:
        kinds.append(MismatchKind.OVER_SHIPPED)
    if accepted < shipped:
        kinds.append(MismatchKind.SHORT_ACCEPTED)
    return tuple(kinds)


def _by_figures(ordered: Decimal, shipped: Decimal) -> tuple[str, AnswerBasis]:
    return (WAREHOUSE, AnswerBasis.SHIPPED_DIFFERS) if shipped != ordered else (OPEN, AnswerBasis.NOBODY_SAID)
