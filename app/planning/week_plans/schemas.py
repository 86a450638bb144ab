"""Week plans, in and out."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.ground.web.fields import Code, Day, LongText
from app.planning.week_plans.rules import PlanStatus

MOST_VISITS = 1_000

_PLACE: dict[str, Any] = {"lat": 38.2903, "lon": 21.7889}
_VISIT: dict[str, Any] = {
    "id": "019ad29f-3c00-8a11-9d0e-6f2b5b1f9c11",
    "rep_code": "PAT-R1",
    "outlet_code": "PAT-0042",
    "outlet_name": "Mini Market Rio",
    "visit_date": "2026-11-30",
    "sequence": 1,
    "arrival_at": "2026-11-30T08:12:00+02:00",
    "waiting_minutes": 0,
    "expected_at": "2026-11-30T08:12:00+02:00",
    "expected_until": "2026-11-30T08:27:00+02:00",
    "drive_minutes": 12,
    "drive_km": 4.4,
    "excused": False,
    "withdrawn": False,
}
_DAY: dict[str, Any] = {
    "date": "2026-11-30",
    "working_day": True,
    "frozen": False,
    "visits": 14,
    "departs_at": "2026-11-30T08:00:00+02:00",
    "returns_at": "2026-11-30T14:40:00+02:00",
    "lunch": {"begins_at": "2026-11-30T12:00:00+02:00", "ends_at": "2026-11-30T12:30:00+02:00"},
    "driving_minutes": 88,
    "driving_km": 32.1,
    "service_minutes": 252,
    "load_minutes": 340,
    "start": _PLACE,
    "end": None,
}
_NOTE: dict[str, Any] = {
    "outlet_code": "PAT-0042",
    "visit_date": "2026-11-30",
    "code": "outside_visiting_hours",
    "message": "Planned for 14:20, outside of its visiting hours.",
}
PLAN_EXAMPLE: dict[str, Any] = {
    "rep_code": "PAT-R1",
    "territory_code": "PAT",
    "iso_week": "2026-W49",
    "from": "2026-11-30",
    "to": "2026-12-06",
    "status": "submitted",
    "version": 2,
    "due_at": "2026-11-27T16:00:00Z",
    "late": False,
    "submitted_at": "2026-11-27T10:02:00Z",
    "submitted_by": "device:PAT-R1",
    "decided_at": None,
    "decided_by": None,
    "remark": None,
    "visits": [_VISIT],
    "days": [_DAY],
    "warnings": [_NOTE],
    "unplanned": [],
}
_PUT: dict[str, Any] = {
    "visits": [
        {"outlet_code": "PAT-0042", "visit_date": "2026-11-30", "sequence": 1},
        {"outlet_code": "PAT-0007", "visit_date": "2026-11-30", "sequence": 2},
    ],
    "remark": "Thursday is free for the fair.",
}


class PlannedVisitBody(BaseModel):
    """One outlet on one day. Visits with a `sequence` come before those without, which keep the order of the list."""

    outlet_code: Code
    visit_date: Day
    sequence: Annotated[int | None, Field(strict=True, ge=1, le=9_999, description="its place in the day")] = None
    rep_code: Code | None = Field(default=None, description="as in the path, or left out")


class WeekPlanBody(BaseModel):
    """What a rep will do in a week: the whole of it. Days of it that are frozen are sent as they stand."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUT]})

    visits: Annotated[list[PlannedVisitBody], Field(max_length=MOST_VISITS)]
    remark: LongText | None = None


class PlanStepBody(BaseModel):
    """A word to go with a step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"remark": "As we said on the phone."}]})

    remark: LongText | None = None


class PlanOptimisationBody(BaseModel):
    """Which days to put into their best order; without any, every day that is not frozen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dates": ["2026-11-30"]}]})

    dates: Annotated[list[Day], Field(min_length=1, max_length=7)] | None = None


