"""Generations for many reps, in and out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.ground.web.fields import Code
from app.planning.week_plans.iso_weeks import WEEK_PATTERN

_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3b"


class PlanGenerationBody(BaseModel):
    """Which plans are to be made: a territory's, some reps', or (neither is said) of everyone within sight."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": _ID, "iso_week": "2026-W49", "territory_code": "PAT"}]}
    )

    id: UUID | None = Field(
        default=None, description="made by the client: the same generation again is answered like the first one"
    )
    iso_week: str = Field(pattern=WEEK_PATTERN, examples=["2026-W49"])
    territory_code: Code | None = None
    rep_codes: Annotated[list[Code], Field(min_length=1, max_length=1_000)] | None = None
    reassign: bool = Field(
        default=False,
        description="deal the outlets of these territories to their reps anew, whoever looks after them now",
    )

    @model_validator(mode="after")
    def _one_scope(self) -> Self:
        if self.territory_code is not None and self.rep_codes is not None:
            raise ValueError("name a territory, or reps, or neither")
        if self.reassign and self.rep_codes is not None:
            raise ValueError("outlets are dealt to all reps of a territory: name the territory")
        return self


class PlanGenerationStatus(StrEnum):
    """How far a generation is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class GenerationOutcome(StrEnum):
    """What came of one rep's week: made; left as it was, for it is submitted, approved or over; or not to be made."""

    GENERATED = "generated"
    KEPT = "kept"
    FAILED = "failed"


class PlanGenerationAnswer(BaseModel):
    """A generation and its progress: of so many reps so many are done, with this outcome."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "iso_week": "2026-W49",
                    "territory_code": "PAT",
                    "rep_codes": None,
                    "reassign": False,
                    "status": "running",
                    "reps": 50,
                    "done": 12,
                    "generated": 11,
                    "kept": 1,
                    "failed": 0,
                    "visits": 1630,
                    "unplanned": 4,
                    "requested_at": "2026-11-26T14:00:00Z",
                    "requested_by": "user:sofia",
                    "started_at": "2026-11-26T14:00:01Z",
                    "finished_at": None,
                    "cancelled_at": None,
                    "cancelled_by": None,
                }
            ]
        }
    )

    id: UUID
    iso_week: str
    territory_code: str | None
    rep_codes: list[str] | None
    reassign: bool
    status: PlanGenerationStatus
    reps: int
    done: int
    generated: int
    skipped: int = Field(serialization_alias="kept")
    failed: int
    visits: int = Field(description="in the plans that were made")
    unplanned: int = Field(description="wishes that they do not meet; each plan says which and why")
    requested_at: datetime
    requested_by: str
    started_at: datetime | None
    finished_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None


_OF_REP: dict[str, Any] = {
    "rep_code": "PAT-R1",
    "outcome": "kept",
    "reason": "The plan is approved.",
    "visits": None,
    "unplanned": None,
    "done_at": "2026-11-26T14:00:09Z",
}


class GeneratedRepAnswer(BaseModel):
    """One rep of a generation; `outcome` null: its turn has not come."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OF_REP]})

    rep_code: str
    outcome: GenerationOutcome | None
    reason: str | None = Field(description="why it was kept, or failed")
    visits: int | None
    unplanned: int | None
    done_at: datetime | None
