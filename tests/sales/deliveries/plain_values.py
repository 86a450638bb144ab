"""Orders, deliveries and days as the rules see them: plain values, sound by default."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.sales.deliveries.difference_rules import DeliveredProduct, OrderedProduct
from app.sales.deliveries.fulfilment_rules import DueDates, FillingDelivery, OrderToFill

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
CHOCOLATE, WAFER, NUTS = 1, 2, 3
PRICE = Decimal("1.15")

ON_TUESDAY = DueDates(MONDAY, date(2026, 11, 20))
ON_WEDNESDAY = DueDates(TUESDAY, TUESDAY)


def an_order(quantities: Mapping[int, int] | None = None, **fields: Any) -> OrderToFill:
    """Placed on Monday for Tuesday: 12 chocolates and 6 wafers at 1.15, by rep 7."""
    ordered = {CHOCOLATE: 12, WAFER: 6} if quantities is None else quantities
    sound: dict[str, Any] = {
        "business_date": MONDAY,
        "id": UUID(int=1),
        "territory_id": 1,
        "outlet_id": 1,
        "rep_id": 7,
        "delivery_date": TUESDAY,
        "cancelled": False,
        "changed": False,
        "terms_party": None,
        "lines": tuple(OrderedProduct(product, Decimal(number), PRICE) for product, number in ordered.items()),
    }
    return OrderToFill(**sound | fields)


def a_delivery(*lines: DeliveredProduct, number: int = 1, day: date = TUESDAY, version: int = 1) -> FillingDelivery:
    """The `number`th delivery of a day."""
    at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(hours=number)
    return FillingDelivery(UUID(int=100 + number), version, at, day, lines)


def came(
    product: int, shipped: int, accepted: int | None = None, price: Decimal = PRICE, party: str | None = None
) -> DeliveredProduct:
    """A line of a delivery; without `accepted` all was."""
    return DeliveredProduct(product, Decimal(shipped), Decimal(shipped if accepted is None else accepted), price, party)
