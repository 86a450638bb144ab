"""Changes to approved plans, and requests for them, in and out."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.fields import Code, Comment, Day
from app.planning.week_plans.rules import HandOver
from app.planning.week_plans.schemas import PLAN_EXAMPLE, WeekPlanAnswer


class PlanChangeBody(BaseModel):
    """A visit to go to another day of the week, to another rep, or out of the plan (neither is said).

    Without an outlet it is every visit of the day: a day of leave goes to another rep.
    """

    outlet_code: Code | None = None
    from_date: Day
    to_date: Day | None = None
    to_rep_code: Code | None = None


_REQUEST_ID = "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a"
_CHANGES: dict[str, Any] = {
    "changes": [{"outlet_code": "PAT-0042", "from_date": "2026-12-01", "to_date": "2026-12-02", "to_rep_code": None}],
    "reason_code": "outlet_closed",
    "comment": "Stock-taking on Tuesday.",
}


class PlanChangesBody(BaseModel):
    """Changes to an approved plan, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGES]})

    changes: Annotated[list[PlanChangeBody], Field(min_length=1, max_length=500)]
    reason_code: Annotated[Code, Field(description="the company's own code for the reason", examples=["rep_ill"])]
    comment: Comment = ""


class HandOverBody(BaseModel):
    """A day whose visits another rep takes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"visit_date": "2026-12-01", "to_rep_code": "PAT-R2", "comment": "Anna is on leave."}]
        }
    )

    visit_date: Day
    to_rep_code: Code
    comment: Comment = ""

    def transfer(self) -> HandOver:
        """It as a plain value."""
        return HandOver(self.visit_date, self.to_rep_code, self.comment)


class HandOverAnswer(BaseModel):
    """The two plans after a day was handed over."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"given_by": PLAN_EXAMPLE, "taken_by": PLAN_EXAMPLE | {"rep_code": "PAT-R2"}}]}
    )

    given_by: WeekPlanAnswer = Field(description="of the rep whose visits they were")
    taken_by: WeekPlanAnswer = Field(description="of the rep whose visits they are")


class PlanChangeRequestBody(PlanChangesBody):
    """A rep's request for changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGES | {"id": _REQUEST_ID}]})

    id: UUID = Field(description="made by the client: the same request again is answered like the first one")


class PlanChangeRequestStatus(StrEnum):
    """What became of a request."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"


class PlanChangeDecisionBody(BaseModel):
    """What the supervisor says to a request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decision": "granted", "comment": ""}]})

    decision: Literal[PlanChangeRequestStatus.GRANTED, PlanChangeRequestStatus.REFUSED]
    comment: Comment = ""


class PlanChangeAnswer(BaseModel):
    """A visit that is to go to another day of the week, to another rep, or out of the plan (neither is said)."""

    outlet_code: str | None = Field(description="null: every visit of the day")
    from_date: date
    to_date: date | None
    to_rep_code: str | None


class PlanChangeRequestAnswer(BaseModel):
    """A rep's request for changes, and what became of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _CHANGES
                | {
                    "id": _REQUEST_ID,
                    "rep_code": "PAT-R1",
                    "iso_week": "2026-W49",
                    "status": "open",
                    "requested_at": "2026-11-30T08:00:00Z",
                    "requested_by": "device:PAT-R1",
                    "decided_at": None,
                    "decided_by": None,
                    "decision_comment": None,
                }
            ]
        }
    )

    id: UUID
    rep_code: str
    iso_week: str
    changes: list[PlanChangeAnswer]
    reason_code: str
    comment: str
    status: PlanChangeRequestStatus
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    decision_comment: str | None
