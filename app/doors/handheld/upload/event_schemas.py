"""What a handheld recorded: check-ins, orders, no-order reports, as they come in."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.field.check_ins.records import CheckInKind
from app.ground.web.fields import (
    Code,
    Comment,
    Day,
    FlagOrUnknown,
    Instant,
    Latitude,
    Longitude,
    Metres,
    Milliseconds,
    SequenceNumber,
    ShortText,
)
from app.sales.orders.rules import MOST_LINES
from app.sales.orders.schemas import OrderLineBody

_FIX: dict[str, Any] = {
    "lat": 38.2080319,
    "lon": 21.712654,
    "accuracy_m": 8.5,
    "fix_at": "2026-11-23T16:32:05+02:00",
    "provider": "fused",
    "mock": False,
}
_CHECK_IN: dict[str, Any] = {
    "type": "check_in",
    "id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11",
    "sequence": 117,
    "outlet_code": "PAT-0042",
    "kind": "arrival",
    "captured_at": "2026-11-23T16:32:06+02:00",
    "monotonic_ms": 4990210,
    "fix": _FIX,
}
_ORDER: dict[str, Any] = {
    "type": "order",
    "id": "0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f",
    "sequence": 118,
    "outlet_code": "PAT-0042",
    "captured_at": "2026-11-23T16:40:36+02:00",
    "monotonic_ms": 5000210,
    "delivery_date": "2026-11-24",
    "lines": [{"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15"}],
    "comment": "",
}
_NO_ORDER: dict[str, Any] = {
    "type": "no_order",
    "id": "01935840-77aa-7b1c-9c1d-2e3f40516273",
    "sequence": 119,
    "outlet_code": "PAT-0043",
    "captured_at": "2026-11-23T16:55:00+02:00",
    "monotonic_ms": 5864210,
    "reason_code": "overstocked",
    "comment": "",
}
_SENT: dict[str, Any] = {"sent_at": "2026-11-23T16:41:07+02:00", "sent_monotonic_ms": 5021400, "boot_id": "b7f3"}


class FixBody(BaseModel):
    """A position as the phone reports it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FIX]})

    lat: Latitude
    lon: Longitude
    accuracy_m: Metres | None = Field(default=None, description="68 % radius")
    fix_at: Instant | None = Field(default=None, description="when it was determined, by the device's clock")
    provider: ShortText | None = Field(default=None, examples=["fused"])
    mock: FlagOrUnknown = Field(default=False, description="the phone says that an app made it up")


class Event(BaseModel):
    """What every event has."""

    id: UUID = Field(description="made by the client, v7 advised; the same for every attempt to send it")
    sequence: SequenceNumber | None = Field(
        default=None,
        description="counts up by one for each event of a device, from 1, across boots; 0 counts for nothing",
    )
    outlet_code: Code
    captured_at: Instant = Field(description="by the device's clock, with its offset")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it was captured")
    boot_id: ShortText | None = Field(
        default=None, description="of the boot that it was captured in; without it the upload's", examples=["b7f3"]
    )


class CheckInEvent(Event):
    """An arrival or a departure attempt, wherever the rep stands (V1). `fix` null: no position was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK_IN]})

    type: Literal["check_in"] = "check_in"
    kind: CheckInKind
    fix: FixBody | None = None


class OrderEvent(Event):
    """An order form (O1). The fix is optional: without one, the rep's last check-in tells where it was captured."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    type: Literal["order"] = "order"
    delivery_date: Day
    lines: list[OrderLineBody] = Field(max_length=MOST_LINES)
    comment: Comment = ""
    fix: FixBody | None = None


class NoOrderEvent(Event):
    """Why a visit ended with no order."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NO_ORDER]})

    type: Literal["no_order"] = "no_order"
    reason_code: Code = Field(examples=["overstocked"])
    comment: Comment = ""


AnyEvent = CheckInEvent | OrderEvent | NoOrderEvent


class _Sending(BaseModel):
    """The device's clocks when a single event is sent. Without `sent_at` no skew can be measured."""

    sent_at: Instant | None = Field(default=None, description="by the device's clock")
    sent_monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it is sent")


class SingleCheckIn(_Sending, CheckInEvent):
    """One check-in on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECK_IN | _SENT]})


class SingleOrder(_Sending, OrderEvent):
    """One order on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER | _SENT]})


class OrderAmendment(_Sending, OrderEvent):
    """An order as it shall be. Its `fix` means nothing: where the order was captured stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER | _SENT]})

    id: UUID | None = Field(default=None, description="as in the path, or left out")  # type: ignore[assignment] # the path has it


class OrderCancellation(_Sending):
    """That an order is cancelled, and why. Without `captured_at`: now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "the outlet called it off", "captured_at": "2026-11-23T16:40:36+02:00"}]
        }
    )

    captured_at: Instant | None = Field(default=None, description="by the device's clock, with its offset")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it was captured")
    boot_id: ShortText | None = None
    reason: Comment = ""
