"""Orders that were captured far from their outlet, or without a check-in there (V6)."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    has_fix,
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

    Of a fix whose coordinates are not kept the distance from its own outlet is known. From another outlet it may have
    been any, and then nothing is said of how far the order was.
    """
    check_ins = [event for event in events if event.kind == "check_in"]
    checked_in = {(event.outlet_id, event.business_date) for event in check_ins}
    placed = _placed_by_day(check_ins)
    orders = list({event.id: event for event in events if event.kind == "order"}.values())
    sources = [
        [order] if has_fix(order) else _before_and_after(order, placed.get(order.business_date, [])) for order in orders
    ]
    distances = _nearest_to_outlets(orders, sources, outlet_positions)
    signals = []
    for order, nearest in zip(orders, distances, strict=True):
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
    """The check-ins that have a fix, by day, in the order of time."""
    days: dict[date, list[FieldEvent]] = {}
    for event in sorted(check_ins, key=attrgetter("corrected_at", "id")):
        if has_fix(event):
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
    orders: Sequence[FieldEvent], sources: Sequence[Sequence[FieldEvent]], outlet_positions: Mapping[int, Position]
) -> list[_Distance | None]:
    """Each order's source nearest to its outlet, where it is known how far each of them was: all at once."""
    pairs = [(order, source) for order, of_order in zip(orders, sources, strict=True) for source in of_order]
    measured = iter(_measured(pairs, outlet_positions))
    nearest = []
    for of_order in sources:
        distances = [next(measured) for _ in of_order]
        certain = [distance for distance in distances if distance is not None]
        nearest.append(min(certain, key=_at_least_m) if certain and len(certain) == len(distances) else None)
    return nearest


def _measured(
    pairs: Sequence[tuple[FieldEvent, FieldEvent]], outlet_positions: Mapping[int, Position]
) -> list[_Distance | None]:
    """How far each source was from the outlet of its order; None where nobody knows."""
    distances: list[_Distance | None] = [None] * len(pairs)
    placed: list[int] = []
    ways: list[tuple[float, float, float, float]] = []
    for place, (order, source) in enumerate(pairs):
        position, outlet = position_of(source), outlet_positions.get(order.outlet_id)
        if position is not None and outlet is not None:
            placed.append(place)
            ways.append((*position, *outlet))
        elif position is None and source.distance_m is not None and source.outlet_id == order.outlet_id:
            distances[place] = (source, source.distance_m)
    if placed:
        metres: list[float] = distances_m(*zip(*ways, strict=True)).tolist()
        for place, distance_m in zip(placed, metres, strict=True):
            distances[place] = (pairs[place][1], distance_m)
    return distances


def _corrected_at(event: FieldEvent) -> datetime:
    return event.corrected_at
