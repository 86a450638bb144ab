"""Fences: the circle or polygon around an outlet within which a visit counts as made there. Pure values, no database.

A polygon's edges are geodesics, as PostGIS takes them on geography, and may cross the 180° meridian.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from app.masters.outlets.geodesy import distances_m, to_local_m

Floats = NDArray[np.float64]
Position = tuple[float, float]
Ring = tuple[Position, ...]

MAX_VERTICES = 500
MAX_EXTENT_M = 20_000.0
MIN_AREA_M2 = 10.0
MAX_AREA_M2 = 100_000_000.0


@dataclass(frozen=True, slots=True)
class CircleFence:
    """All points within `radius_m` of a centre (WGS 84 degrees). Raises ValueError for what is no such circle."""

    lat: float
    lon: float
    radius_m: float

    def __post_init__(self) -> None:
        if not (-90.0 <= self.lat <= 90.0 and -180.0 <= self.lon <= 180.0):
            raise ValueError("the centre is not a position on the earth")
        if not 0.0 < self.radius_m < math.inf:
            raise ValueError("the radius must be greater than 0 m")


@dataclass(frozen=True, slots=True)
class Outline:
    """A polygon's edges in metres east and north of an origin, the interior to their left: arrays of shape (n,)."""

    origin_lat: float
    origin_lon: float
    start_x: Floats
    start_y: Floats
    end_x: Floats
    end_y: Floats


@dataclass(frozen=True)
class PolygonFence:
    """An area: closed rings of (lon, lat), the outer one first, then its holes; `parse_polygon` checks one."""

    rings: tuple[Ring, ...]

    @cached_property
    def outline(self) -> Outline:
        """The edges around the first vertex, whichever way the rings were drawn; calculated once for each fence."""
        lon0, lat0 = self.rings[0][0]
        starts_x, starts_y, ends_x, ends_y = [], [], [], []
        for number, ring in enumerate(self.rings):
            x, y = _ring_in_metres(ring, lat0, lon0)
            twice_area = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
            if (twice_area < 0) == (number == 0):
                x, y = x[::-1], y[::-1]
            starts_x.append(x[:-1])
            starts_y.append(y[:-1])
            ends_x.append(x[1:])
            ends_y.append(y[1:])
        return Outline(
            lat0,
            lon0,
            np.concatenate(starts_x),
            np.concatenate(starts_y),
            np.concatenate(ends_x),
            np.concatenate(ends_y),
        )

    def as_geojson(self) -> dict[str, object]:
        """The GeoJSON Polygon that `parse_polygon` reads back."""
        return {"type": "Polygon", "coordinates": [[list(position) for position in ring] for ring in self.rings]}


Fence = CircleFence | PolygonFence


def parse_polygon(geojson: object) -> PolygonFence:
    """Read a GeoJSON Polygon (RFC 7946), as decoded JSON, into a fence.

    Altitudes are dropped. An edge runs the short way, also over the 180° meridian. Raises ValueError, with a sentence
    for a person, for anything that is not one simple area of 10 m² to 100 km², with at most 500 vertices, all within
    20 km of the first.
    """
    if not isinstance(geojson, dict) or geojson.get("type") != "Polygon":
        raise ValueError('a fence must be a GeoJSON object of type "Polygon"')
    coordinates = geojson.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates:
        raise ValueError("the polygon has no rings")
    if sum(len(ring) for ring in coordinates if isinstance(ring, list)) > MAX_VERTICES:
        raise ValueError(f"the polygon has more than {MAX_VERTICES} vertices")
    fence = PolygonFence(tuple(_parse_ring(ring, number) for number, ring in enumerate(coordinates)))
    _check_shape(fence)
    return fence


def _parse_ring(ring: object, number: int) -> Ring:
    name = "the outer ring" if number == 0 else f"hole {number}"
    if not isinstance(ring, list):
        raise ValueError(f"{name} is not a list of positions")  # noqa: TRY004 - callers answer ValueError
    positions = tuple(_parse_position(position, name) for position in ring)
    if len(positions) < 4:
        raise ValueError(f"{name} has {len(positions)} positions; a ring needs at least 4, the last one like the first")
    if positions[0] != positions[-1]:
        raise ValueError(f"{name} is not closed: its last position must be its first one again")
    return positions


def _parse_position(position: object, name: str) -> Position:
    if not isinstance(position, list) or len(position) not in (2, 3):
        raise ValueError(f"{name} has a position that is not [longitude, latitude]")
    lon, lat = (_parse_degrees(degrees, name) for degrees in position[:2])
    if not -180.0 <= lon <= 180.0:
        raise ValueError(f"{name} has a longitude outside of -180 to 180")
    if not -90.0 <= lat <= 90.0:
        raise ValueError(f"{name} has a latitude outside of -90 to 90")
    return lon, lat


def _parse_degrees(degrees: object, name: str) -> float:
    if isinstance(degrees, bool) or not isinstance(degrees, int | float):
        raise ValueError(f"{name} has a coordinate that is not a number")  # noqa: TRY004 - callers answer ValueError
    try:
        value = float(degrees)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"{name} has a coordinate that is not a finite number")
    return value


def _check_shape(fence: PolygonFence) -> None:
    """Raise ValueError unless the rings make one simple area of a size that a fence can have."""
    lon0, lat0 = fence.rings[0][0]
    lons, lats = np.array([position for ring in fence.rings for position in ring]).T
    if float(np.max(distances_m(lats, lons, lat0, lon0))) > MAX_EXTENT_M:
        raise ValueError(f"the polygon is too wide: a vertex is more than {MAX_EXTENT_M / 1000:.0f} km from the first")
    shell, *holes = (np.column_stack(_ring_in_metres(ring, lat0, lon0)) for ring in fence.rings)
    polygon = shapely.Polygon(shell, holes)
    if not polygon.is_valid:
        raise ValueError(f"the polygon is not a simple area: {_explain(shapely.is_valid_reason(polygon))}")
    if polygon.area < MIN_AREA_M2:
        raise ValueError(f"the polygon's area is {polygon.area:.2f} m²; a fence has at least {MIN_AREA_M2:.0f} m²")
    if polygon.area > MAX_AREA_M2:
        raise ValueError(
            f"the polygon's area is {polygon.area / 1e6:.0f} km²; a fence has at most {MAX_AREA_M2 / 1e6:.0f} km²"
        )


def _explain(reason: str) -> str:
    """Shapely's reason, with its place told from the polygon's first vertex."""
    match = re.fullmatch(r"(.+)\[(\S+) (\S+)\]", reason)
    if match is None:
        return reason
    east_m, north_m = float(match[2]), float(match[3])
    return f"{match[1].lower()} {east_m:.0f} m east and {north_m:.0f} m north of its first vertex"


def _ring_in_metres(ring: Sequence[Position], lat0: float, lon0: float) -> tuple[Floats, Floats]:
    lons, lats = np.array(ring, dtype=np.float64).T
    return to_local_m(lats, lons, lat0, lon0)
