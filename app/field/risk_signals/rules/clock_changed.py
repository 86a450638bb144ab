"""Clocks that were changed between an event and its upload (V6, T2)."""

from collections.abc import Collection

from app.field.risk_signals.signals import FieldEvent, Json, RiskRule, Signal, in_order, name_of, signal_about


def changed_clocks(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose clock evidence says that the clock was changed."""
    return in_order(_clock_changed(event) for event in {event for event in events if event.clock_changed})


def _clock_changed(event: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
    }
    sentence = (
        f"The phone's clock was changed between this {name_of(event)} and its upload; its own time does not count."
    )
    return signal_about(RiskRule.CLOCK_CHANGED, event, evidence, sentence)
