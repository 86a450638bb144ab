"""Plain values for tests of rules: sound by default, what a test is about by keyword."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.masters.catalogue.rules import Offer, PriceRow
from app.masters.outlets.rules import FieldOutlet, MustStock
from app.sales.orders.rules import OrderForm, OrderFormLine

SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)

_OUTLET = FieldOutlet(
    id=7,
    code="PAT-0042",
    name="Shop",
    territory_id=1,
    active=True,
    trade_channel="grocery",
    location_version=1,
    lat=38.2466,
    lon=21.7346,
    radius_m=80.0,
    polygon=None,
    order_due_time=None,
    must_stock=(),
    min_order_value=None,
    credit_hold=False,
)


def outlet_with(**fields: Any) -> FieldOutlet:
    """An active outlet of territory 1 that asks for nothing."""
    return replace(_OUTLET, **fields)


def offer_of(code: str = "CHO-100", product_id: int = 100, **fields: Any) -> Offer:
    """A product in packs of 6 at 1.15, its stock unknown."""
    sound = Offer(product_id, code, "Chocolate", Decimal(6), True, Decimal("1.15"), {}, ())
    return replace(sound, **fields)


def price_row(price: str, *, outlet_id: int | None = None, channel: str | None = None) -> PriceRow:
    """A price that has always been in force."""
    return PriceRow(channel, outlet_id, Decimal(price), date(2026, 1, 1), None)


def must_stock(product_code: str, min_quantity: int) -> MustStock:
    return MustStock(product_code, Decimal(min_quantity))


def line(product_code: str = "CHO-100", quantity: str = "12", unit_price: str | None = "1.15") -> OrderFormLine:
    return OrderFormLine(product_code, Decimal(quantity), None if unit_price is None else Decimal(unit_price))


def form_of(*lines: OrderFormLine, **fields: Any) -> OrderForm:
    """A form for delivery tomorrow."""
    sound = OrderForm(UUID(int=1), "PAT-0042", None, TUESDAY, lines)
    return replace(sound, **fields)
