"""Orders as they are placed, amended and cancelled, and what they are answered. What events have in common, too."""

from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from app.doors.order_taking.events import OrderEvent
from app.doors.order_taking.evidence import Repair, repaired, unknown_members
from app.doors.order_taking.results import EventStatus
from app.field.check_ins.schemas import VerdictAnswer
from app.ground.web.amounts import Money, Quantity
from app.ground.web.fields import (
    Code,
    Comment,
    Day,
    FlagOrUnknown,
    Latitude,
    Longitude,
    Metres,
    Milliseconds,
    SequenceNumber,
    ShortText,
)
from app.ground.web.problems import Problem
from app.ground.web.wall_clocks import WallClock
from app.masters.outlets.positions import Fix
from app.masters.territories.boots import EventClock
from app.sales.orders.rules import MOST_LINES, OrderForm, OrderFormLine
from app.sales.orders.schemas import OrderWarningAnswer

FIX_EXAMPLE: dict[str, Any] = {
    "lat": 38.2080319,
    "lon": 21.712654,
    "accuracy_m": 8.5,
    "fix_at": "2026-11-23T16:32:05+02:00",
    "provider": "fused",
    "mock": False,
}
LINE_EXAMPLE: dict[str, Any] = {"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15"}
ORDER_EXAMPLE: dict[str, Any] = {
    "type": "order",
    "id": "0193583f-1a2b-7d4c-8e5f-0a1b2c3d4e5f",
    "sequence": 118,
    "outlet_code": "PAT-0042",
    "captured_at": "2026-11-23T16:40:36+02:00",
    "monotonic_ms": 5000210,
    "delivery_date": "2026-11-24",
    "lines": [LINE_EXAMPLE],
    "comment": "",
}
SENT_EXAMPLE: dict[str, Any] = {"sent_at": "2026-11-23T16:41:07+02:00", "sent_monotonic_ms": 5021400, "boot_id": "b7f3"}


_VERDICT: dict[str, Any] = {"code": "INSIDE", "p_inside": 0.97, "distance_m": 21.4, "reasons": []}
ACCEPTED_EXAMPLE: dict[str, Any] = {
    "id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11",
    "status": "accepted",
    "verdict": _VERDICT,
    "warnings": [],
    "problem": None,
}


class FixBody(BaseModel):
    """A position as the phone reports it."""

    model_config = ConfigDict(json_schema_extra={"examples": [FIX_EXAMPLE]})

    lat: Latitude
    lon: Longitude
    accuracy_m: Metres | None = Field(default=None, description="68 % radius")
    fix_at: WallClock | None = Field(
        default=None,
        description="when it was determined, by whichever clock the platform tells: satellites' or device's",
    )
    provider: ShortText | None = Field(default=None, examples=["fused"])
    mock: FlagOrUnknown = Field(default=False, description="the phone says that an app made it up")

    def fix(self) -> Fix:
        """The position as a plain value."""
        return Fix(self.lat, self.lon, self.accuracy_m, self.fix_at, self.provider, self.mock)


class LenientBody(BaseModel):
    """What is read again, with its evidence and text repaired, where it cannot be read as it is (T7).

    Members that it does not have are ignored, and named in a warning.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        repairs: list[Repair] = []
        try:
            body = handler(raw)
        except ValidationError:
            if not isinstance(raw, dict):
                raise
            members, repairs = repaired(raw)
            body = handler(members)
        if isinstance(raw, dict):
            repairs += unknown_members(raw, cls)
        if repairs:
            body.repairs.extend(repairs)
        return body

    @cached_property
    def repairs(self) -> list[Repair]:
        """What was repaired in it, or ignored: of nearly every body nothing, and made for no other (a private attribute
        would be made for each).
        """
        return []

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What was repaired in it, or ignored, as it is told."""
        return [repair.as_json() for repair in self.__dict__.get("repairs", ())]


class EventBody(LenientBody):
    """What every event has."""

    id: UUID = Field(description="made by the client, v7 advised; the same for every attempt to send it")
    sequence: SequenceNumber | None = Field(
        default=None,
        description="counts up by one for each event of a device, from 1, across boots; 0 counts for nothing",
    )
    outlet_code: Code
    captured_at: WallClock = Field(description="by the device's clock, with its offset")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it was captured")
    boot_id: ShortText | None = Field(
        default=None, description="of the boot that it was captured in; without it the upload's", examples=["b7f3"]
    )

    @property
    def clock(self) -> EventClock:
        """The device's clocks when it was recorded."""
        return EventClock(self.captured_at, self.monotonic_ms, self.boot_id, self.sequence)


