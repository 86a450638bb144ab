"""Orders and reports as they were judged, for tests of recording: sound by default."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from app.ground.errors import FieldProblem
from app.masters.outlets.models import Outlet
from app.masters.outlets.service import FieldOutlet
from app.masters.territories.field_clock import Stamp
from app.sales.orders.records import NoOrderRecord, OrderRecord
from app.sales.orders.rules import AcceptedLine, OrderChannel, OrderDecision, OrderForm, OrderWarning
from tests.conftest import MONDAY_NOON
from tests.sales.orders.plain_values import outlet_with

MONDAY = date(2026, 11, 23)


def stamp(**fields: Any) -> Stamp:
    """Captured and received on Monday at noon, by a clock that nothing speaks for."""
    sound = {
        "business_date": MONDAY,
        "captured_at": MONDAY_NOON,
        "received_at": MONDAY_NOON,
        "corrected_at": MONDAY_NOON,
    }
    return Stamp(**sound | fields)


def field_outlet(outlet: Outlet) -> FieldOutlet:
    """A stored outlet as a rep's day needs it."""
    return outlet_with(
        id=outlet.id,
        code=outlet.code,
        name=outlet.name,
        territory_id=outlet.territory_id,
        location_version=outlet.location_version,
    )


def order_record(
    outlet: Outlet,
    *product_ids: int,
    id_: UUID | None = None,
    warnings: tuple[OrderWarning, ...] = (),
    problems: tuple[FieldProblem, ...] = (),
    comment: str = "",
    stamped: Stamp | None = None,
    **fields: Any,
) -> OrderRecord:
    """An API order of 12 of each product at 1.15."""
    lines = tuple(AcceptedLine(product_id, Decimal(12), Decimal("1.15"), Decimal("1.20")) for product_id in product_ids)
    form = OrderForm(id_ or uuid4(), outlet.code, None, date(2026, 11, 24), (), comment)
    sound: dict[str, Any] = {
        "form": form,
        "decision": OrderDecision(problems, warnings, lines, Decimal("13.80") * len(lines)),
        "stamp": stamped or stamp(),
        "outlet": field_outlet(outlet),
        "channel": OrderChannel.API,
        "placed_by": "client:erp",
    }
    return OrderRecord(**sound | fields)


def no_order_record(outlet: Outlet, rep_id: int, **fields: Any) -> NoOrderRecord:
    """A report that the outlet has stock enough."""
    sound: dict[str, Any] = {
        "id": uuid4(),
        "stamp": stamp(),
        "territory_id": outlet.territory_id,
        "rep_id": rep_id,
        "device_id": None,
        "outlet": field_outlet(outlet),
        "reason_code": "overstocked",
    }
    return NoOrderRecord(**sound | fields)
