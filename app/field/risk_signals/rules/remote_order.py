"""Orders that were captured far from their outlet, or without a check-in there (V6)."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    in_order,
    length_told,
    name_of,
    position_of,
    reference_to,
    signal_about,
)
from app.masters.outlets.geodesy import distances_m

REMOTE_M = 1_000.0

_Distance = tuple[FieldEvent, float]
"""What tells where an order was captured, and how many metres from the outlet that was."""


def remote_orders(events: Collection[FieldEvent], outlet_positions: Mapping[int, Position]) -> list[Signal]:
    """Handheld orders captured over 1 km from their outlet, or without a check-in there on that day (V6).

    `events` are one rep's, `outlet_positions` the (lat, lon) of outlets by id, where known. The order's own fix says
    where it was captured. Without one, the rep was on the way from the check-in before it to the one after it, on that
    day: the one of the two that is nearer to the outlet speaks. The accuracy of what speaks is taken off.
    """
    check_ins = [event for event in events if event.kind == "check_in"]
    checked_in = {(event.outlet_id, event.business_date) for event in check_ins}
    placed = _placed_by_day(check_ins)
    sources = {
        order: [order] if position_of(order) else _before_and_after(order, placed.get(order.business_date, []))
        for order in set(events).difference(check_ins)
    }
    distances = _nearest_to_outlets(sources, outlet_positions)
    signals = []
    for order in sources:
        nearest = distances.get(order)
        far = nearest is not None and _at_least_m(nearest) > REMOTE_M
        present = (order.outlet_id, order.business_date) in checked_in
        if far or not present:
            signals.append(_remote_order(order, nearest, far=far, present=present))
    return in_order(signals)


def _at_least_m(distance: _Distance) -> float:
    source, distance_m = distance
    return distance_m - accuracy_m(source)


def _remote_order(order: FieldEvent, nearest: _Distance | None, *, far: bool, present: bool) -> Signal:
    evidence: dict[str, Json] = {"far": far, "checked_in": present, "limit_m": REMOTE_M}
    clauses = []
    if nearest is not None:
        source, distance_m = nearest
        by_own_fix = source is order
        evidence |= {"distance_m": round(distance_m, 1), "measured_by": "own_fix" if by_own_fix else "nearest_check_in"}
        if not by_own_fix:
            evidence["check_in"] = reference_to(source)
        if far:
            clauses.append(f"was captured {length_told(distance_m)} from the outlet")
    if not present:
        clauses.append("has no check-in at the outlet on that day")
    return signal_about(RiskRule.REMOTE_ORDER, order, evidence, f"This {name_of(order)} {' and '.join(clauses)}.")


def _placed_by_day(check_ins: Iterable[FieldEvent]) -> dict[date, list[FieldEvent]]:
    """The check-ins that have a position, by day, in the order of time."""
    days: dict[date, list[FieldEvent]] = {}
    for event in sorted(check_ins, key=lambda event: (event.corrected_at, event.id)):
        if position_of(event):
            days.setdefault(event.business_date, []).append(event)
    return days


def _before_and_after(order: FieldEvent, placed: Sequence[FieldEvent]) -> list[FieldEvent]:
    """The last check-in of a day up to the order, and the first one after it, if any; `placed` by time.

    Of several in the same instant the first.
    """
    after = bisect_right(placed, order.corrected_at, key=_corrected_at)
    neighbours = []
    if after > 0:
        neighbours.append(placed[bisect_left(placed, placed[after - 1].corrected_at, key=_corrected_at)])
    if after < len(placed):
        neighbours.append(placed[after])
    return neighbours


def _nearest_to_outlets(
    sources: Mapping[FieldEvent, Sequence[FieldEvent]], outlet_positions: Mapping[int, Position]
) -> dict[FieldEvent, _Distance]:
    """Each order's source nearest to its outlet, where both positions are known: all at once."""
    pairs = [
        (order, source, position, outlet_positions[order.outlet_id])
        for order, of_order in sources.items()
        for source in of_order
        if (position := position_of(source)) and order.outlet_id in outlet_positions
    ]
    if not pairs:
        return {}
    orders, events, positions, outlets = zip(*pairs, strict=True)
    metres: list[float] = distances_m(*zip(*positions, strict=True), *zip(*outlets, strict=True)).tolist()
    distances: dict[FieldEvent, list[_Distance]] = {}
    for order, source, distance_m in zip(orders, events, metres, strict=True):
        distances.setdefault(order, []).append((source, distance_m))
    return {order: min(of_order, key=_at_least_m) for order, of_order in distances.items()}


def _corrected_at(event: FieldEvent) -> datetime:
    return event.corrected_at
