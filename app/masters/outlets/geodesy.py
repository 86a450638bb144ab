"""Distances and local metric coordinates on the WGS 84 ellipsoid; angles in degrees, lengths in metres.

Both go through earth-centred coordinates, so that neither the 180° meridian nor a pole is a special case and no pair of
points, antipodes included, yields NaN.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR_AXIS_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)


def distances_m(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Geodesic distances between pairs of points; the arguments broadcast (V3).

    The straight chord between the two points, in earth-centred coordinates, bent over the sphere through both: with the
    lengths c of their difference and m of their sum, s = √(c² + m²)·atan2(c, m). What that radius is off from the
    ellipsoid's curvature costs with s³, so that against Vincenty's inverse (Survey Review 176, 1975) the result is
    0.02 mm off at 10 km, 2 mm at 50 km, 17 m at 1,000 km, and 0.2 % at most anywhere.
    """
    x1, y1, z1 = _earth_centred(lat1, lon1)
    x2, y2, z2 = _earth_centred(lat2, lon2)
    return _arcs_m((x2 - x1, y2 - y1, z2 - z1), (x2 + x1, y2 + y1, z2 + z1))


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance of `distances_m` between two points: twenty of them take as long as one by arrays."""
    x1, y1, z1 = _earth_centred_point(lat1, lon1)
    x2, y2, z2 = _earth_centred_point(lat2, lon2)
    chord = math.hypot(x2 - x1, y2 - y1, z2 - z1)
    total = math.hypot(x2 + x1, y2 + y1, z2 + z1)
    return math.hypot(chord, total) * math.atan2(chord, total)


def to_local_m(lat: ArrayLike, lon: ArrayLike, lat0: float, lon0: float) -> tuple[Floats, Floats]:
    """East and north of (lat0, lon0), in metres, of each point: azimuthal equidistant.

    Distances from the centre are those of `distances_m`; distances between two points within 10 km of it are true to
    0.05 m (the projection stretches across the radius by r² / 6R²). The centre's antipode lies due east.
    """
    x, y, z = _earth_centred(lat, lon)
    x0, y0, z0 = _earth_centred(lat0, lon0)
    dx, dy, dz = x - x0, y - y0, z - z0
    phi, lam = np.radians(lat0), np.radians(lon0)
    sin_phi, cos_phi, sin_lam, cos_lam = np.sin(phi), np.cos(phi), np.sin(lam), np.cos(lam)
    east = cos_lam * dy - sin_lam * dx
    north = cos_phi * dz - sin_phi * (cos_lam * dx + sin_lam * dy)
    level = np.hypot(east, north)
    arc = _arcs_m((dx, dy, dz), (x + x0, y + y0, z + z0))
    nowhere = level == 0.0
    stretch = arc / np.where(nowhere, 1.0, level)
    return np.where(nowhere, arc, east * stretch), north * stretch


def _arcs_m(differences: tuple[Floats, Floats, Floats], sums: tuple[Floats, Floats, Floats]) -> Floats:
    """Lengths along the ground between points, from the differences and the sums of their earth-centred vectors."""
    chord_squared, sum_squared = (x * x + y * y + z * z for x, y, z in (differences, sums))
    return np.sqrt(chord_squared + sum_squared) * np.arctan2(np.sqrt(chord_squared), np.sqrt(sum_squared))


def _earth_centred(lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Earth-centred, earth-fixed coordinates of points on the ellipsoid, in metres."""
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    lam = np.radians(np.asarray(lon, dtype=np.float64))
    sin_phi = np.sin(phi)
    prime_vertical = SEMI_MAJOR_AXIS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * sin_phi * sin_phi)
    from_axis = prime_vertical * np.cos(phi)
    return from_axis * np.cos(lam), from_axis * np.sin(lam), prime_vertical * (1 - ECCENTRICITY_SQUARED) * sin_phi


def _earth_centred_point(lat: float, lon: float) -> tuple[float, float, float]:
    """The coordinates of `_earth_centred`, of one point."""
    phi, lam = math.radians(lat), math.radians(lon)
    sin_phi = math.sin(phi)
    prime_vertical = SEMI_MAJOR_AXIS_M / math.sqrt(1 - ECCENTRICITY_SQUARED * sin_phi * sin_phi)
    from_axis = prime_vertical * math.cos(phi)
    return from_axis * math.cos(lam), from_axis * math.sin(lam), prime_vertical * (1 - ECCENTRICITY_SQUARED) * sin_phi
