"""Orders that were captured far from their outlet, or without a check-in there (V6)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import islice

from app.field.risk_signals.signals import (
    NEIGHBOURS,
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    by_day,
    check_ins_after,
    check_ins_before,
    has_fix,
    in_order,
    length_told,
    name_of,
    position_of,
    reference_to,
    signal_about,
)
from app.masters.outlets.geodesy import distance_m

REMOTE_M = 1_000.0

OutletDay = tuple[int, date]
"""An outlet's id and a business date."""

_Distance = tuple[FieldEvent, float]
"""What tells where an order was captured, and how many metres from the outlet that was."""


def remote_orders(
    events: Collection[FieldEvent], outlet_positions: Mapping[int, Position], visited: Collection[OutletDay] = ()
) -> list[Signal]:
    """Handheld orders captured over 1 km from their outlet, or without a check-in there on that day (V6).

    `events` are one rep's, `outlet_positions` the (lat, lon) of outlets by id, where known; `visited` are outlets that
    have a check-in on a day, beside those in `events`. The order's own fix says where it was captured. Without one, the
    rep was on the way from the last placed check-in before it to the first one after it, of the `NEIGHBOURS` on each
    side on that day: the one of the two that is nearer to the outlet speaks. The accuracy of what speaks is taken off.

    Of a fix whose coordinates are not kept the distance from its own outlet is known. From another outlet it may have
    been any, and then nothing is said of how far the order was.
    """
    orders = list({event.id: event for event in events if event.kind == "order"}.values())
    if not orders:
        return []
    days = by_day(event for event in events if event.kind == "check_in")
    checked_in = {(event.outlet_id, event.business_date) for of_day in days.values() for event in of_day}
    checked_in.update(visited)
    signals = []
    for order in orders:
        sources = [order] if has_fix(order) else _before_and_after(order, days.get(order.business_date, []))
        outlet = outlet_positions.get(order.outlet_id)
        present = (order.outlet_id, order.business_date) in checked_in
        if present and any(_is_near(order, source, outlet) for source in sources):
            continue  # as nearly all of them are: the nearest one need not be known
        nearest = _nearest_to_outlet(order, sources, outlet)
        far = nearest is not None and _at_least_m(nearest) > REMOTE_M
        if far or not present:
            signals.append(_remote_order(order, nearest, far=far, present=present))
    return in_order(signals)


def _is_near(order: FieldEvent, source: FieldEvent, outlet: Position | None) -> bool:
    distance = _measured(order, source, outlet)
    return distance is not None and _at_least_m(distance) <= REMOTE_M


def _at_least_m(distance: _Distance) -> float:
    source, metres = distance
    return metres - accuracy_m(source)


def _remote_order(order: FieldEvent, nearest: _Distance | None, *, far: bool, present: bool) -> Signal:
    evidence: dict[str, Json] = {"far": far, "checked_in": present, "limit_m": REMOTE_M}
    clauses = []
    if nearest is not None:
        source, metres = nearest
        by_own_fix = source is order
        evidence |= {"distance_m": round(metres, 1), "measured_by": "own_fix" if by_own_fix else "nearest_check_in"}
        if not by_own_fix:
            evidence["check_in"] = reference_to(source)
        if far:
            clauses.append(f"was captured {length_told(metres)} from the outlet")
    if not present:
        clauses.append("has no check-in at the outlet on that day")
    return signal_about(RiskRule.REMOTE_ORDER, order, evidence, f"This {name_of(order)} {' and '.join(clauses)}.")


def _before_and_after(order: FieldEvent, check_ins: Sequence[FieldEvent]) -> list[FieldEvent]:
    """The last check-in with a fix up to the order, and the first one after it, if any; `check_ins` of the day."""
    before = [event for event in check_ins_before(check_ins, order.corrected_at, NEIGHBOURS) if has_fix(event)]
    after = (event for event in check_ins_after(check_ins, order.corrected_at, NEIGHBOURS) if has_fix(event))
    return [*before[-1:], *islice(after, 1)]


def _nearest_to_outlet(order: FieldEvent, sources: Sequence[FieldEvent], outlet: Position | None) -> _Distance | None:
    """The source nearest to the order's outlet, where it is known how far each of them was."""
    distances = [distance for source in sources if (distance := _measured(order, source, outlet)) is not None]
    return min(distances, key=_at_least_m) if distances and len(distances) == len(sources) else None


def _measured(order: FieldEvent, source: FieldEvent, outlet: Position | None) -> _Distance | None:
    """How far a source was from the outlet of its order; None where nobody knows."""
    position = position_of(source)
    if position is not None and outlet is not None:
        return source, distance_m(*position, *outlet)
    if position is None and source.distance_m is not None and source.outlet_id == order.outlet_id:
        return source, source.distance_m
    return None
