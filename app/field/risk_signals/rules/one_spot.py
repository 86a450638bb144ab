"""Check-ins for outlets that lie apart, made from one spot on one day (V6)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.field.risk_signals.signals import (
    ON_THE_SPOT,
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
from app.masters.outlets.geodesy import distances_m

SPOT_RADIUS_M = 10.0
APART_M = 100.0

_LATITUDE_OF_SPOT = 2 * SPOT_RADIUS_M / 110_000
"""Two positions whose latitudes differ by more degrees than this lie more than a spot apart."""
_ROWS = 256

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A check-in and an earlier one from the same spot: how far apart they are, and their outlets."""

    earlier: FieldEvent
    later: FieldEvent
    distance_m: float
    outlets_apart_m: float


def one_spots(
    events: Collection[FieldEvent],
    outlet_positions: Mapping[int, Position],
    places: Mapping[UUID, int] | None = None,
) -> list[Signal]:
    """Doubt a check-in with an earlier one of its day from the same spot for an outlet over 100 m away (V6).

    Two positions lie within 10 m of one spot where they are at most 20 m apart. Any number of check-ins from one spot
    for outlets that lie apart holds two of these, so pairs decide. A check-in is compared with the `ON_THE_SPOT` before
    it; of several the first is named. `events` are one rep's, `outlet_positions` the centres of outlets by id, where
    known; `places` the places of check-ins in the order of time on their day, where some are left out.
    """
    pairs: dict[FieldEvent, _Pair] = {}
    for check_ins in by_day(event for event in events if event.kind == "check_in").values():
        line = [places[event.id] for event in check_ins] if places else range(len(check_ins))
        for pair in _pairs(check_ins, np.array(line), outlet_positions):
            pairs.setdefault(pair.later, pair)
    return in_order(_one_spot(pair) for pair in pairs.values())


def _pairs(
    check_ins: list[FieldEvent], places: NDArray[np.int_], outlet_positions: Mapping[int, Position]
) -> Iterator[_Pair]:
    """Every two check-ins that show it, of one day by time, by the earlier one's."""
    nowhere = (np.nan, np.nan)
    at = np.array([position_of(event) or nowhere for event in check_ins], dtype=np.float64)
    earlier, later = _near_in_latitude(at[:, 0], np.array([event.outlet_id for event in check_ins]))
    within_sight = places[later] - places[earlier] <= ON_THE_SPOT
    earlier, later = earlier[within_sight], later[within_sight]
    if not len(earlier):
        return
    outlets = np.array([outlet_positions.get(event.outlet_id, nowhere) for event in check_ins], dtype=np.float64)
    distances, outlet_distances = _between(at, earlier, later), _between(outlets, earlier, later)
    matches = np.flatnonzero((distances <= 2 * SPOT_RADIUS_M) & (outlet_distances > APART_M))
    for number in matches[np.argsort(earlier[matches], kind="stable")]:
        yield _Pair(
            check_ins[earlier[number]],
            check_ins[later[number]],
            float(distances[number]),
            float(outlet_distances[number]),
        )


def _near_in_latitude(lats: NDArray[np.float64], outlet_ids: NDArray[np.int_]) -> tuple[Indices, Indices]:
    """The pairs, as places in `lats`, that are worth measuring: some rows at a time, each beside those before it."""
    pairs: list[tuple[Indices, Indices]] = []
    for first in range(0, len(lats), _ROWS):
        start, last = max(0, first - ON_THE_SPOT), min(first + _ROWS, len(lats))
        near = np.abs(lats[first:last, None] - lats[None, start:last]) <= _LATITUDE_OF_SPOT
        near &= outlet_ids[first:last, None] != outlet_ids[None, start:last]
        later, earlier = np.nonzero(near)
        later, earlier = later + first, earlier + start
        before = (earlier < later) & (later - earlier <= ON_THE_SPOT)
        pairs.append((earlier[before], later[before]))
    earliers, laters = zip(*pairs, strict=True)
    return np.concatenate(earliers), np.concatenate(laters)


def _between(positions: NDArray[np.float64], earlier: Indices, later: Indices) -> NDArray[np.float64]:
    return distances_m(*positions[earlier].T, *positions[later].T)


def _one_spot(pair: _Pair) -> Signal:
    earlier, later = pair.earlier, pair.later
    elapsed_s = (later.corrected_at - earlier.corrected_at).total_seconds()
    evidence: dict[str, Json] = {
        "earlier": reference_to(earlier),
        "distance_m": round(pair.distance_m, 1),
        "limit_m": 2 * SPOT_RADIUS_M,
        "outlets_apart_m": round(pair.outlets_apart_m, 1),
        "least_apart_m": APART_M,
        "elapsed_s": round(elapsed_s, 3),
        "accuracies_m": list(_accuracies((earlier, later))),
    }
    sentence = (
        f"This {name_of(later)} was made {length_told(pair.distance_m)} from where the {name_of(earlier)} was,"
        f" {duration_told(elapsed_s)} earlier, although the two outlets lie {length_told(pair.outlets_apart_m)} apart."
    )
    return signal_about(RiskRule.ONE_SPOT, later, evidence, sentence)


def _accuracies(events: Iterable[FieldEvent]) -> Iterator[float]:
    return (accuracy_m(event) for event in events)
