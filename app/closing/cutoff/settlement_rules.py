"""What a missing order comes to (C4), by all that is known: no order of arrival matters, nor when the run was made.

Every time bound is one of the facts themselves: when something was captured, when it arrived. So the same facts are
decided alike at 17:05, at 20:00 and a week later.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.closing.punctuality.timely_orders import (
    OutletOrder,
    cancelled_by_office,
    clears,
    in_the_window,
    waits,
    was_received,
)


class Standing(StrEnum):
    """What a missing order costs at present: the outcome of its last settlement."""

    MISSED = "missed_order"
    LATE = "late_order"
    CLEARED = "captured_before_cutoff"
    RECEIVED = "received_before_cutoff"
    EXCUSED = "excused"
    VOIDED = "run_voided"


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
    the smaller one inherits. `pardoned`: an appeal against one of its penalties was granted (P5). `held`: its penalty
    waits for a review (P4).
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
    pardoned: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """The decision: the new standing, the order that brought it, and what to write into the ledger.

    `order_id` is None for an excuse or a void run, and where no order counts any more. `waits`: the penalty stays
    provisional until a doubt about the proof against it is reviewed (P4).
    """

    outcome: Standing
    order_id: UUID | None
    reverse: tuple[Tip, ...] = ()
    book_missed: bool = False
    book_late: bool = False
    waits: bool = False


def settlement(state: MissingOrderState, orders: Collection[OutletOrder]) -> Settlement | None:
    """What a missing order comes to by what is known (C4); None: what it is already.

    - Its run is void (C9), or its visit excused (V5): no cost, whatever orders came or come.
    - An order whose form had arrived by the cutoff: no cost. That it was read or put right later is not the rep's.
    - An order captured in time and on the spot (`clears`) that came within 72 hours: no cost.
    - Any other order of the day within 72 hours: `late_order` in the place of `missed_order`. It waits where a doubt
      about the proof is all that keeps an order from clearing (P4).
    - Else `missed_order`.
    - Whoever was granted an appeal bears neither (P5).

    `orders`: all that were accepted for the outlet and day, cancelled ones too.
    """
    outcome, brought_by = _outcome(state, orders)
    first = min(brought_by, key=lambda order: (order.corrected_at, order.id), default=None)
    charged = state.answers and not state.pardoned and not cancelled_by_office(orders, state.cutoff_at)
    waiting = charged and outcome is Standing.LATE and any(waits(order, state.cutoff_at) for order in brought_by)
    decision = _ledger_of(state, outcome, first.id if first else None, charged=charged, waiting=waiting)
    changes = decision.reverse or decision.book_missed or decision.book_late or decision.waits != state.held
    return decision if changes or outcome is not state.standing else None


def _outcome(state: MissingOrderState, orders: Iterable[OutletOrder]) -> tuple[Standing, Collection[OutletOrder]]:
    """What a missing order should cost, and the orders that decide it."""
    if state.voided:
        return Standing.VOIDED, ()
    if state.excused:
        return Standing.EXCUSED, ()
    standing = in_the_window(orders, state.cutoff_at)
    if received := [order for order in standing if was_received(order, state.cutoff_at)]:
        return Standing.RECEIVED, received
    if clearing := [order for order in standing if clears(order, state.cutoff_at)]:
        return Standing.CLEARED, clearing
    return (Standing.LATE, standing) if standing else (Standing.MISSED, ())


def _ledger_of(
    state: MissingOrderState, outcome: Standing, order_id: UUID | None, *, charged: bool, waiting: bool
) -> Settlement:
    """The entries that turn what the ledger says into what it should say; none where it says so already."""
    missed_counts = charged and outcome is Standing.MISSED
    late_counts = charged and outcome is Standing.LATE
    due = ((state.missed, missed_counts), (state.late, late_counts))
    # to take a reversal back is to reverse it
    reverse = tuple(tip for tip, counts in due if tip is not None and tip.counts != counts)
    book_missed = missed_counts and state.missed is None
    book_late = late_counts and state.late is None
    return Settlement(outcome, order_id, reverse, book_missed, book_late, waiting)
