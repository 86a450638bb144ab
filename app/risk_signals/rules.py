"""Doubts about what a rep recorded in the field, each with its evidence and a sentence for a person (V6).

Every rule is a pure function of the set of one rep's events: the order in which they arrived, and how they were split
into uploads, makes no difference.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal
from uuid import UUID

from app.outlets.geodesy import distances_m

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
Position = tuple[float, float]

MAX_FIX_AGE_S = 120.0
MAX_SPEED_M_S = 50.0
MIN_ELAPSED_S = 1.0
"""Events in the same second are taken to be a second apart."""
UNKNOWN_ACCURACY_M = 100.0
"""What a fix without a readable accuracy is granted."""
REMOTE_M = 1_000.0
REPEATED_WITHIN_DAYS = 30
"""How far back a position is looked for."""


class RiskRule(StrEnum):
    """The rules of V6 that need no more than check-ins, orders and uploads."""

    MOCK_LOCATION = "mock_location"
    STALE_FIX = "stale_fix"
    REPEATED_FIX = "repeated_fix"
    IMPOSSIBLE_SPEED = "impossible_speed"
    CLOCK_CHANGED = "clock_changed"
    SEQUENCE_GAP = "sequence_gap"
    REMOTE_ORDER = "remote_order"


@dataclass(frozen=True, slots=True)
class FieldEvent:
    """A check-in, or an order taken on a handheld: what the rules look at. Degrees, metres, instants with an offset."""

    id: UUID
    kind: Literal["check_in", "order"]
    outlet_id: int
    outlet_code: str
    business_date: date
    captured_at: datetime
    corrected_at: datetime
    trusted: bool
    clock_changed: bool
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    fix_at: datetime | None
    mock: bool
    device_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One doubt. A rule doubts a subject at most once; `evidence` is ready for JSON."""

    rule: RiskRule
    subject_type: Literal["check_in", "order", "device"]
    subject_id: UUID
    evidence: dict[str, Json]
    explanation: str
    business_date: date
    outlet_id: int | None = None


def detect(events: Collection[FieldEvent]) -> list[Signal]:
    """The doubts about one rep's day but `repeated_fix` and `remote_order`, sorted by rule and subject (V6).

    Give the whole day: how fast the rep moved is judged between events that lie next to each other.
    """
    ordered = _by_time(events)
    placed = [event for event in ordered if _position(event)]
    signals = [
        *(_mock_location(event) for event in ordered if event.mock),
        *(_clock_changed(event) for event in ordered if event.clock_changed),
        *_stale_fixes(ordered),
        *_impossible_speeds(placed),
    ]
    return _sorted(signals)


def repeated_fixes(events: Collection[FieldEvent]) -> list[Signal]:
    """Doubt every event whose exact coordinates an earlier one of the rep had at another outlet or on another day (V6).

    Looks back `REPEATED_WITHIN_DAYS` days from each event's; of several events there the first one counts.
    """
    seen: dict[Position, list[FieldEvent]] = {}
    signals = []
    for event in _by_time(events):
        position = _position(event)
        if position is None:
            continue
        earlier = seen.setdefault(position, [])
        since = event.business_date - timedelta(days=REPEATED_WITHIN_DAYS)
        first = next((other for other in earlier if other.business_date >= since), event)
        earlier.append(event)
        if (first.outlet_id, first.business_date) != (event.outlet_id, event.business_date):
            signals.append(_repeated_fix(event, first))
    return _sorted(signals)


def remote_orders(events: Collection[FieldEvent], outlet_positions: Mapping[int, Position]) -> list[Signal]:
    """Handheld orders captured over 1 km from their outlet, or without a check-in there on that day (V6).

    `events` are one rep's, `outlet_positions` the (lat, lon) of outlets by id, where known. The order's own fix tells
    where it was captured, or else the rep's check-in nearest to it in time on that day; its accuracy is taken off.
    """
    check_ins = [event for event in events if event.kind == "check_in"]
    checked_in = {(event.outlet_id, event.business_date) for event in check_ins}
    signals = []
    for order in set(events).difference(check_ins):
        source = order if _position(order) else _nearest_check_in(order, check_ins)
        distance_m = _distance_to_outlet_m(source, outlet_positions.get(order.outlet_id))
        far = source is not None and distance_m is not None and distance_m - _accuracy_m(source) > REMOTE_M
        present = (order.outlet_id, order.business_date) in checked_in
        if far or not present:
            signals.append(_remote_order(order, source, distance_m, far=far, present=present))
    return _sorted(signals)


