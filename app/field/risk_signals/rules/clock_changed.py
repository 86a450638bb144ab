"""Wall clocks that were not right (V6, T2)."""

from collections.abc import Collection

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    duration_told,
    in_order,
    name_of,
    signal_about,
)

RIGHT_WITHIN_S = 120.0


def changed_clocks(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose wall clock differs from its boot's anchor, or whose clocks contradict each other."""
    return in_order(_clock_changed(event) for event in {event for event in events if event.clock_changed})


def _clock_changed(event: FieldEvent) -> Signal:
    off_s = (event.captured_at - event.corrected_at).total_seconds()
    off_when_sent_s = -event.skew_ms / 1000
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
        "trusted": event.trusted,
        "off_s": round(off_s, 3),
        "off_when_sent_s": round(off_when_sent_s, 3),
    }
    if not event.trusted:
        sentence = (
            f"The clocks of the phone contradict each other about this {name_of(event)}: nothing proves its time."
        )
    else:
        right = abs(off_when_sent_s) <= RIGHT_WITHIN_S
        sent = "it was right" if right else f"it was {_told(off_when_sent_s)}"
        sentence = (
            f"The phone's clock was {_told(off_s)} at this {name_of(event)}; when it was sent, {sent}. The time that"
            " counts is by the time since the phone was switched on."
        )
    return signal_about(RiskRule.CLOCK_CHANGED, event, evidence, sentence)


def _told(off_s: float) -> str:
    return f"{duration_told(abs(off_s))} {'fast' if off_s > 0 else 'slow'}"
