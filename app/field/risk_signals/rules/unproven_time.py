"""Events of which nothing proves when they were (V6, T3)."""

from collections.abc import Collection

from app.field.risk_signals.signals import FieldEvent, Json, RiskRule, Signal, in_order, name_of, signal_about


def unproven_times(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose own time could not be, and that counts from its arrival for want of a better one."""
    return in_order(_unproven_time(event) for event in {event for event in events if not event.timed})


def _unproven_time(event: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "counted_at": event.corrected_at.isoformat(),
    }
    sentence = (
        f"Nothing proves when this {name_of(event)} was recorded: by the phone's clock on {event.captured_at.date()},"
        " which cannot be. It counts from the moment when it arrived."
    )
    return signal_about(RiskRule.UNPROVEN_TIME, event, evidence, sentence)
