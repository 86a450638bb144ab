"""Outlets as plain values, and decisions about where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np

from app.ground.values import value
from app.masters.outlets.geodesy import distances_m, to_local_m

DEFAULT_RADIUS_M = 80.0
"""The fence of a location that is proposed without one, where the outlet has none yet either."""

_CLOSE_ENOUGH_M = 1e-4
_MOST_STEPS = 1_000


class OutletGap(StrEnum):
    """What an outlet lacks that its visits are judged by, or planned by."""

    LOCATION = "location"
    REP = "rep"


@value(frozen=True, slots=True)
class MustStock:
    """A product that the outlet agreed to keep: at least so many units an order (M1)."""

    product_code: str
    min_quantity: Decimal


@value(frozen=True, slots=True)
class FieldOutlet:
    """An outlet as a rep's day needs it: its current location and terms.

    `location_version` is 0 where it has no location; else it has a circle (`radius_m`) around (`lat`, `lon`), degrees,
    or a `polygon` (GeoJSON), and then `lat`, `lon` are its centroid. `warehouse_code`: its territory's, which delivers.
    """

    id: int
    code: str
    name: str
    territory_id: int
    active: bool
    trade_channel: str | None
    location_version: int
    lat: float | None
    lon: float | None
    radius_m: float | None
    polygon: dict[str, Any] | None
    order_due_time: time | None
    must_stock: tuple[MustStock, ...]
    min_order_value: Decimal | None
    credit_hold: bool
    terms_valid_from: datetime | None = None
    warehouse_code: str | None = None


@dataclass(frozen=True, slots=True)
class MedianPosition:
    """The point with the least sum of distances to some fixes, and the median distance to them: the spread."""

    lat: float
    lon: float
    spread_m: float


def geometric_median(points: Sequence[tuple[float, float]]) -> MedianPosition:
    """The geometric median of (lat, lon) in degrees (V4). Raises ValueError without points.

    Weiszfeld's iteration in metres around the first point, with the step of Vardi and Zhang (PNAS 97, 2000), which goes
    on where an estimate falls upon one of the points, however many of them coincide. Up to half of the points may lie
    anywhere without carrying it away from the others, which is why it is not the mean.
    """
    if not points:
        raise ValueError("no points have no median")
    lats, lons = np.array(points, dtype=np.float64).T
    fixes = np.column_stack(to_local_m(lats, lons, lats[0], lons[0]))
    median = fixes.mean(axis=0)
    for _ in range(_MOST_STEPS):
        distances = np.hypot(*(fixes - median).T)
        at_median = distances < _CLOSE_ENOUGH_M
        if at_median.all():
            break
        weights = np.where(at_median, 0.0, 1.0 / np.where(at_median, 1.0, distances))
        target = weights @ fixes / weights.sum()
        pull_m = float(np.hypot(*(weights @ (fixes - median))))
        share = min(1.0, at_median.sum() / pull_m) if pull_m > 0.0 else 1.0
        step = (1.0 - share) * (target - median)
        median = median + step
        if float(np.hypot(*step)) < _CLOSE_ENOUGH_M:
            break
    lat, lon = _to_degrees(median, float(lats[0]), float(lons[0]))
    return MedianPosition(lat, lon, float(np.median(distances_m(lats, lons, lat, lon))))


def _to_degrees(place: Any, lat0: float, lon0: float) -> tuple[float, float]:
    """The inverse of `to_local_m` for one place, by Newton's method: to a micrometre after a few steps."""
    lat, lon, delta = lat0, lon0, 1e-5
    for _ in range(10):
        estimate = np.hstack(to_local_m(lat, lon, lat0, lon0))
        northward = (np.hstack(to_local_m(lat + delta, lon, lat0, lon0)) - estimate) / delta
        eastward = (np.hstack(to_local_m(lat, lon + delta, lat0, lon0)) - estimate) / delta
        step = np.linalg.solve(np.column_stack((northward, eastward)), place - estimate)
        lat, lon = lat + float(step[0]), lon + float(step[1])
    return lat, (lon + 180.0) % 360.0 - 180.0
