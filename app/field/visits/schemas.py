"""Planned visits and excuses, in and out."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.fields import Code, Comment, Day

_VISIT: dict[str, Any] = {"rep_code": "PAT-R1", "outlet_code": "PAT-0042", "visit_date": "2026-11-30", "sequence": 7}
_EXCUSE: dict[str, Any] = {"reason_code": "outlet_closed", "comment": "A death in the family; open again on Thursday."}


class VisitBody(BaseModel):
    """A planned visit, as it is imported: it lands in an approved plan."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VISIT]})

    rep_code: Code
    outlet_code: Code
    visit_date: Day
    sequence: Annotated[
        int | None, Field(strict=True, ge=1, le=9_999, description="its place in the day's route", examples=[7])
    ] = None


class ExcuseBody(BaseModel):
    """Why a visit need not be made."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXCUSE]})

    reason_code: Annotated[Code, Field(description="the company's own code for the reason", examples=["outlet_closed"])]
    comment: Comment = ""


class ExcusedVisitAnswer(BaseModel):
    """A visit that need not be made, and who said so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "019ab2c5-8800-8a3f-9f0b-6b2f9d1c4e77",
                    "status": "excused",
                    "rep_code": "PAT-R1",
                    "outlet_code": "PAT-0042",
                    "visit_date": "2026-11-30",
                    **_EXCUSE,
                    "excused_by": "user:sofia",
                    "excused_at": "2026-11-30T08:15:00Z",
                }
            ]
        }
    )

    id: UUID = Field(description="the visit's")
    status: Literal["excused"] = "excused"
    rep_code: str
    outlet_code: str
    visit_date: date
    reason_code: str
    comment: str
    excused_by: str
    excused_at: datetime
