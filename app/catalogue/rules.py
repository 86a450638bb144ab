"""What is offered to an outlet, and at what price."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price from a day to a day (both included; None: open) for an outlet, for a channel, or for everyone."""

    channel: str | None
    outlet_id: int | None
    price: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as an order needs it. `stock` is the sum over warehouses, None where none is known."""

    product_id: int
    code: str
    name: str
    pack_size: Decimal
    active: bool
    list_price: Decimal
    stock: Decimal | None
    prices: tuple[PriceRow, ...]


def price_for(offer: Offer, outlet_id: int | None, channel: str | None, on: date) -> Decimal:
    """The price on a day (O2): the outlet's beats its channel's beats everyone's beats the product's list price.

    Within one of these the price that came into force last counts.
    """
    in_force = [row for row in offer.prices if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)]
    own = _latest(row for row in in_force if outlet_id is not None and row.outlet_id == outlet_id)
    of_channel = _latest(
        row for row in in_force if row.outlet_id is None and channel is not None and row.channel == channel
    )
    of_all = _latest(row for row in in_force if row.outlet_id is None and row.channel is None)
    found = own or of_channel or of_all
    return found.price if found else offer.list_price


def _latest(rows: Iterable[PriceRow]) -> PriceRow | None:
    return max(rows, key=lambda row: row.valid_from, default=None)
