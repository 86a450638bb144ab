"""Until when an order may be changed, and from when that counts (O4, decision 21): pure functions of plain values."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.ground.web.access import CallerKind
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


CHANGES_FOR = timedelta(hours=72)
"""As long after its cutoff what a handheld had captured by then may still come, as with orders (C4)."""


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
    cancelled_effective_at: datetime | None
    settled_at: datetime


def openness(order: StandingOrder, change: Stamp, by: CallerKind, cutoff: datetime, kind: OrderChangeKind) -> Openness:
    """Whether `change` may still be made (O4).

    Everybody's may up to the cutoff of the order's business date, by the clock of the server (T5). After it a
    handheld's may that was captured by then, trusted, in a place without a network; and whatever the office says: a
    supervisor, or an integration client. A version that was captured before the one that stands comes too late for it.
    A cancellation does not: had it been known, nobody could have amended the order since.
    """
    if order.cancelled_at is not None:
        return Openness.CANCELLED
    if not _in_time(change, by, cutoff):
        return Openness.CLOSED
    if kind is OrderChangeKind.CANCELLED:
        return Openness.OPEN
    # what a device ahead of its time had captured is older than whatever is said later by a clock that is right
    superseded = change.corrected_at < min(order.settled_at, change.received_at)
    return Openness.SUPERSEDED if superseded else Openness.OPEN


def may_cancel_earlier(order: StandingOrder, change: Stamp, by: CallerKind, cutoff: datetime) -> bool:
    """Whether a cancellation of an order that was cancelled already counts from an earlier instant, and takes over.

    So it does not matter which of two cancellations arrives first.
    """
    counts_from = order.cancelled_effective_at
    return counts_from is not None and effective_at(change, by) < counts_from and _in_time(change, by, cutoff)


def effective_at(cancellation: Stamp, by: CallerKind) -> datetime:
    """From when a cancellation counts: from its capture where it is a handheld's whose clock can be believed.

    Any other, of a handheld as of the office, counts from when it was in the system.
    """
    if by is CallerKind.DEVICE and cancellation.trusted:
        return min(cancellation.corrected_at, cancellation.received_at)
    return cancellation.received_at


def _in_time(change: Stamp, by: CallerKind, cutoff: datetime) -> bool:
    if change.received_at <= cutoff or by is not CallerKind.DEVICE:
        return True
    return change.trusted and change.corrected_at <= cutoff and change.received_at <= cutoff + CHANGES_FOR
