"""What a late order changes about a penalty (C4), decided from all that is known: no order of arrival matters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.field.check_ins.presence import speaks_for
from app.motivation.points.rules import PROVISIONAL_FOR


class Standing(StrEnum):
    """What a missing order costs at present: the outcome of its last settlement."""

    MISSED = "missed_order"
    LATE = "late_order"
    CLEARED = "captured_before_cutoff"
    RECEIVED = "received_before_cutoff"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class MissingVisit:
    """A missing order's key, and its outlet."""

    visit_id: UUID
    business_date: date
    outlet_id: int


@dataclass(frozen=True, slots=True)
class CheckInFacts:
    """A check-in as proof of where an order was captured. `inside`: its verdict is INSIDE."""

    id: UUID
    rep_id: int
    outlet_id: int
    arrival: bool
    inside: bool
    trusted: bool
    corrected_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LateOrder:
    """An accepted order. `inside`, `outside`: what its own fix says; `before`: the rep's `reference.last_check_in`."""

    id: UUID
    rep_id: int | None
    outlet_id: int
    inside: bool
    trusted: bool
    corrected_at: datetime
    received_at: datetime
    before: CheckInFacts | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Tip:
    """The last entry of a chain: a penalty, its reversal, the reversal of that, and so on."""

    entry_id: int
    points: int
    counts: bool


@dataclass(frozen=True, slots=True)
class MissingOrderState:
    """A missing order as it stands. `missed`, `late`: the tips of its two penalties' chains, None if not booked.

    `excused`: a supervisor has excused its visit since.
    """

    visit_id: UUID
    cutoff_at: datetime
    standing: Standing
    provisional: bool
    missed: Tip | None
    late: Tip | None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """The decision: the new standing, the order that brought it, and what to write into the ledger.

    `order_id` is None for an excuse, and where the order was cancelled again.
    """

    outcome: Standing
    order_id: UUID | None
    reverse: tuple[Tip, ...] = ()
    book_late: bool = False


def captured_inside(order: LateOrder) -> bool:
    """Whether an order was captured INSIDE the outlet's fence: by its own fix, or else by the last check-in before it.

    A fix INSIDE or OUTSIDE decides. Without a fix, or with one that says neither, the check-in must be a
    trusted one INSIDE this outlet's fence: an arrival, or a departure at most 5 minutes ago.
    """
    if order.inside or order.outside:
        return order.inside
    return speaks_for(order.before, order.outlet_id, order.corrected_at)


def clears(order: LateOrder, cutoff: datetime) -> bool:
    """Whether a late order reverses the penalty: captured by the cutoff, trusted, INSIDE, here within 72 h (C4).

    Whose order it is does not matter: in time, it would have covered every visit of the outlet (O5).
    """
    in_time = order.corrected_at <= cutoff and order.received_at <= cutoff + PROVISIONAL_FOR
    return in_time and order.trusted and captured_inside(order)


def settlement(state: MissingOrderState, orders: Collection[LateOrder]) -> Settlement | None:
    """What is known by now changes about a missing order (C4); None: nothing, keep it as it is.

    - Once excused (V5): no cost, final or not, whatever orders came or come: an excuse says after the cutoff what it
      says before it.
    - An order that the mail server had by the cutoff, final or not: no cost. That it was read later is not the rep's.
    - While provisional: no cost where an order clears it, else the smaller `late_order` where there is any late order.
      Earlier decisions are made anew: a check-in that arrives after its order, or shows that the rep had gone
      elsewhere, counts as if it had come first, and so does a cancellation (O4).
    - Once final: a late order still replaces `missed_order` by `late_order`; nothing else changes any more.

    `orders`: those that stand.
    """
    outcome, brought_by = _outcome(state, orders)
    if outcome is state.standing:
        return None
    first = min(brought_by, key=lambda order: (order.corrected_at, order.id), default=None)
    return _ledger_of(state, outcome, first.id if first else None)


def _outcome(state: MissingOrderState, orders: Collection[LateOrder]) -> tuple[Standing, Collection[LateOrder]]:
    """What a missing order should cost, and the orders that decide it."""
    if state.excused:
        return Standing.EXCUSED, ()
    if received := [order for order in orders if order.received_at <= state.cutoff_at]:
        return Standing.RECEIVED, received
    if not (state.provisional or (orders and state.standing is Standing.MISSED)):
        return state.standing, ()
    if not orders:
        return Standing.MISSED, ()
    clearing = [order for order in orders if state.provisional and clears(order, state.cutoff_at)]
    return (Standing.CLEARED, clearing) if clearing else (Standing.LATE, orders)


def _ledger_of(state: MissingOrderState, outcome: Standing, order_id: UUID | None) -> Settlement:
    """The entries that turn what the ledger says into what it should say; none where it says so already."""
    charged = outcome is Standing.MISSED
    reverse = [tip for tip in (state.missed,) if tip is not None and tip.counts != charged]
    late_counts = outcome is Standing.LATE and state.missed is not None  # what was never charged is not replaced
    if state.late is not None and state.late.counts != late_counts:
        reverse.append(state.late)  # to take a reversal back is to reverse it
    return Settlement(outcome, order_id, tuple(reverse), book_late=late_counts and state.late is None)
