"""What a day should come to, by its facts alone: no database, no order of arrival, no hour of a run.

C2 to C5, O4 and V7 in plain words of the facts.
"""

from uuid import UUID

from app.closing.cutoff.settlement_rules import Standing
from tests.simulation.days import CUTOFF, Edit, Facts, Tap

COSTS = {Standing.MISSED: -10, Standing.LATE: -3}
ON_TIME = 1
PLACED = 6
STAYS = 120.0
ON_THE_DOORSTEP = 5.0

Visits = dict[tuple[int, int], int]
"""By (rep, outlet) of each planned visit."""


def expected_outcomes(facts: Facts) -> dict[tuple[int, int], Standing | None]:
    """What became of each planned visit; None: it is not flagged."""
    return {visit: _outcome(facts, visit) for visit in facts.visits}


def expected_costs(facts: Facts) -> Visits:
    """What each planned visit costs its rep: nothing where it was the office that cancelled an order by the cutoff."""
    outcomes = expected_outcomes(facts).items()
    return {
        visit: 0 if outcome is None or _cancelled_by_office(facts, visit[1]) else COSTS.get(outcome, 0)
        for visit, outcome in outcomes
    }


def expected_awards(facts: Facts) -> Visits:
    """What each planned visit earns: by its rep's own order in the system in time, or captured in time on the spot."""
    return {visit: ON_TIME if _has_timely_order(facts, visit) else 0 for visit in facts.visits}


def _has_timely_order(facts: Facts, visit: tuple[int, int]) -> bool:
    own = [order for order in _orders(facts, visit[1]) if facts.phones[order.phone].rep == visit[0]]
    return any(
        _counts(facts, order) and (order.id in facts.in_time or _was_captured_there_in_time(facts, order))
        for order in own
    )


def expected_quantities(facts: Facts) -> dict[UUID, int]:
    """Of each order that stands what was ordered in the end."""
    quantities = {}
    for order in (tap for tap in facts.taps if tap.kind == "order" and tap.id not in facts.lost):
        if _cancellation(facts, order) is None:
            changes = [edit for edit in _edits(facts, order) if edit.quantity is not None]
            last = max(changes, key=lambda edit: edit.minute, default=None)
            quantities[order.id] = last.quantity if last is not None and last.quantity is not None else PLACED
    return quantities


def _outcome(facts: Facts, visit: tuple[int, int]) -> Standing | None:
    excused_at = facts.excuses.get(visit)
    counted = [order for order in _orders(facts, visit[1]) if _counts(facts, order)]
    if (excused_at is not None and excused_at <= CUTOFF) or any(order.id in facts.in_time for order in counted):
        return None
    if excused_at is not None:
        return Standing.EXCUSED
    if any(_was_captured_there_in_time(facts, order) for order in counted):
        return Standing.CLEARED
    return Standing.LATE if counted else Standing.MISSED


def _orders(facts: Facts, outlet: int) -> list[Tap]:
    return [tap for tap in facts.in_window() if tap.kind == "order" and tap.outlet == outlet]


def _counts(facts: Facts, order: Tap) -> bool:
    cancellation = _cancellation(facts, order)
    return cancellation is None or cancellation.minute > CUTOFF


def _cancelled_by_office(facts: Facts, outlet: int) -> bool:
    cancellations = [_cancellation(facts, order) for order in _orders(facts, outlet)]
    return any(each is not None and each.by_office and each.minute <= CUTOFF for each in cancellations)


def _cancellation(facts: Facts, order: Tap) -> Edit | None:
    """The one that counts: of several the earliest."""
    cancellations = [edit for edit in _edits(facts, order) if edit.quantity is None]
    return min(cancellations, key=lambda edit: edit.minute, default=None)


def _edits(facts: Facts, order: Tap) -> list[Edit]:
    """What is taken: after the cutoff a handheld's word where something dates it before (O4)."""
    return [
        edit
        for edit in facts.edits
        if edit.order == order.id
        and (edit.by_office or edit.at_once or (edit.minute <= CUTOFF and facts.boot_of_edit(edit).anchored))
    ]


def _was_captured_there_in_time(facts: Facts, order: Tap) -> bool:
    if not facts.boot_of(order).anchored or order.minute > CUTOFF:
        return False
    if order.place == "there":
        return True
    rep = facts.phones[order.phone].rep
    seen = [
        tap
        for tap in facts.in_window()
        if tap.kind != "order"
        and facts.phones[tap.phone].rep == rep
        and order.minute - STAYS <= tap.minute <= order.minute
    ]
    arrivals = [
        tap.minute
        for tap in seen
        if (tap.kind, tap.outlet, tap.place) == ("arrival", order.outlet, "there") and facts.boot_of(tap).anchored
    ]
    return bool(arrivals) and not any(_shows_leaving(facts, tap, order) for tap in seen if tap.minute > max(arrivals))


def _shows_leaving(facts: Facts, tap: Tap, order: Tap) -> bool:
    if tap.outlet != order.outlet:
        return True
    left = tap.kind == "departure" and order.minute - tap.minute > ON_THE_DOORSTEP
    return left or (tap.place == "away" and facts.boot_of(tap).anchored)
