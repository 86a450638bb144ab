"""What became of events, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.field.check_ins.records import CheckInRecord
from app.ground.errors import AppError
from app.masters.outlets.positions import Verdict
from app.sales.orders.records import NoOrderRecord, OrderRecord

FieldRecord = CheckInRecord | OrderRecord | NoOrderRecord
"""An event as it was judged, of whichever kind."""


class Status(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one event. A duplicate is told what its first content was (O3), a refused one its problem.

    `id` None: none could be read. Warnings are JSON values; `total_value` is an order's.
    """

    id: str | None
    status: Status
    verdict: Verdict | None = None
    warnings: Sequence[dict[str, Any]] = ()
    received_at: datetime | None = None
    corrected_at: datetime | None = None
    business_date: date | None = None
    skew_ms: int | None = None
    total_value: Decimal | None = None
    problem: AppError | None = None
