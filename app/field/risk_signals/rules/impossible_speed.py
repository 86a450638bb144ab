"""Ways that nobody could have made in the time (V6)."""

from collections.abc import Collection, Iterator
from datetime import date
from itertools import pairwise

from app.field.risk_signals.signals import (
    FieldEvent,
    Json,
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

MAX_SPEED_M_S = 50.0
MIN_ELAPSED_S = 1.0
"""Events in the same second are taken to be a second apart."""


def impossible_speeds(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event that the rep could not have reached from the one before it on that day (V6).

    Give whole days: how fast the rep moved is judged between events that lie next to each other.
    """
    days: dict[date, list[FieldEvent]] = {}
    for event in by_time(events):
        if position_of(event) and event.timed:
            days.setdefault(event.business_date, []).append(event)
    return in_order(signal for placed in days.values() for signal in _of_day(placed))


def _of_day(placed: list[FieldEvent]) -> Iterator[Signal]:
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
