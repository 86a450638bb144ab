"""Orders and reasons, in and out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.amounts import StoredMoney, StoredQuantity
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.records import OrderStatus
from app.sales.orders.rules import OrderChannel

_LINE: dict[str, Any] = {"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15"}
_WARNING: dict[str, Any] = {
    "code": "price_differs",
    "pointer": "/lines/0/unit_price",
    "message": "The price differs from the price list's.",
    "product_code": "CHO-100",
    "unit_price": "1.15",
    "list_price": "1.20",
}
ORDER_EXAMPLE: dict[str, Any] = {
    "id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "channel": "HANDHELD",
    "outlet_code": "PAT-0042",
    "rep_code": "PAT-R1",
    "business_date": "2026-11-23",
    "captured_at": "2026-11-23T16:40:36+02:00",
    "received_at": "2026-11-23T14:41:06.120000Z",
    "corrected_at": "2026-11-23T14:40:36Z",
    "trusted": True,
    "delivery_date": "2026-11-24",
    "comment": "",
    "lines": [_LINE | {"list_price": "1.20"}],
    "total_value": "13.80",
    "warnings": [_WARNING],
    "placed_by": "device:PAT-R1",
    "status": "accepted",
    "version": 1,
    "amended_at": None,
    "amended_by": None,
    "cancelled_at": None,
    "cancelled_by": None,
    "cancelled_effective_at": None,
    "first_received_at": None,
    "read_at": None,
}


_VERSION: dict[str, Any] = {
    "version": 2,
    "change": "amended",
    "changed_by": "device:PAT-R1",
    "reason": "",
    "captured_at": "2026-11-23T16:50:12+02:00",
    "received_at": "2026-11-23T14:50:13.120000Z",
    "corrected_at": "2026-11-23T14:50:12Z",
    "trusted": True,
    "delivery_date": "2026-11-24",
    "comment": "",
    "lines": [_LINE | {"list_price": "1.20"}],
    "total_value": "13.80",
    "warnings": [_WARNING],
}


class OrderLineAnswer(BaseModel):
    """A line of an order: the price as the client saw it, and the price list's."""

    model_config = ConfigDict(from_attributes=True)

    product_code: str = Field(examples=["CHO-100"])
    quantity: StoredQuantity
    unit_price: StoredMoney
    list_price: StoredMoney | None


class OrderWarningAnswer(BaseModel):
    """A doubt about an accepted order (O2), or what was repaired in an event (T7), with details by name."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_WARNING]})

    code: str = Field(
        description="below_min_order, must_stock_missing, price_differs, over_stock, implausible_quantity,"
        " delivery_date_passed, delivery_on_day_off, another_order_that_day, same_lines, changed_since_capture,"
        " evidence_unreadable, text_repaired, text_cut"
    )
    pointer: str = Field(description="JSON pointer into the form")
    message: str


class OrderAnswer(BaseModel):
    """An accepted order, as it stands."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [ORDER_EXAMPLE]})

    id: UUID
    channel: OrderChannel
    outlet_code: str
    rep_code: str | None = Field(description="whose handheld it came from; none for other channels")
    business_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    trusted: bool = Field(description="whether the device's clock could be believed")
    delivery_date: date
    comment: str
    lines: list[OrderLineAnswer]
    total_value: StoredMoney
    warnings: list[OrderWarningAnswer]
    placed_by: str
    status: OrderStatus = Field(description="one that was cancelled counts for nothing any more")
    version: int = Field(description="1, and one more for each time that it was amended or cancelled")
    amended_at: datetime | None
    amended_by: str | None
    cancelled_at: datetime | None = Field(description="when its cancellation was in the system")
    cancelled_by: str | None = Field(description="who: `device:` and a rep's code, `user:` or `client:` and a name")
    cancelled_effective_at: datetime | None = Field(
        description="from when it counts for nothing: the capture of a handheld's cancellation, by a clock that can be"
        " believed, else when the cancellation was in the system"
    )
    first_received_at: datetime | None = Field(
        description="when the very same form had come before, and was refused: it counts from then"
    )
    read_at: datetime | None = Field(description="of an order by mail: when it was read; it counts by `received_at`")


class OrderVersionAnswer(BaseModel):
    """One version of an order that was changed, as it was. Times are those of the change."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_VERSION]})

    version: int
    change: OrderChangeKind
    changed_by: str
    reason: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    trusted: bool
    delivery_date: date
    comment: str
    lines: list[OrderLineAnswer]
    total_value: StoredMoney
    warnings: list[OrderWarningAnswer]


class OrderVersionsAnswer(BaseModel):
    """All versions, the newest first. None of an order that nobody changed: it is what it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_VERSION]}]})

    items: list[OrderVersionAnswer]


class SuggestedLineAnswer(BaseModel):
    """A product that the outlet will probably want, and how much of it, in whole packs."""

    product_code: str = Field(examples=["CHO-100"])
    quantity: StoredQuantity


class NoOrderReasonAnswer(BaseModel):
    """A reason that a rep may give for no order."""

    code: str = Field(examples=["overstocked"])
    label: str = Field(examples=["The outlet has stock enough"])


class NoOrderReasonsAnswer(BaseModel):
    """All active reasons, by code."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"code": "overstocked", "label": "The outlet has stock enough"}]}]}
    )

    items: list[NoOrderReasonAnswer]
