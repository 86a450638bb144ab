"""Reasons, in and out."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.bodies import MasterBody
from app.ground.web.fields import Code, Flag, Name
from app.sales.mismatch_reasons.rules import AnsweringParty, ReasonUse

_REASON: dict[str, Any] = {
    "code": "damaged_in_transit",
    "name": "Damaged on the way",
    "answered_by": "carrier",
    "for": "delivery",
    "active": True,
}


class MismatchReasonBody(MasterBody):
    """A reason, as it is put. What is left out stays as it is; a new one needs `name`, `answered_by` and `for`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REASON]})

    code: Code | None = Field(default=None, description="as in the path")
    name: Name | None = None
    answered_by: AnsweringParty | None = Field(
        default=None, description="who answers by default, for what is recorded from now on"
    )
    applies_to: ReasonUse | None = Field(
        default=None, alias="for", description="what it explains; it stays what it was made for"
    )
    active: Flag = True


class MismatchReasonAnswer(BaseModel):
    """A reason, and who answers by default."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [_REASON | {"version": 1, "updated_at": "2026-11-23T10:00:00Z"}]},
    )

    code: str
    name: str
    answered_by: AnsweringParty
    applies_to: ReasonUse = Field(serialization_alias="for")
    active: bool
    version: int
    updated_at: datetime
