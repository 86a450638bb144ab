"""The verdict on a check-in: was the phone within the outlet's fence? (V2, V3)

A pure function of fix, fence and policy, so that replaying a stored check-in gives the same verdict. The true position
is taken as a circular Gaussian around the fix; its 68 % radius is the accuracy that phones report.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from app.field.check_ins.freshness import fix_age_s
from app.field.check_ins.gaussian_mass import circle_masses, polygon_distance_m, polygon_mass
from app.ground.values import value
from app.masters.outlets.fences import CircleFence, Fence, PolygonFence, Ring, parse_polygon
from app.masters.outlets.geodesy import distances_m, to_local_m
from app.masters.outlets.positions import Fix, GeofenceVerdict, Verdict, VerdictReason

__all__ = [
    "CircleFence",
    "Fence",
    "Fix",
    "GeofenceCase",
    "GeofenceVerdict",
    "PolygonFence",
    "Verdict",
    "VerdictPolicy",
    "VerdictReason",
    "fence_of",
    "judge_all",
    "parse_polygon",
]

REPORTED_SHARE = 0.68
"""The share of fixes that lie within the accuracy that a phone reports."""

SIGMAS_PER_ACCURACY = 1 / math.sqrt(-2 * math.log(1 - REPORTED_SHARE))

PROBABILITY_DIGITS = 6
DISTANCE_DIGITS = 3


_OF_ACCURACY = frozenset(
    {VerdictReason.ACCURACY_MISSING, VerdictReason.ACCURACY_NOT_POSITIVE, VerdictReason.ACCURACY_TOO_COARSE}
)


@dataclass(frozen=True, slots=True)
class VerdictPolicy:
    """The thresholds of V2 under a version number that is kept with each verdict.

    `any_clock`: a fix is fresh where any clock that is known says so, and a void one is none. Verdicts of the first
    version knew the device's clock alone.
    """

    version: int = 2
    inside_at_least: float = 0.85
    outside_at_most: float = 0.15
    accuracy_floor_m: float = 3.0
    max_accuracy_m: float = 100.0
    max_fix_age_s: float = 120.0
    max_fix_lead_s: float = 120.0
    any_clock: bool = True


@value(frozen=True, slots=True)
class GeofenceCase:
    """One check-in to judge: what the phone reported, the fence it is held against, when it was.

    `captured_at` is by the device's clock, `corrected_at` by the server's (T1), where that is known.
    """

    fix: Fix | None
    fence: Fence | None
    captured_at: datetime
    corrected_at: datetime | None = None


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


def judge_all(cases: Sequence[GeofenceCase], policy: VerdictPolicy) -> list[Verdict]:
    """Judge check-ins by V2, in the order given.

    INSIDE from p_inside 0.85, OUTSIDE up to 0.15, UNCERTAIN between; `p_inside` is rounded to 1e-6 and the distance to
    a millimetre before anything is decided, so that the stored figures give the stored verdict again.

    Never INSIDE, for a stated reason: a fix whose accuracy is missing, zero, negative or over `max_accuracy_m`; whose
    time is missing, or lies more than `max_fix_age_s` before the capture or `max_fix_lead_s` after it (a phone that
    waits for its fix reports one later), by every clock that is known (`freshness`). Where no accuracy can be
    read, `max_accuracy_m` stands in. An accuracy that is not believed is no ground for OUTSIDE either, unless the whole
    fence lies so far from the fix that a phone within it would report such a fix at most 15 times in 100: a cell 2 km
    wide says little about a shop within it.

    Without a fix (or with a void one, or one that is no position on the earth) NO_FIX; else, without a fence,
    NO_OUTLET_LOCATION.
    """
    verdicts: list[Verdict] = []
    circles: list[tuple[int, Fix, CircleFence, _Evidence]] = []
    for place, case in enumerate(cases):
        fix, fence = case.fix, case.fence
        if fix is None or not (-90.0 <= fix.lat <= 90.0 and -180.0 <= fix.lon <= 180.0):
            verdicts.append(_NO_FIX)
        elif policy.any_clock and fix.void:
            verdicts.append(_VOID_FIX)
        elif fence is None:
            verdicts.append(_NO_OUTLET_LOCATION)
        elif isinstance(fence, CircleFence):
            circles.append((place, fix, fence, _evidence(fix, case, policy)))
            verdicts.append(_NO_FIX)
        else:
            verdicts.append(_judge_polygon(fix, fence, _evidence(fix, case, policy), policy))
    if circles:
        p_inside, distances = _measure_circles(circles)
        for (place, _, fence, evidence), p, distance_m in zip(circles, p_inside, distances, strict=True):
            verdicts[place] = _decide(p, distance_m, distance_m - fence.radius_m, evidence, policy)
    return verdicts


_NO_FIX = Verdict(GeofenceVerdict.NO_FIX)
_VOID_FIX = Verdict(GeofenceVerdict.NO_FIX, reasons=(VerdictReason.FIX_VOID,))
_NO_OUTLET_LOCATION = Verdict(GeofenceVerdict.NO_OUTLET_LOCATION)

_Evidence = tuple[float, tuple[VerdictReason, ...]]
"""The 68 % radius to calculate with, in metres, and what keeps the fix from being INSIDE."""


def _evidence(fix: Fix, case: GeofenceCase, policy: VerdictPolicy) -> _Evidence:
    accuracy_m = fix.accuracy_m
    reasons: tuple[VerdictReason, ...] = ()
    if accuracy_m is None or not math.isfinite(accuracy_m):
        accuracy_m, reasons = policy.max_accuracy_m, (VerdictReason.ACCURACY_MISSING,)
    elif accuracy_m <= 0.0:
        accuracy_m, reasons = policy.max_accuracy_m, (VerdictReason.ACCURACY_NOT_POSITIVE,)
    elif accuracy_m > policy.max_accuracy_m:
        reasons = (VerdictReason.ACCURACY_TOO_COARSE,)
    elif accuracy_m < policy.accuracy_floor_m:
        accuracy_m = policy.accuracy_floor_m
    if fix.fix_at is None:
        return accuracy_m, (*reasons, VerdictReason.FIX_TIME_MISSING)
    corrected_at = case.corrected_at if policy.any_clock else None
    age_s = fix_age_s(fix.fix_at, case.captured_at, corrected_at, rollovers=policy.any_clock)
    if age_s > policy.max_fix_age_s:
        reasons = (*reasons, VerdictReason.FIX_STALE)
    elif age_s < -policy.max_fix_lead_s:
        reasons = (*reasons, VerdictReason.FIX_AFTER_CAPTURE)
    return accuracy_m, reasons


def _measure_circles(circles: Sequence[tuple[int, Fix, CircleFence, _Evidence]]) -> tuple[list[float], list[float]]:
    """Probability inside, and metres to the centre, of each: all at once."""
    columns = np.array(
        [(fix.lat, fix.lon, fence.lat, fence.lon, fence.radius_m, accuracy) for _, fix, fence, (accuracy, _) in circles]
    ).T
    fix_lats, fix_lons, lats, lons, radii, accuracies = np.ascontiguousarray(columns)
    distances = distances_m(fix_lats, fix_lons, lats, lons)
    p_inside = circle_masses(distances, radii, accuracies * SIGMAS_PER_ACCURACY)
    return p_inside.round(PROBABILITY_DIGITS).tolist(), distances.round(DISTANCE_DIGITS).tolist()


def _judge_polygon(fix: Fix, fence: PolygonFence, evidence: _Evidence, policy: VerdictPolicy) -> Verdict:
    outline = fence.outline
    east, north = to_local_m(fix.lat, fix.lon, outline.origin_lat, outline.origin_lon)
    edges = (outline.start_x - east, outline.start_y - north, outline.end_x - east, outline.end_y - north)
    p_inside = round(polygon_mass(*edges, evidence[0] * SIGMAS_PER_ACCURACY), PROBABILITY_DIGITS)
    distance_m = round(polygon_distance_m(*edges), DISTANCE_DIGITS)
    return _decide(p_inside, distance_m, distance_m, evidence, policy)


def _decide(p_inside: float, distance_m: float, gap_m: float, evidence: _Evidence, policy: VerdictPolicy) -> Verdict:
    """The verdict on a measured fix; `gap_m` is the distance to the fence's nearest point, negative within it."""
    accuracy_m, reasons = evidence
    believed = _OF_ACCURACY.isdisjoint(reasons)
    code = GeofenceVerdict.UNCERTAIN
    if p_inside >= policy.inside_at_least and not reasons:
        code = GeofenceVerdict.INSIDE
    elif p_inside <= policy.outside_at_most and (believed or _is_far(gap_m, accuracy_m, policy)):
        code = GeofenceVerdict.OUTSIDE
    return Verdict(code, p_inside, distance_m, reasons)


def _is_far(gap_m: float, accuracy_m: float, policy: VerdictPolicy) -> bool:
    """Whether fixes stray this far with at most the probability `outside_at_most`: exp(−x²/2σ²), Rayleigh's tail."""
    return gap_m >= accuracy_m * math.sqrt(math.log(policy.outside_at_most) / math.log(1 - REPORTED_SHARE))
