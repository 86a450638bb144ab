"""Ways that nobody could have made in the time (V6)."""

from collections.abc import Collection, Iterable, Iterator

from app.field.risk_signals.signals import (
    NEIGHBOURS,
    FieldEvent,
    Json,
    Position,
    RiskRule,
    Signal,
    accuracy_m,
    by_day,
    duration_told,
    in_order,
    length_told,
    name_of,
    position_of,
    reference_to,
    signal_about,
)
from app.masters.outlets.geodesy import distance_m

MAX_SPEED_M_S = 50.0
MIN_ELAPSED_S = 1.0
"""Events in the same second are taken to be a second apart."""

_Way = tuple[FieldEvent, FieldEvent, float]


def impossible_speeds(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event that the rep could not have reached from the last placed one before it on that day (V6).

    Between the two lie fewer than `NEIGHBOURS` check-ins, and fewer orders. Give all events in between.
    """
    ways = [way for of_day in by_day(events).values() for way in _ways(of_day)]
    return in_order(_too_fast(ways))


def _ways(of_day: list[FieldEvent]) -> Iterator[_Way]:
    """Each placed event of a day, by time, with the placed one before it, and the metres between."""
    before: tuple[FieldEvent, Position] | None = None
    check_ins = orders = 0
    for event in of_day:
        position = position_of(event)
        if position is not None and event.timed:
            if before is not None and check_ins < NEIGHBOURS and orders < NEIGHBOURS:
                yield before[0], event, distance_m(*before[1], *position)
            before, check_ins, orders = (event, position), 0, 0
        elif event.kind == "order":
            orders += 1
        else:
            check_ins += 1


def _too_fast(ways: Iterable[_Way]) -> Iterator[Signal]:
    for before, event, metres in ways:
        elapsed_s = max((event.corrected_at - before.corrected_at).total_seconds(), MIN_ELAPSED_S)
        speed_m_s = (metres - accuracy_m(before) - accuracy_m(event)) / elapsed_s
        if speed_m_s > MAX_SPEED_M_S:
            evidence: dict[str, Json] = {
                "before": reference_to(before),
                "distance_m": round(metres, 1),
                "elapsed_s": round(elapsed_s, 3),
                "speed_m_s": round(speed_m_s, 1),
                "limit_m_s": MAX_SPEED_M_S,
            }
            sentence = (
                f"This {name_of(event)} is {length_told(metres)} from the {name_of(before)}"
                f" {duration_told(elapsed_s)} earlier: at least {speed_m_s:.0f} m/s,"
                f" where {MAX_SPEED_M_S:.0f} m/s is the limit."
            )
            yield signal_about(RiskRule.IMPOSSIBLE_SPEED, event, evidence, sentence)
