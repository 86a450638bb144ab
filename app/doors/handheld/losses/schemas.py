"""A rejected or lost event as it leaves."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.field.rejected_events.records import ListedRejection, RejectionKind, RejectionOutcome

_EXAMPLE: dict[str, Any] = {
    "id": "9f0c2d2e-6a53-5f0e-8a3f-0c4b5d6e7f80",
    "kind": "rejected",
    "rep_code": "PAT-R3",
    "territory_code": "PAT",
    "device_id": "5d0b7f6e-9f3c-4f0a-a8a1-2b6f6f1f2a11",
    "received_at": "2026-11-23T15:20:08Z",
    "business_date": "2026-11-23",
    "event_type": "check_in",
    "event_id": "0193583e-6b0c-7c3a-9d0e-6f2b5b1f9c11",
    "first_sequence": 117,
    "last_sequence": 117,
    "outlet_code": "PAT-9999",
    "problems": [
        {"pointer": "/outlet_code", "code": "unknown_outlet", "message": "There is no outlet with this code."}
    ],
    "can_be_sent_again": True,
    "holds_until": "2026-11-26T15:00:00Z",
    "settled_at": None,
    "outcome": None,
    "settled_by": None,
}


class RejectedEventProblemAnswer(BaseModel):
    """One thing that was wrong with it."""

    pointer: str
    code: str
    message: str


class RejectedEventAnswer(BaseModel):
    """An event that could not be recorded (`rejected`), or numbers that never arrived (`lost`). Kept for 90 days."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    kind: RejectionKind
    rep_code: str
    territory_code: str
    device_id: UUID
    received_at: datetime = Field(description="when it came first; of lost events: when that was seen")
    business_date: date = Field(description="the day that it is of, as far as that can be told")
    event_type: str | None
    event_id: str | None = Field(description="as the device sent it, null where it could not be read")
    first_sequence: int | None
    last_sequence: int | None
    outlet_code: str | None
    problems: list[RejectedEventProblemAnswer]
    can_be_sent_again: bool = Field(description="whether the very same event may be recorded later")
    holds_until: datetime | None = Field(
        description="until then, or until it is settled, its day's penalties stay provisional; null: it holds nothing"
    )
    settled_at: datetime | None
    outcome: RejectionOutcome | None
    settled_by: str | None = Field(description="who gave it up")

    @classmethod
    def of(cls, rejection: ListedRejection) -> Self:
        """One as it leaves."""
        names = cls.model_fields.keys() - {"holds_until"}
        values = {name: getattr(rejection, name) for name in names}
        return cls.model_validate(values | {"holds_until": rejection.hold_until})