class PlanReturnBody(BaseModel):
    """What is to be changed before the plan is approved."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"remark": "Rio is closed on Monday."}]})

    remark: Annotated[LongText, Field(min_length=1)]


class PointAnswer(BaseModel):
    """A point, in degrees (WGS 84)."""

    lat: float
    lon: float


class LunchBreakAnswer(BaseModel):
    """A lunch break."""

    begins_at: datetime
    ends_at: datetime


class PlannedVisitAnswer(BaseModel):
    """A visit of the plan, with when the rep is expected there. `id` only once it stands in an approved plan."""

    id: UUID | None
    rep_code: str
    outlet_code: str
    outlet_name: str
    visit_date: date
    sequence: int
    arrival_at: datetime | None = Field(description="when the rep gets there; null: nobody has calculated it")
    waiting_minutes: int | None = Field(description="from the arrival until the outlet opens, lunch apart")
    expected_at: datetime | None = Field(
        description="when the visit begins, never before the outlet opens; null: nobody has calculated it"
    )
    expected_until: datetime | None
    drive_minutes: int | None = Field(description="the way from the stop before, or from the start")
    drive_km: float | None
    excused: bool
    withdrawn: bool = Field(
        description="what has changed since the plan was made takes it off the rep's route; a warning says what"
    )


class PlanDayAnswer(BaseModel):
    """A day of the plan. `load_minutes` is driving and visits: what days are balanced by."""

    date: date
    working_day: bool
    frozen: bool = Field(description="its plan stands since its local midnight")
    visits: int
    departs_at: datetime | None
    returns_at: datetime | None
    lunch: LunchBreakAnswer | None
    driving_minutes: int
    driving_km: float
    service_minutes: int
    load_minutes: int
    start: PointAnswer | None = Field(description="null: at the first visit")
    end: PointAnswer | None = Field(description="null: at the last visit")


class PlanNoteAnswer(BaseModel):
    """Something to know about the plan: of an outlet, of a day, or of both."""

    outlet_code: str | None
    visit_date: date | None
    code: str
    message: str


class WeekPlanAnswer(BaseModel):
    """One rep's week. Only an approved plan counts at the cutoff."""

    model_config = ConfigDict(json_schema_extra={"examples": [PLAN_EXAMPLE]})

    rep_code: str
    territory_code: str
    iso_week: str
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")
    status: PlanStatus
    version: int = Field(description="0: its visits were imported before there were plans")
    due_at: datetime = Field(description="the Friday before, 18:00 local")
    late: bool = Field(description="neither submitted nor approved by then")
    submitted_at: datetime | None
    submitted_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    remark: str | None = Field(description="the last word that went with a step")
    visits: list[PlannedVisitAnswer]
    days: list[PlanDayAnswer]
    warnings: list[PlanNoteAnswer] = Field(
        description="what does not fit the terms, and what has changed since; none of it stands in the way"
    )
    unplanned: list[PlanNoteAnswer] = Field(description="wishes that a generated plan does not meet, outlet by outlet")


class ListedWeekPlanAnswer(BaseModel):
    """A rep, and how its plan stands; `status` null: there is none yet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "rep_code": "PAT-R1",
                    "rep_name": "Anna Georgiou",
                    "territory_code": "PAT",
                    "iso_week": "2026-W49",
                    "status": None,
                    "version": None,
                    "due_at": "2026-11-27T16:00:00Z",
                    "late": True,
                    "submitted_at": None,
                    "approved_visits": 0,
                }
            ]
        }
    )

    rep_code: str
    rep_name: str
    territory_code: str
    iso_week: str
    status: PlanStatus | None
    version: int | None
    due_at: datetime
    late: bool = Field(description="neither submitted nor approved by then")
    submitted_at: datetime | None
    approved_visits: int = Field(description="visits of the week that count")


class PlanVersionVisitAnswer(BaseModel):
    """A visit that a version had."""

    outlet_code: str
    visit_date: date
    sequence: int | None


class PlanVersionAnswer(BaseModel):
    """One thing that happened to a plan: who did what, when, with which word, and what the plan said from then on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 2,
                    "action": "submitted",
                    "made_at": "2026-11-27T10:02:00Z",
                    "made_by": "device:PAT-R1",
                    "remark": None,
                    "visits": None,
                }
            ]
        }
    )

    version: int
    action: str = Field(examples=["approved"])
    made_at: datetime
    made_by: str
    remark: str | None
    visits: list[PlanVersionVisitAnswer] | None = Field(description="null: as in the version before")
