"""Positions that an app made up (V6)."""

from collections.abc import Collection

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    in_order,
    name_of,
    position_of,
    signal_about,
)


def mock_locations(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose position the phone marked as simulated."""
    return in_order(_mock_location(event) for event in {event for event in events if event.mock})


def _mock_location(event: FieldEvent) -> Signal:
    sentence = f"The phone marked the position of this {name_of(event)} as simulated by an app."
    evidence: dict[str, Json] = {"lat": event.lat, "lon": event.lon} if position_of(event) else {}
    return signal_about(RiskRule.MOCK_LOCATION, event, evidence, sentence)
