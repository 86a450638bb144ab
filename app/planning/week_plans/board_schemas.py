"""The board of a week, as it leaves."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.planning.week_plans.answers import is_late, plan_answer
from app.planning.week_plans.boards import BoardLine
from app.planning.week_plans.iso_weeks import due_at, iso_week_of
from app.planning.week_plans.rules import PlanStatus
from app.planning.week_plans.schemas import PlanDayAnswer, PlannedVisitAnswer, WeekPlanAnswer

_VISIT: dict[str, Any] = {
    "id": "019ad29f-3c00-8a11-9d0e-6f2b5b1f9c11",
    "sequence": 1,
    "outlet_code": "PAT-0042",
    "outlet_name": "Mini Market Rio",
    "expected_at": "2026-11-30T08:12:00+02:00",
    "excused": False,
    "withdrawn": False,
}
_DAY: dict[str, Any] = {
    "date": "2026-11-30",
    "working_day": True,
    "frozen": False,
    "visits": [_VISIT],
    "departs_at": "2026-11-30T08:00:00+02:00",
    "returns_at": "2026-11-30T08:27:00+02:00",
    "driving_minutes": 12,
    "driving_km": 4.4,
    "service_minutes": 15,
    "load_minutes": 27,
    "warnings": 1,
}
_LINE: dict[str, Any] = {
    "rep_code": "PAT-R1",
    "rep_name": "Anna Georgiou",
    "territory_code": "PAT",
    "iso_week": "2026-W49",
    "status": "submitted",
    "version": 2,
    "due_at": "2026-11-27T16:00:00Z",
    "late": False,
    "submitted_at": "2026-11-27T10:02:00Z",
    "remark": None,
    "visits": 1,
    "driving_minutes": 12,
    "driving_km": 4.4,
    "service_minutes": 15,
    "load_minutes": 27,
    "warnings": 1,
    "unplanned": 0,
    "open_requests": 0,
    "days": [_DAY],
}


class BoardVisitAnswer(BaseModel):
    """A visit on the board. `id` only once it stands in an approved plan."""

    id: UUID | None
    sequence: int
    outlet_code: str
    outlet_name: str
    expected_at: datetime | None = Field(description="when the visit begins; null: nobody has calculated it")
    excused: bool
    withdrawn: bool = Field(description="what has changed since the plan was made takes it off the rep's route")

    @classmethod
    def of(cls, visit: PlannedVisitAnswer) -> Self:
        """What the board shows of a visit."""
        return cls(**{name: getattr(visit, name) for name in cls.model_fields})


class BoardDayAnswer(BaseModel):
    """A rep's day on the board. `load_minutes` is driving and visits: what days are balanced by."""

    date: date
    working_day: bool
    frozen: bool = Field(description="its plan stands since its local midnight")
    visits: list[BoardVisitAnswer]
    departs_at: datetime | None
    returns_at: datetime | None
    driving_minutes: int
    driving_km: float
    service_minutes: int
    load_minutes: int
    warnings: int = Field(description="of this day, and of its visits")

    @classmethod
    def of(cls, plan: WeekPlanAnswer, day: PlanDayAnswer) -> Self:
        """What the board shows of a day of a plan."""
        members = {name: getattr(day, name) for name in cls.model_fields if name not in {"visits", "warnings"}}
        visits = [BoardVisitAnswer.of(visit) for visit in plan.visits if visit.visit_date == day.date]
        return cls(**members, visits=visits, warnings=sum(note.visit_date == day.date for note in plan.warnings))


class BoardLineAnswer(BaseModel):
    """A rep's week on the board. `status` null: there is no plan yet, and the days are empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    rep_code: str
    rep_name: str
    territory_code: str
    iso_week: str
    status: PlanStatus | None
    version: int | None = Field(description="for `If-Match`; 0: its visits were imported before there were plans")
    due_at: datetime = Field(description="the Friday before, 18:00 local")
    late: bool = Field(description="neither submitted nor approved by then")
    submitted_at: datetime | None
    remark: str | None = Field(description="the last word that went with a step")
    visits: int
    driving_minutes: int
    driving_km: float
    service_minutes: int
    load_minutes: int
    warnings: int = Field(description="the plan itself tells them")
    unplanned: int = Field(description="wishes that a generated plan does not meet")
    open_requests: int = Field(description="requests for changes that nobody has decided")
    days: list[BoardDayAnswer] = Field(description="of the week; none where there is no plan")

    @classmethod
    def of(cls, line: BoardLine, at: datetime) -> Self:
        """A line as it leaves."""
        plan = None if line.view is None else plan_answer(line.view, at)
        due = due_at(line.week.territory, line.week.monday)
        days = [] if plan is None else [BoardDayAnswer.of(plan, day) for day in plan.days]
        return cls(
            rep_code=line.week.rep.code,
            rep_name=line.week.rep.name,
            territory_code=line.week.territory.code,
            iso_week=iso_week_of(line.week.monday),
            status=None if plan is None else plan.status,
            version=None if plan is None else plan.version,
            due_at=due,
            late=is_late(None, None, due, at) if plan is None else plan.late,
            submitted_at=None if plan is None else plan.submitted_at,
            remark=None if plan is None else plan.remark,
            visits=sum(len(day.visits) for day in days),
            driving_minutes=sum(day.driving_minutes for day in days),
            driving_km=round(sum(day.driving_km for day in days), 1),
            service_minutes=sum(day.service_minutes for day in days),
            load_minutes=sum(day.load_minutes for day in days),
            warnings=len(plan.warnings) if plan else 0,
            unplanned=len(plan.unplanned) if plan else 0,
            open_requests=line.requests,
            days=days,
        )