def sequence_gap(
    device_id: UUID, missing: Iterable[tuple[int, int]], sequence_to: int, business_date: date
) -> Signal | None:
    """The doubt about a device whose events up to `sequence_to` have not all arrived; None when nothing is missing.

    `missing` are half-open ranges [lo, hi), as `app.territories.sequences.gaps` gives them.
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
    sentence = f"The phone marked the position of this {_name(event)} as simulated by an app."
    return _signal(RiskRule.MOCK_LOCATION, event, {"lat": event.lat, "lon": event.lon}, sentence)


def _clock_changed(event: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {
        "captured_at": event.captured_at.isoformat(),
        "corrected_at": event.corrected_at.isoformat(),
    }
    sentence = f"The phone's clock was changed between this {_name(event)} and its upload; its own time does not count."
    return _signal(RiskRule.CLOCK_CHANGED, event, evidence, sentence)


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
                f"The position of this {_name(event)} was {_duration(age_s)} old when it was recorded;"
                f" up to {_duration(MAX_FIX_AGE_S)} is normal."
            )
            yield _signal(RiskRule.STALE_FIX, event, evidence, sentence)


def _repeated_fix(event: FieldEvent, first: FieldEvent) -> Signal:
    evidence: dict[str, Json] = {"lat": event.lat, "lon": event.lon, "first": _reference(first)}
    sentence = (
        f"This {_name(event)} has, to the last digit, the position of the {_name(first)} on {first.business_date};"
        " real fixes differ."
    )
    return _signal(RiskRule.REPEATED_FIX, event, evidence, sentence)


def _impossible_speeds(placed: list[FieldEvent]) -> Iterable[Signal]:
    """Doubt every event that the rep could not have reached from the one before it."""
    positions = [position for event in placed if (position := _position(event))]
    if len(positions) < 2:
        return
    lats, lons = zip(*positions, strict=True)
    distances: list[float] = distances_m(lats[:-1], lons[:-1], lats[1:], lons[1:]).tolist()
    for (before, event), distance_m in zip(pairwise(placed), distances, strict=True):
        elapsed_s = max((event.corrected_at - before.corrected_at).total_seconds(), MIN_ELAPSED_S)
        speed_m_s = (distance_m - _accuracy_m(before) - _accuracy_m(event)) / elapsed_s
        if speed_m_s > MAX_SPEED_M_S:
            evidence: dict[str, Json] = {
                "before": _reference(before),
                "distance_m": round(distance_m, 1),
                "elapsed_s": round(elapsed_s, 3),
                "speed_m_s": round(speed_m_s, 1),
                "limit_m_s": MAX_SPEED_M_S,
            }
            sentence = (
                f"This {_name(event)} is {_length(distance_m)} from the {_name(before)} {_duration(elapsed_s)} earlier:"
                f" at least {speed_m_s:.0f} m/s, where {MAX_SPEED_M_S:.0f} m/s is the limit."
            )
            yield _signal(RiskRule.IMPOSSIBLE_SPEED, event, evidence, sentence)


def _remote_order(
    order: FieldEvent, source: FieldEvent | None, distance_m: float | None, *, far: bool, present: bool
) -> Signal:
    evidence: dict[str, Json] = {"far": far, "checked_in": present, "limit_m": REMOTE_M}
    told = []
    if distance_m is not None and source is not None:
        by_own_fix = source is order
        evidence |= {"distance_m": round(distance_m, 1), "measured_by": "own_fix" if by_own_fix else "nearest_check_in"}
        if not by_own_fix:
            evidence["check_in"] = _reference(source)
    if far and distance_m is not None:
        told.append(f"was captured {_length(distance_m)} from the outlet")
    if not present:
        told.append("has no check-in at the outlet on that day")
    return _signal(RiskRule.REMOTE_ORDER, order, evidence, f"This {_name(order)} {' and '.join(told)}.")


def _nearest_check_in(order: FieldEvent, check_ins: Iterable[FieldEvent]) -> FieldEvent | None:
    """The day's check-in with a position that is nearest in time, the earlier one of two."""
    return min(
        (event for event in check_ins if event.business_date == order.business_date and _position(event)),
        key=lambda event: (abs(event.corrected_at - order.corrected_at), event.corrected_at, event.id),
        default=None,
    )


def _distance_to_outlet_m(event: FieldEvent | None, outlet: Position | None) -> float | None:
    position = _position(event) if event is not None else None
    if position is None or outlet is None:
        return None
    return float(distances_m(*position, *outlet))


def _by_time(events: Iterable[FieldEvent]) -> list[FieldEvent]:
    return sorted(set(events), key=lambda event: (event.corrected_at, event.captured_at, event.id))


def _position(event: FieldEvent) -> Position | None:
    return None if event.lat is None or event.lon is None else (event.lat, event.lon)


def _accuracy_m(event: FieldEvent) -> float:
    accuracy_m = event.accuracy_m
    return accuracy_m if accuracy_m is not None and accuracy_m > 0 else UNKNOWN_ACCURACY_M


def _signal(rule: RiskRule, event: FieldEvent, evidence: dict[str, Json], explanation: str) -> Signal:
    return Signal(rule, event.kind, event.id, evidence, explanation, event.business_date, event.outlet_id)


def _reference(event: FieldEvent) -> dict[str, Json]:
    return {
        "id": str(event.id),
        "kind": event.kind,
        "outlet_code": event.outlet_code,
        "corrected_at": event.corrected_at.isoformat(),
        "trusted": event.trusted,
    }


def _name(event: FieldEvent) -> str:
    return f"{'order' if event.kind == 'order' else 'check-in'} at {event.outlet_code}"


def _length(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def _duration(seconds: float) -> str:
    if seconds < 180:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _sorted(signals: Iterable[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda signal: (signal.rule, signal.subject_type, signal.subject_id))
