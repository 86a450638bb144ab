"""Evidence from before a cutoff, of a boot that was heard of only after it (V6, T2)."""

from collections.abc import Collection

from app.field.risk_signals.signals import FieldEvent, Json, RiskRule, Signal, in_order, name_of, signal_about
from app.masters.territories.field_clock import ClockDoubt


def unseen_boots(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event that proves something from before its day's cutoff by a boot that nobody knew of then."""
    unseen = {event for event in events if event.clock_doubt == ClockDoubt.UNSEEN_BOOT}
    return in_order(_unseen_boot(event) for event in unseen)


def _unseen_boot(event: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
    }
    sentence = (
        f"The time of this {name_of(event)} rests on a boot of the phone that the server first heard of after the day's"
        " cutoff: a phone that was offline all day looks like this, and so does one that was set for it."
    )
    return signal_about(RiskRule.UNSEEN_BOOT, event, evidence, sentence)
