"""Doubts about what a rep recorded in the field, each with its evidence and a sentence for a person (V6).

Every rule is a pure function of the set of one rep's events: the order in which they arrived, and how they were split
into uploads, makes no difference.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    by_time,
    duration_told,
    in_order,
    length_told,
    name_of,
    position_of,
    reference_to,
    signal_about,
)
from app.masters.outlets.geodesy import distances_m

MAX_FIX_AGE_S = 120.0
MAX_SPEED_M_S = 50.0
MIN_ELAPSED_S = 1.0
"""Events in the same second are taken to be a second apart."""
REPEATED_WITHIN_DAYS = 30
"""How far back a position is looked for."""


def detect(events: Collection[FieldEvent]) -> list[Signal]:
    """The doubts about one rep's day but `repeated_fix` and `remote_order`, sorted by rule and subject (V6).

    Give the whole day: how fast the rep moved is judged between events that lie next to each other.
    """
    ordered = by_time(events)
    placed = [event for event in ordered if position_of(event)]
    signals = [
        *(_mock_location(event) for event in ordered if event.mock),
        *(_clock_changed(event) for event in ordered if event.clock_changed),
        *_stale_fixes(ordered),
        *_impossible_speeds(placed),
    ]
    return in_order(signals)


def repeated_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose exact coordinates an earlier one of the rep had at another outlet or on another day (V6).

    Looks back `REPEATED_WITHIN_DAYS` days from each event's; of several events there the first one counts.
    """
    seen: dict[Position, list[FieldEvent]] = {}
    signals = []
    for event in by_time(events):
        position = position_of(event)
        if position is None:
            continue
        earlier = seen.setdefault(position, [])
        since = event.business_date - timedelta(days=REPEATED_WITHIN_DAYS)
        first = next((other for other in earlier if other.business_date >= since), event)
        earlier.append(event)
        if (first.outlet_id, first.business_date) != (event.outlet_id, event.business_date):
            signals.append(_repeated_fix(event, first))
    return in_order(signals)


def sequence_gap(
    device_id: UUID, missing: Iterable[tuple[int, int]], sequence_to: int, business_date: date
) -> Signal | None:
    """The doubt about a device whose events up to `sequence_to` have not all arrived; None when nothing is missing.

    `missing` are half-open ranges [lo, hi), as `app.field.watermarks.rules.gaps` gives them.
    """
    ranges = [(lo, hi) for lo, hi in missing if lo < hi]
    if not ranges:
        return None
    count = sum(hi - lo for lo, hi in ranges)
    named = ", ".join(str(lo) if hi - lo == 1 else f"{lo}–{hi - 1}" for lo, hi in ranges[:10])
    return Signal(
        RiskRule.SEQUENCE_GAP,
        "device",
        device_id,
        {"missing": [[lo, hi - 1] for lo, hi in ranges[:100]], "missing_count": count, "sequence_to": sequence_to},
        f"The phone says it recorded {sequence_to} events, but {count} of them never arrived (numbers {named}"
        f"{', …' if len(ranges) > 10 else ''}).",
        business_date,
    )


def _mock_location(event: FieldEvent) -> Signal:
    sentence = f"The phone marked the position of this {name_of(event)} as simulated by an app."
    return signal_about(RiskRule.MOCK_LOCATION, event, {"lat": event.lat, "lon": event.lon}, sentence)


def _clock_changed(event: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
    }
    sentence = (
        f"The phone's clock was changed between this {name_of(event)} and its upload; its own time does not count."
    )
    return signal_about(RiskRule.CLOCK_CHANGED, event, evidence, sentence)


def _stale_fixes(ordered: Iterable[FieldEvent]) -> Iterable[Signal]:
    for event in ordered:
        if event.fix_at is None:
            continue
        age_s = (event.captured_at - event.fix_at).total_seconds()
        if age_s > MAX_FIX_AGE_S:
            evidence: dict[str, Json] = {
                "fix_at": event.fix_at.isoformat(),
                "captured_at": event.captured_at.isoformat(),
                "age_s": round(age_s, 3),
                "limit_s": MAX_FIX_AGE_S,
            }
            sentence = (
                f"The position of this {name_of(event)} was {duration_told(age_s)} old when it was recorded;"
                f" up to {duration_told(MAX_FIX_AGE_S)} is normal."
            )
            yield signal_about(RiskRule.STALE_FIX, event, evidence, sentence)


def _repeated_fix(event: FieldEvent, first: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {"lat": event.lat, "lon": event.lon, "first": reference_to(first)}
    sentence = (
        f"This {name_of(event)} has, to the last digit, the position of the {name_of(first)} on {first.business_date};"
        " real fixes differ."
    )
    return signal_about(RiskRule.REPEATED_FIX, event, evidence, sentence)


def _impossible_speeds(placed: list[FieldEvent]) -> Iterable[Signal]:
    """Doubt every event that the rep could not have reached from the one before it."""
    positions = [position for event in placed if (position := position_of(event))]
    if len(positions) < 2:
        return
    lats, lons = zip(*positions, strict=True)
    distances: list[float] = distances_m(lats[:-1], lons[:-1], lats[1:], lons[1:]).tolist()
    for (before, event), distance_m in zip(pairwise(placed), distances, strict=True):
        elapsed_s = max((event.corrected_at - before.corrected_at).total_seconds(), MIN_ELAPSED_S)
        speed_m_s = (distance_m - accuracy_m(before) - accuracy_m(event)) / elapsed_s
        if speed_m_s > MAX_SPEED_M_S:
            evidence: dict[str, Json] = {
                "before": reference_to(before),
                "distance_m": round(distance_m, 1),
                "elapsed_s": round(elapsed_s, 3),
                "speed_m_s": round(speed_m_s, 1),
                "limit_m_s": MAX_SPEED_M_S,
            }
            sentence = (
                f"This {name_of(event)} is {length_told(distance_m)} from the {name_of(before)}"
                f" {duration_told(elapsed_s)} earlier: at least {speed_m_s:.0f} m/s,"
                f" where {MAX_SPEED_M_S:.0f} m/s is the limit."
            )
            yield signal_about(RiskRule.IMPOSSIBLE_SPEED, event, evidence, sentence)
