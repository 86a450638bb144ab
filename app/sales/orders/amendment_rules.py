"""Until when an order may be changed (O4): pure functions of plain values (decision 21)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.masters.territories.field_clock import Stamp


class OrderChangeKind(StrEnum):
    """What made a version."""

    PLACED = "placed"
    AMENDED = "amended"
    CANCELLED = "cancelled"


class Openness(StrEnum):
    """Whether an order may be changed, or what stands against it."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order that is about to be changed. `settled_at`: when its last version was captured, corrected."""

    business_date: date
    id: UUID
    territory_id: int
    outlet_id: int
    outlet_code: str
    rep_id: int | None
    version: int
    cancelled_at: datetime | None
    settled_at: datetime


def openness(order: StandingOrder, change: Stamp, cutoff: datetime, call_deadline: datetime) -> Openness:
    """Whether `change` may still be made (O4).

    It may up to the cutoff of the order's business date, by the clock of the server (T5). One that was captured by
    then, trusted, in a place without a network, may still come up to the call deadline: from then on what was ordered
    is final for production (M9). A version that was captured before the one that stands comes too late for it.
    """
    if order.cancelled_at is not None:
        return Openness.CANCELLED
    in_the_system = change.received_at <= cutoff
    captured = change.trusted and change.corrected_at <= cutoff and change.received_at <= call_deadline
    if not (in_the_system or captured):
        return Openness.CLOSED
    # what a device ahead of its time had captured is older than whatever is said later by a clock that is right
    superseded = change.corrected_at < min(order.settled_at, change.received_at)
    return Openness.SUPERSEDED if superseded else Openness.OPEN
