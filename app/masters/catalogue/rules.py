"""What is offered to an outlet, and at what price (decision 27)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.ground.errors import FieldProblem
from app.ground.values import value
from app.ground.web.bodies import missing, over

_NEW_PRODUCT: dict[str, Any] = {
    "name": None,
    "gtin": None,
    "unit": "piece",
    "pack_size": Decimal(1),
    "assortment_group": None,
    "price_segment": None,
    "list_price": None,
    "active": True,
}


def product_after(
    before: Mapping[str, Any] | None, members: Mapping[str, Any]
) -> Mapping[str, Any] | tuple[FieldProblem, ...]:
    """A product (None: a new one) with what is said of it over it, or what is wrong with that."""
    existing = _NEW_PRODUCT if before is None else {name: before[name] for name in _NEW_PRODUCT}
    after = over(existing, members)
    return missing(after, "name", "list_price") or after


@value(frozen=True, slots=True)
class PriceRow:
    """A price from a day to a day (both included; None: open) for an outlet, for a trade channel, or for everyone."""

    trade_channel: str | None
    outlet_id: int | None
    price: Decimal
    valid_from: date
    valid_to: date | None


class ProductOnSale(NamedTuple):
    """A product as it stands in an order form, but for its price."""

    code: str
    name: str
    group: str | None
    unit: str
    pack_size: Decimal


@value(frozen=True, slots=True)
class Offer:
    """A product as an order needs it. `stock` is what each warehouse has, as far as it is known."""

    product_id: int
    code: str
    name: str
    pack_size: Decimal
    active: bool
    list_price: Decimal
    stock: Mapping[str, Decimal]
    prices: tuple[PriceRow, ...]


def stock_for(offer: Offer, warehouse_code: str | None) -> Decimal | None:
    """What can be delivered of a product (O2): a warehouse's stock, without a warehouse that of all; None: unknown."""
    if warehouse_code is not None:
        return offer.stock.get(warehouse_code)
    return sum(offer.stock.values(), Decimal(0)) if offer.stock else None


def price_for(offer: Offer, outlet_id: int | None, trade_channel: str | None, on: date) -> Decimal:
    """The price on a day (O2): the outlet's beats its channel's beats everyone's beats the product's list price.

    Within one of these the price that came into force last counts.
    """
    best: PriceRow | None = None
    best_rank = 0
    for row in offer.prices:
        if row.outlet_id is not None:
            rank = 3 if row.outlet_id == outlet_id else 0
        elif row.trade_channel is not None:
            rank = 2 if row.trade_channel == trade_channel else 0
        else:
            rank = 1
        if rank == 0 or row.valid_from > on or (row.valid_to is not None and row.valid_to < on):
            continue
        if best is None or (rank, row.valid_from) > (best_rank, best.valid_from):
            best, best_rank = row, rank
    return best.price if best else offer.list_price
