"""An upload, and its answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.doors.handheld.upload.event_schemas import AnyEvent, CheckInEvent, NoOrderEvent, OrderEvent
from app.doors.handheld.upload.records import Status
from app.field.check_ins.schemas import VerdictAnswer
from app.ground.web.fields import Instant, Milliseconds, ShortText
from app.ground.web.problems import Problem
from app.sales.orders.schemas import WarningAnswer

MOST_EVENTS = 500


@dataclass(frozen=True, slots=True)
class _ReadLater:
    """Takes any JSON value as it is, and documents it as the type that it is read as later, one by one."""

    type: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(TypeAdapter(self.type).core_schema)


_UPLOAD: dict[str, Any] = {
    "sent_at": "2026-11-23T16:41:07+02:00",
    "monotonic_ms": 5021400,
    "boot_id": "b7f3",
    "sequence_to": 119,
    "events": [
        event.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]  # given as a dict
        for event in (CheckInEvent, OrderEvent, NoOrderEvent)
    ],
}
_VERDICT: dict[str, Any] = {"code": "INSIDE", "p_inside": 0.97, "distance_m": 21.4}
_ACCEPTED: dict[str, Any] = {
    "id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11",
    "status": "accepted",
    "verdict": _VERDICT,
    "warnings": [],
    "problem": None,
}


class UploadBody(BaseModel):
    """What a device brings: its clocks at the sending, how far it has counted, and up to 500 events.

    Events are read one by one: one that is malformed is rejected alone.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_UPLOAD]})

    sent_at: Instant = Field(description="by the device's clock, at this very attempt: it measures the clock's skew")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it is sent")
    boot_id: ShortText | None = None
    sequence_to: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=2**53,
        description="the highest sequence that the device had given out when it sent this; 0 for none yet",
    )
    events: Annotated[list[Annotated[Any, _ReadLater(AnyEvent)]], Field(json_schema_extra={"maxItems": MOST_EVENTS})]


class ResultAnswer(BaseModel):
    """What became of one event."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ACCEPTED]})

    id: str | None = Field(description="the event's id, null where none could be read")
    status: Status
    verdict: VerdictAnswer | None = Field(description="of a check-in's fix, or of an order's where it has one")
    warnings: list[WarningAnswer]
    problem: Problem | None = Field(description="why it was rejected or what it conflicts with")


class UploadAnswer(BaseModel):
    """What became of an upload. What was accepted is committed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "received_at": "2026-11-23T14:41:08.204000Z",
                    "clock_skew_ms": 0,
                    "watermark": "2026-11-23T14:41:07Z",
                    "results": [_ACCEPTED],
                }
            ]
        }
    )

    received_at: datetime
    clock_skew_ms: int = Field(description="how far the server's clock is ahead of the device's; under 2 s it is 0")
    watermark: datetime | None = Field(description="up to when the server has everything that this device recorded")
    results: list[ResultAnswer] = Field(description="one for each event, in the order sent")


class SingleAnswer(BaseModel):
    """What became of one event that was sent on its own. A duplicate gets its first answer again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _ACCEPTED
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
    status: Status
    verdict: VerdictAnswer | None
    warnings: list[WarningAnswer]
    problem: None = None
    received_at: datetime
    corrected_at: datetime
    business_date: date
    clock_skew_ms: int


class AmendedAnswer(BaseModel):
    """What became of an amendment. `duplicate`: it had come before, and nothing was done now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ACCEPTED["id"],
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
    warnings: list[WarningAnswer]
    problem: None = None
    business_date: date
    received_at: datetime
    corrected_at: datetime
    clock_skew_ms: int
