"""Positions that the rep had before, to the last digit (V6)."""

from collections.abc import Collection
from datetime import timedelta

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    by_time,
    in_order,
    name_of,
    position_of,
    reference_to,
    signal_about,
)

REPEATED_WITHIN_DAYS = 30
"""How far back a position is looked for."""


def repeated_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose exact coordinates an earlier one of the rep had at another outlet or on another day (V6).

    Looks back `REPEATED_WITHIN_DAYS` days from each event's; of several events there the first one counts.
    """
    by_position: dict[Position, list[FieldEvent]] = {}
    signals = []
    for event in by_time(events):
        position = position_of(event)
        if position is None:
            continue
        earlier = by_position.setdefault(position, [])
        since = event.business_date - timedelta(days=REPEATED_WITHIN_DAYS)
        first = next((other for other in earlier if other.business_date >= since), event)
        earlier.append(event)
        if (first.outlet_id, first.business_date) != (event.outlet_id, event.business_date):
            signals.append(_repeated_fix(event, first))
    return in_order(signals)


def _repeated_fix(event: FieldEvent, first: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {"lat": event.lat, "lon": event.lon, "first": reference_to(first)}
    sentence = (
        f"This {name_of(event)} has, to the last digit, the position of the {name_of(first)} on {first.business_date};"
        " real fixes differ."
    )
    return signal_about(RiskRule.REPEATED_FIX, event, evidence, sentence)
