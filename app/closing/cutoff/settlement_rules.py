"""What a missing order comes to (C4), by all that is known: no order of arrival matters, nor when the run was made.

Every time bound is one of the facts themselves: when something was captured, when it arrived. So the same facts are
decided alike at 17:05, at 20:00 and a week later.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.presence import was_there
from app.motivation.points.rules import PROVISIONAL_FOR


class Standing(StrEnum):
    """What a missing order costs at present: the outcome of its last settlement."""

    MISSED = "missed_order"
    LATE = "late_order"
    CLEARED = "captured_before_cutoff"
    RECEIVED = "received_before_cutoff"
    EXCUSED = "excused"
    VOIDED = "run_voided"


@dataclass(frozen=True, slots=True)
class MissingVisit:
    """A missing order's key, and its outlet."""

    visit_id: UUID
    business_date: date
    outlet_id: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """From when an order's cancellation counts (O4), and whether somebody else than its rep made it."""

    effective_at: datetime
    by_office: bool


@dataclass(frozen=True, slots=True)
class CheckInFacts:
    """A check-in as proof of where a rep was (V7)."""

    outlet_id: int
    arrival: bool
    verdict: str | None
    trusted: bool
    corrected_at: datetime


@dataclass(frozen=True, slots=True)
class OutletOrder:
    """An accepted order of a missing order's outlet and day.

    `arrived_at`: when its form first came, accepted or not; `accepted_at`: when the system took it. They differ where
    a refused form was sent again (O2). A mail has arrived when the mail server had it, however late it was read.
    `captured_there`: its rep was at the outlet when it was captured (V7). `told_before`: its own device had said,
    before the order came, that nothing from before the cutoff was left.
    """

    id: UUID
    trusted: bool
    corrected_at: datetime
    arrived_at: datetime
    accepted_at: datetime
    captured_there: bool = False
    told_before: bool = False
    cancellation: Cancellation | None = None


@dataclass(frozen=True, slots=True)
class Tip:
    """The last entry of a chain: a penalty, its reversal, the reversal of that, and so on."""

    entry_id: int
    points: int
    counts: bool


@dataclass(frozen=True, slots=True)
class MissingOrderState:
    """A missing order as it stands. `missed`, `late`: the tips of its two penalties' chains, None if not booked.

    `answers`: whether the rep has to answer for the outlet's order at all. `excused`: a supervisor has excused its
    visit since. `voided`: its run was made in error. `provisional`: whether the penalty may still be reversed, which
    the smaller one inherits.
    """

    visit_id: UUID
    cutoff_at: datetime
    standing: Standing
    provisional: bool
    missed: Tip | None
    late: Tip | None
    answers: bool = True
    excused: bool = False
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """The decision: the new standing, the order that brought it, and what to write into the ledger.

    `order_id` is None for an excuse or a void run, and where no order counts any more.
    """

    outcome: Standing
    order_id: UUID | None
    reverse: tuple[Tip, ...] = ()
    book_missed: bool = False
    book_late: bool = False


def captured_there(own_verdict: str | None, check_ins: Iterable[CheckInFacts], outlet_id: int, at: datetime) -> bool:
    """Whether a trusted order was captured at its outlet (V7): its own fix decides where it is INSIDE or OUTSIDE.

    Without one, or where it tells neither, what its rep tapped up to `at` does.
    """
    if own_verdict in {GeofenceVerdict.INSIDE, GeofenceVerdict.OUTSIDE}:
        return own_verdict == GeofenceVerdict.INSIDE
    return was_there(check_ins, outlet_id, at)


def counts_for_the_rep(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order counts when the rep's day is settled (O4).

    Not where it was cancelled by the cutoff, though the rep's word of it may have come later. What somebody else
    cancels after the cutoff is not the rep's: for the points the order stands.
    """
    return order.cancellation is None or order.cancellation.effective_at > cutoff


def cancelled_by_office(orders: Iterable[OutletOrder], cutoff: datetime) -> bool:
    """Whether somebody else than the rep had cancelled an order by the cutoff: then nobody is charged (O4)."""
    cancellations = [order.cancellation for order in orders if order.cancellation is not None]
    return any(each.by_office and each.effective_at <= cutoff for each in cancellations)


def clears(order: OutletOrder, cutoff: datetime) -> bool:
    """Whether an order that came late reverses the penalty: captured by the cutoff, trusted, there, unannounced (C4).

    Whose order it is does not matter: in time, it would have covered every visit of the outlet (O5).
    """
    return order.trusted and order.corrected_at <= cutoff and order.captured_there and not order.told_before


def settlement(state: MissingOrderState, orders: Collection[OutletOrder]) -> Settlement | None:
    """What a missing order comes to by what is known (C4); None: what it is already.

    - Its run is void (C9), or its visit excused (V5): no cost, whatever orders came or come.
    - An order whose form had arrived by the cutoff: no cost. That it was read or put right later is not the rep's.
    - An order captured in time and on the spot (`clears`) that came within 72 hours: no cost.
    - Any other order of the day within 72 hours: `late_order` in the place of `missed_order`.
    - Else `missed_order`.

    `orders`: all that were accepted for the outlet and day, cancelled ones too.
    """
    outcome, brought_by = _outcome(state, orders)
    first = min(brought_by, key=lambda order: (order.corrected_at, order.id), default=None)
    charged = state.answers and not cancelled_by_office(orders, state.cutoff_at)
    decision = _ledger_of(state, outcome, first.id if first else None, charged=charged)
    changes = decision.reverse or decision.book_missed or decision.book_late
    return decision if changes or outcome is not state.standing else None


def _outcome(state: MissingOrderState, orders: Iterable[OutletOrder]) -> tuple[Standing, Collection[OutletOrder]]:
    """What a missing order should cost, and the orders that decide it."""
    if state.voided:
        return Standing.VOIDED, ()
    if state.excused:
        return Standing.EXCUSED, ()
    window_end = state.cutoff_at + PROVISIONAL_FOR
    standing = [
        order for order in orders if counts_for_the_rep(order, state.cutoff_at) and order.accepted_at <= window_end
    ]
    if received := [order for order in standing if order.arrived_at <= state.cutoff_at]:
        return Standing.RECEIVED, received
    if clearing := [order for order in standing if clears(order, state.cutoff_at)]:
        return Standing.CLEARED, clearing
    return (Standing.LATE, standing) if standing else (Standing.MISSED, ())


def _ledger_of(state: MissingOrderState, outcome: Standing, order_id: UUID | None, *, charged: bool) -> Settlement:
    """The entries that turn what the ledger says into what it should say; none where it says so already."""
    missed_counts = charged and outcome is Standing.MISSED
    late_counts = charged and outcome is Standing.LATE
    due = ((state.missed, missed_counts), (state.late, late_counts))
    # to take a reversal back is to reverse it
    reverse = tuple(tip for tip, counts in due if tip is not None and tip.counts != counts)
    book_missed = missed_counts and state.missed is None
    book_late = late_counts and state.late is None
    return Settlement(outcome, order_id, reverse, book_missed, book_late)
