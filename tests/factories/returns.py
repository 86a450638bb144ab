"""Returns for tests: bodies as an ERP sends them, and records that came by the door."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.returns import take_returns
from app.ground.receipts.forms import FormFate, FormOutcome
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.returns.rules import ReturnForm, ReturnFormLine

WEDNESDAY_MORNING = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)
"""09:30 in Athens on the day after Tuesday's deliveries."""

ReturnedLine = tuple[Product, int | str] | tuple[Product, int | str, str] | tuple[Product, int | str, str, bool]
"""A product and a quantity, at the list's price; and the reason, and whether it is accepted."""


def make_return_line(
    product: Product, quantity: int | str, reason_code: str = "expired", accepted: bool = True
) -> dict[str, Any]:
    """A line, as an ERP posts it."""
    return {
        "product_code": product.code,
        "quantity": str(quantity),
        "unit_price": str(product.list_price),
        "reason_code": reason_code,
        "accepted": accepted,
    }


def make_return_body(
    outlet: Outlet, delivery_id: UUID | str | None, *lines: ReturnedLine, **fields: Any
) -> dict[str, Any]:
    """A return of Wednesday morning, as an ERP posts it."""
    sound: dict[str, Any] = {
        "id": str(uuid4()),
        "outlet_code": outlet.code,
        "returned_at": WEDNESDAY_MORNING.isoformat(),
        "delivery_id": None if delivery_id is None else str(delivery_id),
        "lines": [make_return_line(*line) for line in lines],
    }
    return sound | fields


def make_return_form(outlet_code: str, lines: Sequence[ReturnFormLine], **fields: Any) -> ReturnForm:
    """The same as a plain value."""
    sound: dict[str, Any] = {"id": uuid4(), "returned_at": WEDNESDAY_MORNING, "delivery_id": None}
    return ReturnForm(**sound | {"outlet_code": outlet_code, "lines": tuple(lines)} | fields)


async def make_return(
    session: AsyncSession, outlet: Outlet, *lines: tuple[Product, int, str], **fields: Any
) -> FormOutcome[ReturnForm]:
    """A return that came by the door, at the prices of the list, every line accepted."""
    told = [
        ReturnFormLine(product.code, Decimal(quantity), product.list_price, reason_code, True)
        for product, quantity, reason_code in lines
    ]
    at = fields.pop("at", WEDNESDAY_MORNING)
    (outcome,) = await take_returns(session, [make_return_form(outlet.code, told, **fields)], "client:erp", at)
    assert outcome.fate is FormFate.RECORDED, outcome.problems
    return outcome
