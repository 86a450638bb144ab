"""Visits, and what was recorded of them, as plain values: masters by code."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.closing.compliance.rules import VisitCount, VisitStatus

VisitKey = tuple[date, UUID]
"""What a list of visits is sorted by."""


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits are asked for; days from `first` to `last`, both included."""

    first: date | None = None
    last: date | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
    status: VisitStatus | None = None
    counted_as: VisitCount | None = None


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """A visit with what follows from its check-ins and orders, as one caller may see it.

    The ids are the database's own. `outlet_in_sight` False: an ad hoc visit at an outlet that the caller may not see,
    which shows nothing of it.
    """

    visit_date: date
    id: UUID
    rep_id: int
    outlet_id: int
    territory_code: str
    rep_code: str
    outlet_code: str
    outlet_name: str | None
    outlet_in_sight: bool
    sequence: int | None
    expected_at: datetime | None
    planned: bool
    excused_at: datetime | None
    excused_by: str | None
    excuse_reason: str | None
    excuse_comment: str | None
    productive: bool
    status: VisitStatus


@dataclass(frozen=True, slots=True)
class VisitOrder:
    """An order of the visited outlet on that day, by whatever channel and of whomever (O5); cancelled ones too."""

    id: UUID
    channel: str
    rep_code: str | None
    line_count: int
    total_value: Decimal
    delivery_date: date
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime
    version: int
    amended_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitNoOrder:
    """The rep's reason why there was no order."""

    id: UUID
    reason_code: str
    label: str | None
    comment: str
    captured_at: datetime
    received_at: datetime
    corrected_at: datetime


@dataclass(frozen=True, slots=True)
class VisitMissingOrder:
    """That the cutoff flagged the visit, as it was then (up to `provisional`), and what has become of it (C8)."""

    cutoff_run_id: UUID
    cause: str
    no_order_reason: str | None
    provisional: bool
    call_task_id: UUID | None
    resolution: str | None
    resolved_by_order_id: UUID | None
