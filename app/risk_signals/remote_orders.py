"""Orders that were captured far from their outlet, or without a check-in there (V6): one more rule of doubt."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from app.outlets.geodesy import distances_m
from app.risk_signals.signals import (
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

REMOTE_M = 1_000.0


def remote_orders(events: Collection[FieldEvent], outlet_positions: Mapping[int, Position]) -> list[Signal]:
    """Handheld orders captured over 1 km from their outlet, or without a check-in there on that day (V6).

    `events` are one rep's, `outlet_positions` the (lat, lon) of outlets by id, where known. The order's own fix tells
    where it was captured, or else the rep's check-in nearest to it in time on that day; its accuracy is taken off.
    """
    check_ins = [event for event in events if event.kind == "check_in"]
    checked_in = {(event.outlet_id, event.business_date) for event in check_ins}
    placed = _placed_by_day(check_ins)
    sources = {
        order: order if position_of(order) else _nearest_in_time(order, placed.get(order.business_date, []))
        for order in set(events).difference(check_ins)
    }
    distances = _distances_to_outlets_m(sources, outlet_positions)
    signals = []
    for order, source in sources.items():
        distance_m = distances.get(order)
        far = source is not None and distance_m is not None and distance_m - accuracy_m(source) > REMOTE_M
        present = (order.outlet_id, order.business_date) in checked_in
        if far or not present:
            signals.append(_remote_order(order, source, distance_m, far=far, present=present))
    return in_order(signals)


def _remote_order(
    order: FieldEvent, source: FieldEvent | None, distance_m: float | None, *, far: bool, present: bool
) -> Signal:
    evidence: dict[str, Json] = {"far": far, "checked_in": present, "limit_m": REMOTE_M}
    told = []
    if distance_m is not None and source is not None:
        by_own_fix = source is order
        evidence |= {"distance_m": round(distance_m, 1), "measured_by": "own_fix" if by_own_fix else "nearest_check_in"}
        if not by_own_fix:
            evidence["check_in"] = reference_to(source)
    if far and distance_m is not None:
        told.append(f"was captured {length_told(distance_m)} from the outlet")
    if not present:
        told.append("has no check-in at the outlet on that day")
    return signal_about(RiskRule.REMOTE_ORDER, order, evidence, f"This {name_of(order)} {' and '.join(told)}.")


def _placed_by_day(check_ins: Iterable[FieldEvent]) -> dict[date, list[FieldEvent]]:
    """The check-ins that have a position, by day, in the order of time."""
    days: dict[date, list[FieldEvent]] = {}
    for event in sorted(check_ins, key=lambda event: (event.corrected_at, event.id)):
        if position_of(event):
            days.setdefault(event.business_date, []).append(event)
    return days


def _nearest_in_time(order: FieldEvent, placed: Sequence[FieldEvent]) -> FieldEvent | None:
    """Of a day's check-ins in the order of time the one nearest to the order, the earlier one of two."""
    at = order.corrected_at
    after = bisect_left(placed, at, key=_corrected_at)
    if after == len(placed):
        later = None
    elif (later := placed[after]).corrected_at == at:
        return later
    if after == 0:
        return later
    # of several in the same instant the first
    earlier = placed[bisect_left(placed, placed[after - 1].corrected_at, key=_corrected_at)]
    return later if later is not None and later.corrected_at - at < at - earlier.corrected_at else earlier


def _distances_to_outlets_m(
    sources: Mapping[FieldEvent, FieldEvent | None], outlet_positions: Mapping[int, Position]
) -> dict[FieldEvent, float]:
    """How far each order's source was from the order's outlet, where both are known: all at once."""
    pairs = [
        (order, position, outlet_positions[order.outlet_id])
        for order, source in sources.items()
        if source is not None and (position := position_of(source)) and order.outlet_id in outlet_positions
    ]
    if not pairs:
        return {}
    orders, positions, outlets = zip(*pairs, strict=True)
    distances: list[float] = distances_m(*zip(*positions, strict=True), *zip(*outlets, strict=True)).tolist()
    return dict(zip(orders, distances, strict=True))


def _corrected_at(event: FieldEvent) -> datetime:
    return event.corrected_at
