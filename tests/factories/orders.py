"""Orders and no-order reports for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts.models import EventReceipt
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import NoOrderReport, Order, OrderLine, OrderRefusal, OrderVersion

MONDAY = date(2026, 11, 23)

OrderedProduct = tuple[Product, int | str]
"""A product and its quantity."""


def _field_times(day: date) -> dict[str, Any]:
    """Captured at 09:30 UTC by a clock that agrees with the server's, received a minute later."""
    captured_at = datetime.combine(day, time(9, 30), UTC)
    return {
        "captured_at": captured_at,
        "received_at": captured_at + timedelta(minutes=1),
        "corrected_at": captured_at,
        "skew_ms": 0,
        "trusted": True,
        "clock_changed": False,
    }


async def make_receipt(session: AsyncSession, kind: str, id_: UUID, day: date, received_at: datetime) -> EventReceipt:
    """The receipt that stands beside every record made in the field."""
    receipt = EventReceipt(id=id_, kind=kind, digest=id_.bytes * 2, business_date=day, received_at=received_at)
    session.add(receipt)
    await session.flush()
    return receipt


async def make_order(
    session: AsyncSession,
    outlet: Outlet,
    *,
    rep: Rep | None = None,
    lines: Sequence[OrderedProduct] = (),
    business_date: date = MONDAY,
    **fields: Any,
) -> Order:
    """A trusted order of `lines` at their list prices, with its receipt: by `rep`'s handheld, without one by API."""
    made: list[dict[str, Any]] = [
        {"product_id": product.id, "quantity": Decimal(quantity), "unit_price": product.list_price}
        for product, quantity in lines
    ]
    sound: dict[str, Any] = {
        "business_date": business_date,
        "id": uuid4(),
        "territory_id": outlet.territory_id,
        "outlet_id": outlet.id,
        "rep_id": rep.id if rep else None,
        "channel": "HANDHELD" if rep else "API",
        "placed_by": f"device:{rep.code}" if rep else "client:erp",
        "delivery_date": business_date + timedelta(days=1),
        "comment": "",
        "line_count": len(made),
        "total_value": sum((line["quantity"] * line["unit_price"] for line in made), Decimal(0)),
        "warnings": [],
    } | _field_times(business_date)
    order = Order(**sound | fields)
    session.add(order)
    await session.flush()
    session.add_all(
        OrderLine(
            business_date=order.business_date,
            order_id=order.id,
            line_number=number,
            list_price=line["unit_price"],
            **line,
        )
        for number, line in enumerate(made, start=1)
    )
    await make_receipt(session, "order", order.id, order.business_date, order.received_at)
    return order


async def change_order(session: AsyncSession, order: Order, change: str, at: datetime, by: str, **fields: Any) -> None:
    """Amend or cancel an order: the first version is kept with the second."""
    as_it_was: dict[str, Any] = {
        "version": 1,
        "change": "placed",
        "changed_by": order.placed_by,
        "received_at": order.received_at,
    }
    as_it_is: dict[str, Any] = {"version": 2, "change": change, "changed_by": by, "received_at": at}
    kept = [as_it_was | {"total_value": order.total_value}, as_it_is | {"total_value": order.total_value} | fields]
    session.add_all(
        OrderVersion(
            business_date=order.business_date,
            order_id=order.id,
            territory_id=order.territory_id,
            reason="",
            captured_at=version["received_at"],
            corrected_at=version["received_at"],
            trusted=True,
            delivery_date=order.delivery_date,
            comment="",
            lines=[],
            warnings=[],
            changed_by_kind=version["changed_by"].partition(":")[0],
            **version,
        )
        for version in kept
    )
    order.version = 2
    if change == "cancelled":
        order.cancelled_at, order.cancelled_by, order.cancelled_effective_at = at, by, at
    else:
        order.amended_at, order.amended_by = at, by
    for name, value in fields.items():
        setattr(order, name, value)
    await session.flush()


async def make_refusal(
    session: AsyncSession, outlet: Outlet, *, rep: Rep | None = None, business_date: date = MONDAY, **fields: Any
) -> OrderRefusal:
    """A form without lines that was refused."""
    sound = {
        "id": uuid4(),
        "rep_id": rep.id if rep else None,
        "outlet_id": outlet.id,
        "business_date": business_date,
        "received_at": _field_times(business_date)["received_at"],
        "placed_by": f"device:{rep.code}" if rep else "client:erp",
        "problems": [{"pointer": "/lines", "code": "no_lines", "message": "An order needs at least one line."}],
        "digest": b"",
    }
    refusal = OrderRefusal(**sound | fields)
    session.add(refusal)
    await session.flush()
    return refusal


async def make_no_order_report(
    session: AsyncSession, rep: Rep, outlet: Outlet, *, business_date: date = MONDAY, **fields: Any
) -> NoOrderReport:
    """A trusted report that the outlet has stock enough, with its receipt."""
    sound = {
        "business_date": business_date,
        "id": uuid4(),
        "territory_id": outlet.territory_id,
        "rep_id": rep.id,
        "outlet_id": outlet.id,
        "reason_code": "overstocked",
        "comment": "",
    } | _field_times(business_date)
    report = NoOrderReport(**sound | fields)
    session.add(report)
    await make_receipt(session, "no_order", report.id, report.business_date, report.received_at)
    return report
