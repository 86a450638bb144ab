"""Deliveries for tests: bodies as an ERP sends them, and records that came by the door."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.service import take_deliveries
from app.ground.receipts.forms import FormFate, FormOutcome
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.deliveries.rules import DeliveryForm, DeliveryFormLine
from app.sales.orders.models import Order

TUESDAY_MORNING = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
"""09:30 in Athens on the day after Monday's orders: when they are to be delivered."""

DeliveredLine = tuple[Product, int | str, int | str] | tuple[Product, int | str, int | str, str]
"""A product, shipped and accepted; and the price charged, where it is not the list's."""


def make_delivery_body(outlet: Outlet, order: Order | None, *lines: DeliveredLine, **fields: Any) -> dict[str, Any]:
    """A delivery of Tuesday morning, as an ERP posts it."""
    sound: dict[str, Any] = {
        "id": str(uuid4()),
        "number": "DN-1",
        "outlet_code": outlet.code,
        "order_id": str(order.id) if order else None,
        "delivered_at": TUESDAY_MORNING.isoformat(),
        "lines": [_line(*line) for line in lines],
    }
    return sound | fields


def _line(product: Product, shipped: int | str, accepted: int | str, price: str | None = None) -> dict[str, Any]:
    return {
        "product_code": product.code,
        "shipped_quantity": str(shipped),
        "accepted_quantity": str(accepted),
        "unit_price": price or str(product.list_price),
    }


def make_delivery_form(
    outlet_code: str, order_id: UUID | None, lines: Sequence[DeliveryFormLine], **fields: Any
) -> DeliveryForm:
    """The same as a plain value."""
    sound: dict[str, Any] = {"id": uuid4(), "number": "DN-1", "delivered_at": TUESDAY_MORNING}
    told = {"outlet_code": outlet_code, "order_id": order_id, "lines": tuple(lines)}
    return DeliveryForm(**sound | told | fields)


async def make_delivery(
    session: AsyncSession, outlet: Outlet, order: Order | None, *lines: tuple[Product, int, int], **fields: Any
) -> FormOutcome[DeliveryForm]:
    """A delivery that came by the door, at the prices of the list."""
    told = [
        DeliveryFormLine(product.code, Decimal(shipped), Decimal(accepted), product.list_price)
        for product, shipped, accepted in lines
    ]
    at = fields.pop("at", TUESDAY_MORNING)
    form = make_delivery_form(outlet.code, order.id if order else None, told, **fields)
    (outcome,) = await take_deliveries(session, [form], "client:erp", at)
    assert outcome.fate is FormFate.RECORDED, outcome.problems
    return outcome
