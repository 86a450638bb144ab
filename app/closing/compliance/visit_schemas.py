"""Visits and their evidence, as they leave."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.closing.compliance.rules import VisitStatus
from app.closing.compliance.visits import VisitRecord, WholeVisit
from app.field.check_ins.schemas import CheckInAnswer
from app.field.risk_signals.schemas import SignalAnswer
from app.ground.web.amounts import StoredMoney
from app.motivation.points.schemas import PointsEntryAnswer
from app.sales.orders.rules import OrderChannel
from app.sales.orders.schemas import OrderLineAnswer

_VISIT_ID = "019aae0f-8000-8c12-9a51-6e0f5b1d2c3a"
_ORDER: dict[str, Any] = {
    "id": "0193a6e2-f0c1-7d0c-9a51-6e0f5b1d2c3a",
    "channel": "HANDHELD",
    "rep_code": "PAT-R1",
    "line_count": 12,
    "total_value": "86.40",
    "delivery_date": "2026-11-24",
    "captured_at": "2026-11-23T14:40:36Z",
    "received_at": "2026-11-23T14:41:06.120000Z",
    "corrected_at": "2026-11-23T14:40:36Z",
    "version": 1,
    "amended_at": None,
    "cancelled_at": None,
}
_LINE: dict[str, Any] = {"product_code": "CHO-100", "quantity": "12", "unit_price": "1.15", "list_price": "1.20"}
_VISIT: dict[str, Any] = {
    "id": _VISIT_ID,
    "territory_code": "PAT",
    "rep_code": "PAT-R1",
    "outlet_code": "PAT-0042",
    "outlet_name": "Kiosk at the pier",
    "visit_date": "2026-11-23",
    "sequence": 7,
    "expected_at": "2026-11-23T10:05:00Z",
    "planned": True,
    "status": "verified",
    "productive": True,
    "excuse": None,
    "check_ins": [],
    "orders": [_ORDER],
    "no_order": None,
    "missing_order": None,
}


class ExcuseAnswer(BaseModel):
    """A supervisor's word that the visit need not have been made."""

    reason_code: str | None = Field(examples=["rep_ill"])
    comment: str | None
    excused_by: str | None = Field(examples=["user:sofia"])
    excused_at: datetime


class VisitOrderAnswer(BaseModel):
    """An order of the outlet on that day, by whatever channel: it covers the visit (O5)."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_ORDER]})

    id: UUID
    channel: OrderChannel
    rep_code: str | None
    line_count: int
    total_value: StoredMoney
    delivery_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    version: int = Field(description="1, and one more for each time that it was amended or cancelled")
    amended_at: datetime | None
    cancelled_at: datetime | None = Field(description="one that was cancelled covers nothing")


class WholeVisitOrderAnswer(VisitOrderAnswer):
    """An order of the outlet on that day, with what was ordered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER | {"lines": [_LINE]}]})

    lines: list[OrderLineAnswer]


class VisitNoOrderAnswer(BaseModel):
    """The rep's last word why there was no order."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    reason_code: str = Field(examples=["overstocked"])
    label: str | None = Field(examples=["The outlet has stock enough"])
    comment: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime


class VisitMissingOrderAnswer(BaseModel):
    """That the cutoff flagged the visit, as it was then, and what a later order made of it."""

    visit_id: UUID
    rep_code: str = Field(examples=["PAT-R1"])
    outlet_code: str = Field(examples=["PAT-0042"])
    cutoff_run_id: UUID
    cause: str = Field(examples=["not_visited"])
    no_order_reason: str | None
    provisional: bool = Field(description="at the cutoff; the points entries tell how it went on")
    call_task_id: UUID | None
    resolution: str | None = Field(examples=["late_order"])
    resolved_by_order_id: UUID | None


class VisitAnswer(BaseModel):
    """A visit as it stands: its status follows from what was recorded (V5)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VISIT]})

    id: UUID
    territory_code: str
    rep_code: str
    outlet_code: str
    outlet_name: str | None = Field(description="null: an ad hoc visit at an outlet that the caller may not see")
    visit_date: date
    sequence: int | None = Field(description="its place in the day's plan")
    expected_at: datetime | None = Field(description="when the rep is expected, by a plan that was made here")
    planned: bool = Field(description="whether it stands in an approved plan; else it is ad hoc")
    status: VisitStatus
    productive: bool = Field(description="whether the rep's handheld brought an order (V5)")
    excuse: ExcuseAnswer | None
    check_ins: list[CheckInAnswer]
    orders: list[VisitOrderAnswer] = Field(description="those of the day that the caller may read by themselves, too")
    no_order: VisitNoOrderAnswer | None
    missing_order: VisitMissingOrderAnswer | None

    @classmethod
    def of(cls, record: VisitRecord) -> Self:
        """A visit as it leaves."""
        return cls(**_members(record))


