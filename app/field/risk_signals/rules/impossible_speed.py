"""Ways that nobody could have made in the time (V6)."""

from collections.abc import Collection, Iterator

from app.field.risk_signals.signals import (
    NEIGHBOURS,
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    accuracy_m,
    by_day,
    duration_told,
    in_order,
    length_told,
    name_of,
    reference_to,
    signal_about,
)
from app.masters.outlets.geodesy import distances_m

MAX_SPEED_M_S = 50.0
MIN_ELAPSED_S = 1.0
"""Events in the same second are taken to be a second apart."""


def impossible_speeds(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event that the rep could not have reached from the last placed one before it on that day (V6).

    Between the two lie fewer than `NEIGHBOURS` check-ins, and fewer orders. Give all events in between.
    """
    ways = [way for of_day in by_day(events).values() for way in _ways(of_day)]
    return in_order(_too_fast(ways)) if ways else []


def _ways(of_day: list[FieldEvent]) -> Iterator[tuple[FieldEvent, FieldEvent]]:
    """Each placed event of a day, by time, with the placed one before it."""
    before: FieldEvent | None = None
    check_ins = orders = 0
    for event in of_day:
        if event.lat is not None and event.timed:
            if before is not None and check_ins < NEIGHBOURS and orders < NEIGHBOURS:
                yield before, event
            before, check_ins, orders = event, 0, 0
        elif event.kind == "order":
            orders += 1
        else:
            check_ins += 1


def _too_fast(ways: list[tuple[FieldEvent, FieldEvent]]) -> Iterator[Signal]:
    places = [(before.lat, before.lon, event.lat, event.lon) for before, event in ways]
    distances: list[float] = distances_m(*zip(*places, strict=True)).tolist()
    for (before, event), distance_m in zip(ways, distances, strict=True):
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
