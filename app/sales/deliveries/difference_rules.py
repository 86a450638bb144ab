"""How what came of a product differs from what was ordered of it (D2): pure functions of plain values."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

_NONE = Decimal(0)


class MismatchKind(StrEnum):
    """How a line differs (D2)."""

    SHORT_SHIPPED = "short_shipped"
    OVER_SHIPPED = "over_shipped"
    SHORT_ACCEPTED = "short_accepted"
    NOT_ORDERED = "not_ordered"
    PRICE_DIFFERS = "price_differs"


class OrderedProduct(NamedTuple):
    """A line of an order: `price` is the agreed one, the list's where the order's was another."""

    product_id: int
    quantity: Decimal
    price: Decimal


class DeliveredProduct(NamedTuple):
    """A line of a delivery as it stands; `party`: who answers for its reason."""

    product_id: int
    shipped: Decimal
    accepted: Decimal
    unit_price: Decimal
    party: str | None


class LineDifference(NamedTuple):
    """How what came of a product stands to what was ordered of it."""

    ordered: Decimal
    shipped: Decimal
    accepted: Decimal
    charged: Decimal | None
    kinds: tuple[MismatchKind, ...]
    is_other_price: bool

    @classmethod
    def of(cls, ordered: OrderedProduct | None, came: Sequence[DeliveredProduct]) -> "LineDifference":
        """Of nothing ordered no price differs."""
        quantity, agreed = (ordered.quantity, ordered.price) if ordered else (_NONE, None)
        shipped = sum((line.shipped for line in came), _NONE)
        accepted = sum((line.accepted for line in came), _NONE)
        charged = _charged(came, agreed)
        kinds = _of_quantity(quantity, shipped, accepted, is_ordered=ordered is not None)
        is_other_price = agreed is not None and charged is not None and charged != agreed
        return cls(quantity, shipped, accepted, charged, kinds, is_other_price)


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