class WholeVisitAnswer(VisitAnswer):
    """A visit with its whole evidence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _VISIT | {"orders": [_ORDER | {"lines": [_LINE]}], "points": [], "risk_signals": []},
            ]
        }
    )

    orders: list[WholeVisitOrderAnswer]  # type: ignore[assignment]  # each is one of the list's, with more
    points: list[PointsEntryAnswer] = Field(description="none for a client without `points:read`")
    risk_signals: list[SignalAnswer] | None = Field(description="for staff; null for everybody else")

    @classmethod
    def of_whole(cls, whole: WholeVisit) -> Self:
        """A visit with its whole evidence, as it leaves."""
        signals = None
        if whole.risk_signals is not None:
            signals = [SignalAnswer.of(signal) for signal in whole.risk_signals]
        members = _members(whole.record)
        members["orders"] = [
            WholeVisitOrderAnswer(
                **order.model_dump(),
                lines=[OrderLineAnswer.model_validate(line) for line in whole.order_lines.get(order.id, ())],
            )
            for order in members["orders"]
        ]
        return cls(**members, points=_points(whole), risk_signals=signals)


def _members(record: VisitRecord) -> dict[str, Any]:
    visit = record.visit
    excuse = None
    if visit.excused_at is not None:
        excuse = ExcuseAnswer(
            reason_code=visit.excuse_reason,
            comment=visit.excuse_comment,
            excused_by=visit.excused_by,
            excused_at=visit.excused_at,
        )
    return {
        "id": visit.id,
        "territory_code": visit.territory_code,
        "rep_code": visit.rep_code,
        "outlet_code": visit.outlet_code,
        "outlet_name": visit.outlet_name,
        "visit_date": visit.visit_date,
        "sequence": visit.sequence,
        "expected_at": visit.expected_at,
        "planned": visit.planned,
        "status": visit.status,
        "productive": visit.productive,
        "excuse": excuse,
        "check_ins": [CheckInAnswer.of(check_in) for check_in in record.check_ins],
        "orders": [VisitOrderAnswer.model_validate(order) for order in record.orders],
        "no_order": record.no_order and VisitNoOrderAnswer.model_validate(record.no_order),
        "missing_order": _missing_order(record),
    }


def _missing_order(record: VisitRecord) -> VisitMissingOrderAnswer | None:
    visit, missing = record.visit, record.missing_order
    if missing is None:
        return None
    return VisitMissingOrderAnswer(
        visit_id=visit.id,
        rep_code=visit.rep_code,
        outlet_code=visit.outlet_code,
        cutoff_run_id=missing.cutoff_run_id,
        cause=missing.cause,
        no_order_reason=missing.no_order_reason,
        provisional=missing.provisional,
        call_task_id=missing.call_task_id,
        resolution=missing.resolution,
        resolved_by_order_id=missing.resolved_by_order_id,
    )


def _points(whole: WholeVisit) -> list[PointsEntryAnswer]:
    ledger = whole.points
    if ledger is None:
        return []
    return [PointsEntryAnswer.of(entry, provisional=entry.id in ledger.provisional_ids) for entry in ledger.entries]
