"""An upload and its events, as they come in one by one, and its answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.doors.order_taking.events import AnyEvent, CheckInEvent, NoOrderEvent
from app.doors.order_taking.evidence import read_boot_id, read_monotonic
from app.doors.order_taking.schemas import (
    ACCEPTED_EXAMPLE,
    FIX_EXAMPLE,
    SENT_EXAMPLE,
    EventBody,
    EventResultAnswer,
    FixBody,
    LenientBody,
    OrderEventBody,
    SendingClocks,
)
from app.field.check_ins.records import CheckInKind
from app.ground.errors import FieldProblem
from app.ground.web.fields import Code, Comment, Milliseconds, ShortText
from app.ground.web.problems import field_problems
from app.ground.web.wall_clocks import WallClock, read_wall_clock
from app.masters.territories.boots import EventClock
from app.sales.orders.schemas import OrderWarningAnswer

MOST_EVENTS = 500
MOST_PROBLEMS = 100
"""As many problems of one event are told."""
LONGEST_ECHO = 64
HIGHEST_SEQUENCE = 2**53

CHECK_IN_EXAMPLE: dict[str, Any] = {
    "type": "check_in",
    "id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11",
    "sequence": 117,
    "outlet_code": "PAT-0042",
    "kind": "arrival",
    "captured_at": "2026-11-23T16:32:06+02:00",
    "monotonic_ms": 4990210,
    "fix": FIX_EXAMPLE,
}
NO_ORDER_EXAMPLE: dict[str, Any] = {
    "type": "no_order",
    "id": "01935840-77aa-7b1c-9c1d-2e3f40516273",
    "sequence": 119,
    "outlet_code": "PAT-0043",
    "captured_at": "2026-11-23T16:55:00+02:00",
    "monotonic_ms": 5864210,
    "reason_code": "overstocked",
    "comment": "",
}


class CheckInEventBody(EventBody):
    """An arrival or a departure attempt, wherever the rep stands (V1). `fix` null: no position was found."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHECK_IN_EXAMPLE]})

    type: Literal["check_in"]
    kind: CheckInKind
    fix: FixBody | None = None

    def event(self) -> CheckInEvent:
        """It as a plain value."""
        fix = None if self.fix is None else self.fix.fix()
        return CheckInEvent(self.id, self.outlet_code, self.clock, self.kind, fix, tuple(self.warnings))


class NoOrderEventBody(EventBody):
    """Why a visit ended with no order."""

    model_config = ConfigDict(json_schema_extra={"examples": [NO_ORDER_EXAMPLE]})

    type: Literal["no_order"]
    reason_code: Code = Field(examples=["overstocked"])
    comment: Comment = ""

    def event(self) -> NoOrderEvent:
        """It as a plain value."""
        return NoOrderEvent(self.id, self.outlet_code, self.clock, self.reason_code, self.comment, tuple(self.warnings))


