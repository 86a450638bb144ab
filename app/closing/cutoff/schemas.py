"""Cutoff runs and missing orders, in and out."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.closing.call_tasks.rules import CallOutcome, CallTaskStatus
from app.closing.cutoff.aftermath_queries import Aftermath
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.previews import Preview
from app.closing.cutoff.report_queries import ReportedMissingOrder
from app.closing.cutoff.rules import MissingOrderCause
from app.ground.web.amounts import StoredMoney
from app.ground.web.fields import Code, Day, Flag, LongText
from app.sales.orders.rules import OrderChannel

PREVIEWED = 5_000

_MISSING: dict[str, Any] = {
    "visit_id": "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a",
    "rep_code": "PAT-R1",
    "outlet_code": "PAT-0042",
    "cause": "visited_no_order",
    "no_order_reason": "overstocked",
    "provisional": True,
}
_CALL: dict[str, Any] = {
    "status": "done",
    "due_at": "2026-11-23T17:00:00Z",
    "attempts": 1,
    "outcome": "order_taken",
    "finished_at": "2026-11-23T15:41:10Z",
}
_LATE_ORDER: dict[str, Any] = {
    "channel": "CALL_CENTRE",
    "rep_code": None,
    "captured_at": "2026-11-23T15:41:10Z",
    "received_at": "2026-11-23T15:41:10Z",
    "total_value": "86.40",
}
_REPORTED = _MISSING | {
    "call_task_id": "6f1f7a52-31c4-4c8e-a2f2-0e4a4f7b2f11",
    "resolution": "late_order",
    "resolved_by_order_id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "resolving_order_changed_at": None,
    "call": _CALL,
    "resolved_at": "2026-11-23T15:41:10Z",
    "resolving_order": _LATE_ORDER,
    "points": -3,
    "penalty_provisional": False,
}
_RUN: dict[str, Any] = {
    "id": "4b1f0d7e-9c0a-4c54-8a3e-0d6b2f7a1c55",
    "territory_code": "PAT",
    "business_date": "2026-11-23",
    "cutoff_at": "2026-11-23T15:00:00Z",
    "started_at": "2026-11-23T15:00:01.204000Z",
    "finished_at": "2026-11-23T15:00:01.391000Z",
    "planned_visits": 89,
    "missing_orders": 14,
    "call_tasks": 14,
    "penalties": 14,
    "dry_run": False,
    "voided_at": None,
    "voided_by": None,
    "void_reason": None,
    "missing_orders_preview": None,
}


_CHANGED: dict[str, Any] = {
    "order_id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "outlet_code": "PAT-0042",
    "rep_code": "PAT-R1",
    "channel": "HANDHELD",
    "change": "amended",
    "changed_by": "device:PAT-R1",
    "reason": "",
    "captured_at": "2026-11-23T16:55:00+02:00",
    "changed_at": "2026-11-23T15:20:00Z",
    "version_at_cutoff": 1,
    "value_at_cutoff": "13.80",
    "version": 2,
    "value": "27.60",
    "cancelled": False,
}


class CutoffRunBody(BaseModel):
    """Which day to close, or to try."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"territory_code": "PAT", "business_date": "2026-11-23", "dry_run": True}]}
    )

    territory_code: Code
    business_date: Day
    dry_run: Flag = Field(default=False, description="answer what would be flagged, and write nothing")


class VoidBody(BaseModel):
    """Why a run is voided."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "It was a holiday that nobody had entered."}]})

    reason: Annotated[LongText, Field(min_length=1)] = Field(description="in words, for whoever reads the run later")


class MissingOrderPreviewAnswer(BaseModel):
    """A planned visit that a run would flag now."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_MISSING]})

    visit_id: UUID
    rep_code: str
    outlet_code: str
    cause: MissingOrderCause
    no_order_reason: str | None = Field(description="the reason that the rep gave, if one was given")
    provisional: bool = Field(description="whether the rep's devices may still hold orders from before the cutoff")


class MissedOutletCallAnswer(BaseModel):
    """How the call at an outlet stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CALL]})

    status: CallTaskStatus
    due_at: datetime
    attempts: int = Field(description="outcomes that operators told")
    outcome: CallOutcome | None = Field(description="the last of them")
    finished_at: datetime | None


class ResolvingOrderAnswer(BaseModel):
    """The order that came after all."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LATE_ORDER]})

    channel: OrderChannel
    rep_code: str | None
    captured_at: datetime
    received_at: datetime
    total_value: StoredMoney


