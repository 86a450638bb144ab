"""From an outlet's record to the fence that a verdict is held against."""

from functools import lru_cache
from typing import Any

from app.field.check_ins.geofence import CircleFence, Fence, PolygonFence
from app.masters.outlets.fences import Ring


def fence_of(
    location_version: int,
    lat: float | None,
    lon: float | None,
    radius_m: float | None,
    polygon: dict[str, Any] | None,
) -> Fence | None:
    """The fence of an outlet's location: a circle, a polygon (GeoJSON, checked when it was recorded), or none."""
    if not location_version:
        return None
    if polygon is not None:
        return _polygon_fence(tuple(tuple((p[0], p[1]) for p in ring) for ring in polygon["coordinates"]))
    if lat is None or lon is None or radius_m is None:
        return None
    return CircleFence(lat, lon, radius_m)


@lru_cache(maxsize=10_000)
def _polygon_fence(rings: tuple[Ring, ...]) -> PolygonFence:
    # a fence reckons its outline once; the same shape comes with every upload of that outlet
    return PolygonFence(rings)
