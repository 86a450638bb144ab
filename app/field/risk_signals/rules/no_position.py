"""Days of arrivals that mostly have no position (V6)."""

from collections.abc import Collection, Sequence

from app.field.risk_signals.signals import (
    FIRST_CHECK_INS,
    FieldEvent,
    Json,
    RiskRule,
    Signal,
    by_day,
    has_fix,
    in_order,
    name_of,
    signal_about,
)

LEAST_ARRIVALS = 3
"""A phone that finds no position once or twice says nothing."""
MAX_ACCURACY_M = 1_000.0
"""A position that may be off by more tells no outlet from another."""


def no_positions(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt the first arrival without a usable fix of a day on which most of the arrivals have none: one doubt a day.

    Of the arrivals among the day's first `FIRST_CHECK_INS` check-ins; give these. A fix is usable where it has an
    accuracy of at most a kilometre; its coordinates need not be kept.
    """
    signals = []
    for check_ins in by_day(event for event in events if event.kind == "check_in").values():
        arrivals = [event for event in check_ins[:FIRST_CHECK_INS] if event.arrival]
        if signal := _of_day(arrivals):
            signals.append(signal)
    return in_order(signals)


def mostly_without(arrivals: int, unplaced: int) -> bool:
    """Whether so many arrivals of which so many have no usable fix make a doubt."""
    return arrivals >= LEAST_ARRIVALS and 2 * unplaced > arrivals


def _of_day(arrivals: Sequence[FieldEvent]) -> Signal | None:
    unplaced = [event for event in arrivals if not _is_placed(event)]
    if not mostly_without(len(arrivals), len(unplaced)):
        return None
    outlets: list[Json] = list(dict.fromkeys(event.outlet_code for event in unplaced))
    evidence: dict[str, Json] = {
        "arrivals": len(arrivals),
        "without_position": len(unplaced),
        "outlet_codes": outlets,
        "max_accuracy_m": MAX_ACCURACY_M,
    }
    sentence = (
        f"{len(unplaced)} of the {len(arrivals)} arrivals of this day have no position that could be used; the first is"
        f" the {name_of(unplaced[0])}. Positions may be switched off on the phone, or not be found."
    )
    return signal_about(RiskRule.NO_POSITION, unplaced[0], evidence, sentence)


def _is_placed(event: FieldEvent) -> bool:
    return has_fix(event) and event.accuracy_m is not None and 0 < event.accuracy_m <= MAX_ACCURACY_M
