"""Positions that the rep had before, to the last digit (V6)."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from app.field.risk_signals.signals import (
    NEIGHBOURS,
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    by_time,
    in_order,
    name_of,
    position_of,
    reference_to,
    signal_about,
)

REPEATED_WITHIN_DAYS = 30
"""How far back a position is looked for."""
ROUNDED_DIGITS = 5
"""Coordinates of so few decimals, a metre or more, come back by themselves: some phones' software rounds."""

_NETWORK = frozenset({"cell", "mobile", "network", "wifi", "wi-fi"})


def repeated_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose exact coordinates an earlier one of the rep had at another outlet or on another day (V6).

    Looks back `REPEATED_WITHIN_DAYS` days from each event's, at the last `NEIGHBOURS` events with its coordinates; of
    several the first one counts. Positions by Wi-Fi or cell are the same whenever the same stations are heard, and
    rounded ones fall on the same grid: they may recur at one outlet, and at two that both lie within their accuracy.
    """
    by_position: dict[Position, list[FieldEvent]] = {}
    signals = []
    for event in by_time(events):
        position = position_of(event)
        if position is None:
            continue
        earlier = by_position.setdefault(position, [])
        since = event.business_date - timedelta(days=REPEATED_WITHIN_DAYS)
        last = earlier[-NEIGHBOURS:]
        first = _first_in_doubt(event, (other for other in last if other.business_date >= since))
        earlier.append(event)
        if first is not None:
            signals.append(_repeated_fix(event, first))
    return in_order(signals)


def _first_in_doubt(event: FieldEvent, earlier: Iterable[FieldEvent]) -> FieldEvent | None:
    """The first of the earlier events with this position that makes it a doubt."""
    for other in earlier:
        if (other.outlet_id, other.business_date) == (event.outlet_id, event.business_date):
            return None
        if not _may_recur(event, other):
            return other
    return None


def _may_recur(event: FieldEvent, other: FieldEvent) -> bool:
    if not (_is_coarse(event) or _is_coarse(other)):
        return False
    return event.outlet_id == other.outlet_id or (_covers_outlet(event) and _covers_outlet(other))


def _is_coarse(event: FieldEvent) -> bool:
    by_network = event.provider is not None and event.provider.casefold() in _NETWORK
    return by_network or all(round(degrees, ROUNDED_DIGITS) == degrees for degrees in position_of(event) or ())


def _covers_outlet(event: FieldEvent) -> bool:
    return event.distance_m is not None and event.distance_m <= accuracy_m(event)


def _repeated_fix(event: FieldEvent, first: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {"lat": event.lat, "lon": event.lon, "first": reference_to(first)}
    sentence = (
        f"This {name_of(event)} has, to the last digit, the position of the {name_of(first)} on {first.business_date};"
        " positions by satellite differ in their last digits each time."
    )
    return signal_about(RiskRule.REPEATED_FIX, event, evidence, sentence)