class CheckInBody(SendingClocks, CheckInEventBody):
    """One check-in on its own."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHECK_IN_EXAMPLE | SENT_EXAMPLE]})

    type: Literal["check_in"] = "check_in"


_EventBody = CheckInEventBody | OrderEventBody | NoOrderEventBody
_Event = Annotated[_EventBody, Field(discriminator="type")]

_EVENTS: dict[Any, type[_EventBody]] = {
    "check_in": CheckInEventBody,
    "order": OrderEventBody,
    "no_order": NoOrderEventBody,
}


@dataclass(frozen=True, slots=True)
class UnreadEvent:
    """An event that cannot be read, and why.

    Its id, sequence, type, outlet and clock are told wherever they could be made out: what is rejected has arrived all
    the same. `digest`: of all that it says.
    """

    id: str | None
    sequence: int | None
    problems: Sequence[FieldProblem]
    digest: bytes
    type: str | None = None
    outlet_code: str | None = None
    clock: EventClock | None = None

    @property
    def boot_id(self) -> str | None:
        """Of the boot that it was captured in, where that could be made out."""
        return None if self.clock is None else self.clock.boot_id

    @property
    def uuid(self) -> UUID | None:
        """Its id, where it is one."""
        try:
            return UUID(self.id or "")
        except ValueError:
            return None

    @property
    def id_text(self) -> str | None:
        """Its id in the one spelling that it has in records, where it is one; else as it was sent."""
        return str(self.uuid or self.id) if self.id else None


def read_event(raw: Any) -> AnyEvent | UnreadEvent:
    """Read one parsed JSON value as an event: one that is malformed never costs another.

    Pointers of problems are relative to the event.
    """
    if not isinstance(raw, dict):
        return UnreadEvent(
            None, None, [FieldProblem("", "not_an_object", "An event is a JSON object.")], _digest_of(raw)
        )
    kind = raw.get("type")
    model = _EVENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        message = "The type must be one of: " + ", ".join(_EVENTS) + "."
        return _unread(raw, [FieldProblem("/type", "unknown_type", message)])
    try:
        return model.model_validate(raw).event()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return _unread(raw, field_problems(problems[:MOST_PROBLEMS]))


def _unread(raw: dict[str, Any], problems: Sequence[FieldProblem]) -> UnreadEvent:
    sequence = raw.get("sequence")
    known_sequence = type(sequence) is int and 1 <= sequence <= HIGHEST_SEQUENCE
    return UnreadEvent(
        _text_of(raw, "id"),
        sequence if known_sequence else None,
        problems,
        _digest_of(raw),
        _text_of(raw, "type"),
        _text_of(raw, "outlet_code"),
        _clock_of(raw),
    )


def _text_of(raw: dict[str, Any], name: str) -> str | None:
    """A short printable text of an event, as far as it can be told again."""
    value = raw.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ECHO and value.isprintable() else None


def _clock_of(raw: dict[str, Any]) -> EventClock | None:
    captured_at = read_wall_clock(raw.get("captured_at"))
    if captured_at is None:
        return None
    sequence = raw.get("sequence")
    return EventClock(
        captured_at,
        read_monotonic(raw.get("monotonic_ms")),
        read_boot_id(raw.get("boot_id")),
        sequence if type(sequence) is int else None,
    )


def _digest_of(raw: Any) -> bytes:
    """A digest of whatever JSON holds, lone surrogates and huge numbers too."""
    return sha256(json.dumps(raw, sort_keys=True).encode()).digest()


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
        for event in (CheckInEventBody, OrderEventBody, NoOrderEventBody)
    ],
}


class UploadBody(LenientBody):
    """What a device brings: its clocks at the sending, how far it has counted, and up to 500 events.

    Events are read one by one: one that is malformed is rejected alone.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_UPLOAD]})

    sent_at: WallClock = Field(description="by the device's clock, at this very attempt: it measures the clock's skew")
    monotonic_ms: Milliseconds | None = Field(default=None, description="since boot, when it is sent")
    boot_id: ShortText | None = None
    sequence_to: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=2**53,
        description="the highest sequence that the device had given out when it sent this; 0 for none yet",
    )
    events: Annotated[list[Annotated[Any, _ReadLater(_Event)]], Field(json_schema_extra={"maxItems": MOST_EVENTS})]


class UploadAnswer(BaseModel):
    """What became of an upload. What was accepted is committed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "received_at": "2026-11-23T14:41:08.204000Z",
                    "clock_skew_ms": 0,
                    "watermark": "2026-11-23T14:41:07Z",
                    "results": [ACCEPTED_EXAMPLE],
                    "warnings": [],
                }
            ]
        }
    )

    received_at: datetime
    clock_skew_ms: int = Field(description="how far the server's clock is ahead of the device's; under 2 s it is 0")
    watermark: datetime | None = Field(description="up to when the server has everything that this device recorded")
    results: list[EventResultAnswer] = Field(description="one for each event, in the order sent")
    warnings: list[OrderWarningAnswer] = Field(default=[], description="what of the upload itself could not be read")
