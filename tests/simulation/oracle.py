"""What a day should cost, by its facts alone: no database, no order of arrival, no hour of a run (C2 to C5, O4, V7)."""

from uuid import UUID

from tests.simulation.days import CUTOFF, Cancelling, Facts, Tap

MISSED, LATE = -10, -3
STAYS = 120.0
ON_THE_DOORSTEP = 5.0


def expected_costs(facts: Facts) -> dict[tuple[int, int], int]:
    """By (rep, outlet) of each planned visit."""
    return {visit: 0 if visit in facts.excuses else _cost(facts, visit[1]) for visit in facts.visits}


def _cost(facts: Facts, outlet: int) -> int:
    orders = [tap for tap in facts.taps if tap.kind == "order" and tap.outlet == outlet]
    cancellings = {each.order: each for each in facts.cancellings if _is_taken(facts, each)}
    if any(each.by_office and each.minute <= CUTOFF for id_, each in cancellings.items() if facts.tap(id_) in orders):
        return 0
    counted = [order for order in orders if _counts(order, cancellings)]
    if any(order.id in facts.in_time for order in counted):
        return 0
    if any(_was_captured_there_in_time(facts, order) for order in counted):
        return 0
    return LATE if counted else MISSED


def _is_taken(facts: Facts, cancelling: Cancelling) -> bool:
    """After the cutoff a handheld's word counts where something dates it before."""
    if cancelling.by_office or cancelling.at_once:
        return True
    return cancelling.minute <= CUTOFF and not facts.boot_of_cancelling(cancelling).dark


def _counts(order: Tap, cancellings: dict[UUID, Cancelling]) -> bool:
    return order.id not in cancellings or cancellings[order.id].minute > CUTOFF


def _was_captured_there_in_time(facts: Facts, order: Tap) -> bool:
    if facts.boot_of(order).dark or order.minute > CUTOFF:
        return False
    if order.place == "there":
        return True
    rep = facts.phones[order.phone].rep
    seen = [
        tap
        for tap in facts.taps
        if tap.kind != "order"
        and facts.phones[tap.phone].rep == rep
        and order.minute - STAYS <= tap.minute <= order.minute
    ]
    arrivals = [
        tap.minute
        for tap in seen
        if (tap.kind, tap.outlet, tap.place) == ("arrival", order.outlet, "there") and not facts.boot_of(tap).dark
    ]
    return bool(arrivals) and not any(_shows_leaving(facts, tap, order) for tap in seen if tap.minute > max(arrivals))


def _shows_leaving(facts: Facts, tap: Tap, order: Tap) -> bool:
    if tap.outlet != order.outlet:
        return True
    left = tap.kind == "departure" and order.minute - tap.minute > ON_THE_DOORSTEP
    return left or (tap.place == "away" and not facts.boot_of(tap).dark)