class OrderLineBody(BaseModel):
    """A line of an order form. Without a `unit_price` the price list's counts."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE_EXAMPLE]})

    product_code: Code = Field(examples=["CHO-100"])
    quantity: Quantity
    unit_price: Money | None = Field(default=None, description="as the client saw it")


class OrderEventBody(EventBody):
    """An order form (O1). The fix is optional: without one, the rep's last check-in tells where it was captured."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE]})

    type: Literal["order"]
    delivery_date: Day
    lines: list[OrderLineBody] = Field(max_length=MOST_LINES)
    comment: Comment = ""
    fix: FixBody | None = None

    def form(self) -> OrderForm:
        """The order form within it."""
        lines = tuple(OrderFormLine(line.product_code, line.quantity, line.unit_price) for line in self.lines)
        return OrderForm(self.id, self.outlet_code, self.captured_at, self.delivery_date, lines, self.comment)

    def event(self) -> OrderEvent:
        """It as a plain value."""
        fix = None if self.fix is None else self.fix.fix()
        return OrderEvent(self.form(), self.clock, fix, tuple(self.warnings))


class SendingClocks(LenientBody):
    """The device's clocks when a single event is sent. Without `sent_at` no skew can be measured."""

    sent_at: WallClock | None = Field(default=None, description="by the device's clock")
    sent_monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it is sent")


class OrderBody(SendingClocks, OrderEventBody):
    """One order on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE | SENT_EXAMPLE]})

    type: Literal["order"] = "order"


class OrderAmendmentBody(SendingClocks, OrderEventBody):
    """An order as it shall be. Its `fix` means nothing: where the order was captured stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE | SENT_EXAMPLE]})

    type: Literal["order"] = "order"
    id: UUID | None = Field(default=None, description="as in the path, or left out")  # type: ignore[assignment] # the path has it


class OrderCancellationBody(SendingClocks):
    """That an order is cancelled, and why. Without `captured_at`: now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "the outlet called it off", "captured_at": "2026-11-23T16:40:36+02:00"}]
        }
    )

    captured_at: WallClock | None = Field(default=None, description="by the device's clock, with its offset")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it was captured")
    boot_id: ShortText | None = None
    reason: Comment = ""


class EventResultAnswer(BaseModel):
    """What became of one event."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCEPTED_EXAMPLE]})

    id: str | None = Field(description="the event's id, null where none could be read")
    status: EventStatus
    verdict: VerdictAnswer | None = Field(description="of a check-in's fix, or of an order's where it has one")
    warnings: list[OrderWarningAnswer]
    problem: Problem | None = Field(description="why it was rejected or what it conflicts with")


class SingleEventAnswer(BaseModel):
    """What became of one event that was sent on its own. A duplicate gets its first answer again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                ACCEPTED_EXAMPLE
                | {
                    "received_at": "2026-11-23T14:41:08.204000Z",
                    "corrected_at": "2026-11-23T14:32:06Z",
                    "business_date": "2026-11-23",
                    "clock_skew_ms": 0,
                }
            ]
        }
    )

    id: UUID
    status: EventStatus
    verdict: VerdictAnswer | None
    warnings: list[OrderWarningAnswer]
    problem: None = None
    received_at: datetime
    corrected_at: datetime
    business_date: date
    clock_skew_ms: int


class OrderAmendmentAnswer(BaseModel):
    """What became of an amendment. `duplicate`: it had come before, and nothing was done now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": ACCEPTED_EXAMPLE["id"],
                    "status": "accepted",
                    "version": 2,
                    "warnings": [],
                    "problem": None,
                    "business_date": "2026-11-23",
                    "received_at": "2026-11-23T14:41:08.204000Z",
                    "corrected_at": "2026-11-23T14:41:06Z",
                    "clock_skew_ms": 0,
                }
            ]
        }
    )

    id: UUID
    status: Literal["accepted", "duplicate"]
    version: int = Field(description="the version that it made")
    warnings: list[OrderWarningAnswer]
    problem: None = None
    business_date: date
    received_at: datetime
    corrected_at: datetime
    clock_skew_ms: int
