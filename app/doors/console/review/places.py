"""Records side by side with where they were made: two places and the way between, a position beside its outlet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from app.doors.console.api_calls import Json
from app.doors.console.review.cases import DoubtCase, distance_between
from app.doors.console.review.sketch import Sketch, SketchSpot, ring_of, sketch_of

LETTERS = "ABCDEF"
SHORTEST_WAY_M = 20.0
"""A shorter way is not drawn: its line would be a dot."""

Way = tuple[str, str, float | None]
"""From the spot of one letter to that of another, in metres."""


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """A check-in or an order, and where it was recorded.

    `kind`: arrival, departure or order; of a check-in that is out of sight check_in. `check_in`: where it is one and
    can be seen. `fix`: None where the position is not known, or not any more. `outlet_distance_m`: from the centre of
    its outlet.
    """

    id: str
    kind: str
    outlet_code: str
    outlet_name: str | None
    at: str
    is_doubted: bool
    check_in: Json | None = None
    fix: Json | None = None
    outlet_distance_m: float | None = None
    letter: str = ""


@dataclass(frozen=True, slots=True)
class OutletSpot:
    """An outlet around the places."""

    letter: str
    code: str
    name: str
    location: Json


@dataclass(frozen=True, slots=True)
class RecordPlaces:
    """What stands side by side, by time; the outlets around; and the sketch, where any position is known."""

    places: Sequence[RecordPlace]
    outlets: Sequence[OutletSpot]
    sketch: Sketch | None

    @property
    def doubted(self) -> RecordPlace | None:
        """What the doubt is about; None where that is out of sight."""
        return next((place for place in self.places if place.is_doubted), None)


def side_by_side(case: DoubtCase, *names: str) -> RecordPlaces:
    """The doubted record beside those that the evidence names by these members, and the ways from each to the next."""
    places, outlets = _lettered(case, names)
    ways = [
        (place.letter, following.letter, distance_between(place.fix, following.fix))
        for place, following in pairwise(places)
    ]
    return _drawn(places, outlets, ways)


def apart(case: DoubtCase, *names: str) -> RecordPlaces:
    """As `side_by_side`, where not the places lie apart but their outlets: the ways are between these."""
    places, outlets = _lettered(case, names)
    ways = [
        (outlet.letter, following.letter, distance_between(outlet.location, following.location))
        for outlet, following in pairwise(outlets)
    ]
    return _drawn(places, outlets, ways)


def off_the_outlet(case: DoubtCase, *names: str) -> RecordPlaces:
    """The doubted record, and what tells where it was made, with the way from there to its outlet."""
    places, outlets = _lettered(case, names)
    goal = next((outlet for outlet in outlets if outlet.code == case.signal["outlet_code"]), None)
    placed = [place for place in places if place.fix is not None]
    if goal is None:
        return _drawn(places, outlets, ())
    return _drawn(
        places, outlets, [(place.letter, goal.letter, distance_between(place.fix, goal.location)) for place in placed]
    )


def _lettered(case: DoubtCase, names: Iterable[str]) -> tuple[list[RecordPlace], list[OutletSpot]]:
    """The places by time, and their outlets, each with its letter or number."""
    doubted = case.subject
    unlettered = [] if doubted is None else [_place(case, doubted, is_doubted=True)]
    for name in names:
        reference = case.evidence.get(name)
        if isinstance(reference, dict):
            unlettered.append(_place(case, case.record(reference["id"]) or reference))
    in_time = sorted(unlettered, key=lambda place: place.at)
    places = [replace(place, letter=letter) for place, letter in zip(in_time, LETTERS, strict=False)]
    codes = dict.fromkeys(place.outlet_code for place in places)
    known_spots = [(code, location) for code in codes if (location := case.location(code)) is not None]
    outlets = [
        OutletSpot(str(number), code, case.outlets[code]["name"], location)
        for number, (code, location) in enumerate(known_spots, start=1)
    ]
    return places, outlets


def _place(case: DoubtCase, record: Json, *, is_doubted: bool = False) -> RecordPlace:
    """A place of a record, or of a reference to one that is out of sight."""
    code, fix = record["outlet_code"], record.get("fix")
    outlet = case.outlets.get(code)
    return RecordPlace(
        id=record["id"],
        kind=record.get("kind", "order"),
        outlet_code=code,
        outlet_name=outlet["name"] if outlet else None,
        at=record["corrected_at"],
        is_doubted=is_doubted,
        check_in=record if "verdict" in record else None,
        fix=fix,
        outlet_distance_m=distance_between(fix, case.location(code)),
    )


def _drawn(places: Sequence[RecordPlace], outlets: Sequence[OutletSpot], ways: Iterable[Way]) -> RecordPlaces:
    spots = [_spot(place.letter, place.fix) for place in places if place.fix is not None]
    if spots:  # outlets alone are no evidence
        spots += [_outlet_spot(outlet) for outlet in outlets]
    drawn = [(start, end, metres) for start, end, metres in ways if metres is not None and metres >= SHORTEST_WAY_M]
    return RecordPlaces(places, outlets, sketch_of(spots, drawn))


def _spot(letter: str, fix: Json) -> SketchSpot:
    return SketchSpot(letter, fix["lat"], fix["lon"], radius_m=fix["accuracy_m"])


def _outlet_spot(outlet: OutletSpot) -> SketchSpot:
    at: Any = outlet.location
    return SketchSpot(
        outlet.letter, at["lat"], at["lon"], is_outlet=True, radius_m=at["radius_m"], ring=ring_of(at["fence"])
    )
