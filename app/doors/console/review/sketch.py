"""A sketch to scale of where places and outlets lie: no map, only how far apart things are. North is up.

Coordinates are those of an SVG of `WIDTH` by `HEIGHT`, y downwards.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.masters.outlets.geodesy import to_local_m

WIDTH, HEIGHT = 560.0, 300.0
MARGIN = 44.0
LEAST_SPREAD_M = 60.0
"""What lies closer is not drawn larger: the last metres are the receiver's."""
CIRCLE_SHARE, CIRCLE_M = 0.6, 150.0
"""A circle counts for the frame up to so large beside what lies apart, or up to so many metres: one of a fix that may
be off by 5 km would hide all else.
"""
BAR_SHARE = 0.25
LABEL, WAY_LABEL = 20.0, 34.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SketchSpot:
    """What is to be drawn: degrees; `radius_m`: of its fence, or of its accuracy; `ring`: a polygon of (lon, lat)."""

    letter: str
    lat: float
    lon: float
    is_outlet: bool = False
    radius_m: float | None = None
    ring: Sequence[Point] = ()


@dataclass(frozen=True, slots=True)
class SketchMark:
    """A spot as it is drawn; `label`: where its letter stands, beside it, so that spots of one place can be told."""

    letter: str
    at: Point
    label: Point
    is_outlet: bool
    radius: float
    ring: str


@dataclass(frozen=True, slots=True)
class SketchWay:
    """A line from one spot to another, and how long it is; `label`: where that stands."""

    start: Point
    end: Point
    label: Point
    distance_m: float

    def points(self) -> list[Point]:
        """Some points of the line, and where its label stands."""
        (x, y), (end_x, end_y) = self.start, self.end
        return [(x + (end_x - x) * share / 8, y + (end_y - y) * share / 8) for share in range(1, 8)] + [self.label] * 2


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing. `bar_m`: what the scale bar measures, `bar` long."""

    marks: Sequence[SketchMark]
    ways: Sequence[SketchWay]
    bar: float
    bar_m: float
    width: float = WIDTH
    height: float = HEIGHT


def sketch_of(spots: Sequence[SketchSpot], ways: Iterable[tuple[str, str, float]] = ()) -> Sketch | None:
    """Draw spots, and ways between two of them by letter, with their lengths in metres; None where there is no spot."""
    if not spots:
        return None
    frame = _Frame.around(spots)
    at = {spot.letter: frame.point(spot.lat, spot.lon) for spot in spots}
    lines = [_way(at[start], at[end], metres) for start, end, metres in ways if start in at and end in at]
    occupied = [*at.values(), *(point for line in lines for point in line.points())]
    marks = []
    for spot in spots:
        label = _freest(at[spot.letter], occupied)
        occupied.append(label)
        marks.append(_mark(spot, frame, label))
    bar_m = round_length(BAR_SHARE * WIDTH / frame.scale)
    return Sketch(marks, lines, bar_m * frame.scale, bar_m)


def round_length(metres: float) -> float:
    """The longest length of 1, 2 or 5 times a power of ten that is not longer."""
    power = math.pow(10, math.floor(math.log10(metres)))
    return max(step * power for step in (1, 2, 5) if step * power <= metres)


def _mark(spot: SketchSpot, frame: "_Frame", label: Point) -> SketchMark:
    ring = " ".join(f"{x:.1f},{y:.1f}" for x, y in (frame.point(lat, lon) for lon, lat in spot.ring))
    at = frame.point(spot.lat, spot.lon)
    return SketchMark(spot.letter, at, label, spot.is_outlet, (spot.radius_m or 0) * frame.scale, ring)


def _way(start: Point, end: Point, metres: float) -> SketchWay:
    """A way with its label beside its middle, so far off that the line does not run through it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    return SketchWay(start, end, (x + abs(dy) / length * WAY_LABEL, y - abs(dx) / length * WAY_LABEL / 2), metres)


_AROUND: Sequence[Point] = [
    (LABEL * math.cos(turn * math.pi / 4), LABEL * math.sin(turn * math.pi / 4)) for turn in (5, 7, 1, 3, 6, 2, 0, 4)
]
"""Where a letter may stand beside its spot."""


def _freest(at: Point, occupied: Sequence[Point]) -> Point:
    """Of the places around a spot the one that lies freest of all that is drawn already."""
    around = [(at[0] + dx, at[1] + dy) for dx, dy in _AROUND]
    return min(around, key=lambda label: sum(1 / (math.dist(label, other) + 1) ** 2 for other in occupied))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What of the ground is drawn, and how large. `scale`: units of the drawing to a metre."""

    lat: float
    lon: float
    centre: Point
    scale: float

    @classmethod
    def around(cls, spots: Sequence[SketchSpot]) -> "_Frame":
        """The frame that holds all spots, and what is around them."""
        lat, lon = spots[0].lat, spots[0].lon
        points = [_local(spot.lat, spot.lon, lat, lon) for spot in spots]
        spread = max(_spread(points), LEAST_SPREAD_M)
        corners = list(points)
        for spot, (x, y) in zip(spots, points, strict=True):
            reach = spot.radius_m or 0
            if reach <= max(CIRCLE_SHARE * spread, CIRCLE_M):
                corners += [(x - reach, y - reach), (x + reach, y + reach)]
            corners += [_local(ring_lat, ring_lon, lat, lon) for ring_lon, ring_lat in spot.ring]
        (left, right), (low, high) = _range(x for x, _ in corners), _range(y for _, y in corners)
        scale = min((WIDTH - 2 * MARGIN) / (right - left), (HEIGHT - 2 * MARGIN) / (high - low))
        return cls(lat, lon, ((left + right) / 2, (low + high) / 2), scale)

    def point(self, lat: float, lon: float) -> Point:
        """Where a position is drawn."""
        x, y = _local(lat, lon, self.lat, self.lon)
        return WIDTH / 2 + (x - self.centre[0]) * self.scale, HEIGHT / 2 - (y - self.centre[1]) * self.scale


def _local(lat: float, lon: float, lat0: float, lon0: float) -> Point:
    east, north = to_local_m(lat, lon, lat0, lon0)
    return float(east), float(north)


def _spread(points: Sequence[Point]) -> float:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _range(values: Iterable[float]) -> Point:
    """From the least to the greatest value, and never narrower than `LEAST_SPREAD_M`."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    lack = max(LEAST_SPREAD_M - (high - low), 0.0) / 2
    return low - lack, high + lack


def ring_of(fence: dict[str, Any] | None) -> Sequence[Point]:
    """The outer ring of a fence that is a polygon (GeoJSON); of several the first."""
    if fence is None:
        return ()
    rings = fence["coordinates"] if fence["type"] == "Polygon" else fence["coordinates"][0]
    return [(lon, lat) for lon, lat, *_ in rings[0]]
