"""Positions that were old when they were recorded (V6)."""

from collections.abc import Collection
from datetime import timedelta

from app.field.check_ins.freshness import fix_age_s
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

MAX_FIX_AGE_S = 120.0
_MAX_FIX_AGE = timedelta(seconds=MAX_FIX_AGE_S)


def stale_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose fix was more than 120 s old when it was captured, by every clock that is known."""
    ages = {
        event: fix_age_s(event.fix_at, event.captured_at, event.corrected_at)
        for event in events
        if event.fix_at is not None and event.captured_at - event.fix_at > _MAX_FIX_AGE
    }
    return in_order(_stale_fix(event, age_s) for event, age_s in ages.items() if age_s > MAX_FIX_AGE_S)


def _stale_fix(event: FieldEvent, age_s: float) -> Signal:
    evidence: dict[str, Json] = {
        "fix_at": event.fix_at.isoformat() if event.fix_at else None,
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
        "age_s": round(age_s, 3),
        "limit_s": MAX_FIX_AGE_S,
    }
    sentence = (
        f"The position of this {name_of(event)} was {duration_told(age_s)} old when it was recorded;"
        f" up to {duration_told(MAX_FIX_AGE_S)} is normal."
    )
    return signal_about(RiskRule.STALE_FIX, event, evidence, sentence)