class MissingOrderAnswer(MissingOrderPreviewAnswer):
    """A planned visit that had no order at the cutoff, as it was then; from `call_task_id` on, what came later."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_REPORTED]})

    call_task_id: UUID | None
    resolution: str | None = Field(
        description="late_order, captured_before_cutoff, received_before_cutoff, excused, missed_order, run_voided or"
        " null"
    )
    resolved_by_order_id: UUID | None
    resolving_order_changed_at: datetime | None = Field(
        description="when the order that resolved it was last amended or cancelled, if it was"
    )

    call: MissedOutletCallAnswer | None = Field(default=None, description="null: nobody is to phone the outlet")
    resolved_at: datetime | None = None
    resolving_order: ResolvingOrderAnswer | None = None
    points: int | None = Field(
        default=None, description="what all entries about the visit come to; null for a client without `points:read`"
    )
    penalty_provisional: bool | None = Field(
        default=None, description="whether a penalty for the visit may still be taken back (C4); null likewise"
    )

    @classmethod
    def of(cls, row: ReportedMissingOrder, aftermath: Aftermath, *, with_points: bool) -> Self:
        """The answer for one row of the report."""
        answer = cls.model_validate(row)
        answer.call = _call(aftermath)
        answer.resolved_at = aftermath.resolved_at
        answer.resolving_order = _resolving_order(aftermath)
        if with_points:
            answer.points, answer.penalty_provisional = aftermath.points, aftermath.penalty_provisional
        return answer


def _call(aftermath: Aftermath) -> MissedOutletCallAnswer | None:
    if aftermath.call_status is None or aftermath.call_due_at is None:
        return None
    return MissedOutletCallAnswer(
        status=CallTaskStatus(aftermath.call_status),
        due_at=aftermath.call_due_at,
        attempts=aftermath.call_attempts or 0,
        outcome=CallOutcome(aftermath.call_outcome) if aftermath.call_outcome else None,
        finished_at=aftermath.call_finished_at,
    )


def _resolving_order(aftermath: Aftermath) -> ResolvingOrderAnswer | None:
    if aftermath.order_channel is None:
        return None
    return ResolvingOrderAnswer.model_validate(
        {
            "channel": aftermath.order_channel,
            "rep_code": aftermath.order_rep_code,
            "captured_at": aftermath.order_captured_at,
            "received_at": aftermath.order_received_at,
            "total_value": aftermath.order_value,
        }
    )


class ChangedOrderAnswer(BaseModel):
    """An order of a closed day that was amended or cancelled after the cutoff: as it was then, and as it is.

    The run itself stays as it was: it flagged what had no order at the cutoff.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_CHANGED]})

    order_id: UUID
    outlet_code: str
    rep_code: str | None
    channel: OrderChannel
    change: str = Field(description="the last change: amended or cancelled")
    changed_by: str
    reason: str
    captured_at: datetime
    changed_at: datetime = Field(description="when the last change was in the system")
    version_at_cutoff: int | None = Field(description="null where the order itself came after the cutoff")
    value_at_cutoff: StoredMoney | None
    version: int
    value: StoredMoney
    cancelled: bool


class CutoffRunAnswer(BaseModel):
    """One closing of one territory's day. A dry run has no id and no times, and a preview."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RUN]})

    id: UUID | None
    territory_code: str
    business_date: date
    cutoff_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    planned_visits: int
    missing_orders: int
    call_tasks: int
    penalties: int
    dry_run: bool
    voided_at: datetime | None = Field(default=None, description="set where the run was made in error, and is void")
    voided_by: str | None = None
    void_reason: str | None = None
    missing_orders_preview: list[MissingOrderPreviewAnswer] | None = Field(
        default=None, description=f"of a dry run: what would be flagged, by rep and outlet, the first {PREVIEWED}"
    )
    orders_changed_after: int | None = Field(
        default=None, description="of one run: how many orders of the day were amended or cancelled after the cutoff"
    )

    @classmethod
    def of(cls, run: CutoffRun, territory_code: str, orders_changed_after: int | None = None) -> Self:
        """The answer for a run."""
        return cls(
            orders_changed_after=orders_changed_after,
            id=run.id,
            territory_code=territory_code,
            business_date=run.business_date,
            cutoff_at=run.cutoff_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            planned_visits=run.planned_visits,
            missing_orders=run.missing_orders,
            call_tasks=run.call_tasks,
            penalties=run.penalties,
            dry_run=False,
            voided_at=run.voided_at,
            voided_by=run.voided_by,
            void_reason=run.void_reason,
        )

    @classmethod
    def of_preview(cls, preview: Preview) -> Self:
        """The answer for a dry run."""
        return cls(
            id=None,
            territory_code=preview.territory_code,
            business_date=preview.business_date,
            cutoff_at=preview.cutoff_at,
            started_at=None,
            finished_at=None,
            planned_visits=preview.planned_visits,
            missing_orders=len(preview.missing),
            call_tasks=preview.call_tasks,
            penalties=preview.penalties,
            dry_run=True,
            missing_orders_preview=[
                MissingOrderPreviewAnswer.model_validate(row) for row in preview.missing[:PREVIEWED]
            ],
        )
