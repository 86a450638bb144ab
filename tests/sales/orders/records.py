"""Accepted orders and reports for tests of recording: sound by default."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from app.masters.outlets.models import Outlet
from app.sales.orders.records import AcceptedOrder, NoOrderRecord
from app.sales.orders.rules import AcceptedLine, Channel
from tests.conftest import MONDAY_NOON

MONDAY = date(2026, 11, 23)


def accepted_order(outlet: Outlet, *product_ids: int, **fields: Any) -> AcceptedOrder:
    """An API order of 12 of each product at 1.15."""
    sound: dict[str, Any] = {
        "business_date": MONDAY,
        "id": uuid4(),
        "territory_id": outlet.territory_id,
        "outlet_id": outlet.id,
        "channel": Channel.API,
        "placed_by": "client:erp",
        "captured_at": MONDAY_NOON,
        "received_at": MONDAY_NOON,
        "corrected_at": MONDAY_NOON,
        "delivery_date": date(2026, 11, 24),
        "lines": [AcceptedLine(id_, Decimal(12), Decimal("1.15"), Decimal("1.20")) for id_ in product_ids],
        "total_value": Decimal("13.80") * len(product_ids),
    }
    return AcceptedOrder(**sound | fields)


def no_order_record(outlet: Outlet, rep_id: int, **fields: Any) -> NoOrderRecord:
    """A report that the outlet has stock enough."""
    sound: dict[str, Any] = {
        "business_date": MONDAY,
        "id": uuid4(),
        "territory_id": outlet.territory_id,
        "rep_id": rep_id,
        "outlet_id": outlet.id,
        "reason_code": "overstocked",
        "captured_at": MONDAY_NOON,
        "received_at": MONDAY_NOON,
        "corrected_at": MONDAY_NOON,
    }
    return NoOrderRecord(**sound | fields)
