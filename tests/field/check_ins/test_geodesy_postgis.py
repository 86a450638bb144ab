"""Distances against PostGIS, which knows nothing of ours: ST_Distance on geography, that is Karney's geodesics (V3)."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.geofence import Fix, VerdictPolicy
from app.masters.outlets.fences import parse_polygon
from app.masters.outlets.geodesy import distances_m
from tests.field.check_ins.judging import judge

Floats = NDArray[np.float64]

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

PAIRWISE = text(
    "SELECT ST_Distance(ST_MakePoint(lon1, lat1)::geography, ST_MakePoint(lon2, lat2)::geography)"
    " FROM unnest(CAST(:lat1 AS float8[]), CAST(:lon1 AS float8[]), CAST(:lat2 AS float8[]), CAST(:lon2 AS float8[]))"
    " WITH ORDINALITY AS pair(lat1, lon1, lat2, lon2, place) ORDER BY place"
)
TO_FENCE = text(
    "SELECT ST_Distance(ST_MakePoint(lon, lat)::geography, ST_GeomFromGeoJSON(:fence)::geography)"
    " FROM unnest(CAST(:lat AS float8[]), CAST(:lon AS float8[]))"
    " WITH ORDINALITY AS fix(lat, lon, place) ORDER BY place"
)


def around(lat: float, lon: float, reach_m: float, count: int = 300) -> tuple[Floats, Floats]:
    """Points up to `reach_m` from a centre, near ones as often as far ones."""
    rng = np.random.default_rng(20261123)
    away, azimuth = reach_m * rng.random(count), rng.uniform(0, 2 * np.pi, count)
    lats = np.clip(lat + away / 111_700 * np.cos(azimuth), -90, 90)
    lons = lon + away / 111_700 * np.sin(azimuth) / np.cos(np.radians(lat))
    return lats, (lons + 180) % 360 - 180


PLACES = [(38.2, 21.7), (70.0, 25.0), (-17.0, 179.995), (70.0, -179.995), (0.0, 0.0), (-54.8, -68.3), (89.9, 10.0)]


@pytest.mark.parametrize(("lat", "lon"), PLACES)
async def test_distances_up_to_10_km_agree_with_postgis_to_half_a_metre(
    session: AsyncSession, lat: float, lon: float
) -> None:
    lats, lons = around(lat, lon, 10_000)
    pairs = {"lat1": [lat] * len(lats), "lon1": [lon] * len(lons), "lat2": lats.tolist(), "lon2": lons.tolist()}
    theirs = np.array((await session.scalars(PAIRWISE, pairs)).all())

    assert theirs.max() > 9_500
    assert np.max(np.abs(distances_m(lats, lons, lat, lon) - theirs)) < 0.5


async def test_any_distance_on_earth_agrees_with_postgis_to_two_in_a_thousand(session: AsyncSession) -> None:
    rng = np.random.default_rng(1)
    lat1, lat2 = rng.uniform(-90, 90, (2, 500))
    lon1, lon2 = rng.uniform(-180, 180, (2, 500))
    lat2[:50], lon2[:50] = -lat1[:50], (lon1[:50] + 360) % 360 - 180  # antipodes
    pairs = {"lat1": lat1.tolist(), "lon1": lon1.tolist(), "lat2": lat2.tolist(), "lon2": lon2.tolist()}
    theirs = np.array((await session.scalars(PAIRWISE, pairs)).all())

    assert np.max(np.abs(distances_m(lat1, lon1, lat2, lon2) / theirs - 1)) < 0.002


@pytest.mark.parametrize(("lat", "lon"), PLACES[:-1])
async def test_distances_to_a_polygon_agree_with_postgis_to_half_a_metre(
    session: AsyncSession, lat: float, lon: float
) -> None:
    corners = [(-2, -1), (0, -0.2), (2, -1), (1.5, 2), (0, 0.5), (-1.5, 2), (-2, -1)]
    ring = [[(lon + x / 111.7 / np.cos(np.radians(lat)) + 180) % 360 - 180, lat + y / 111.7] for x, y in corners]
    geojson = {"type": "Polygon", "coordinates": [ring]}
    fence = parse_polygon(geojson)
    lats, lons = around(lat, lon, 10_000, count=150)
    fixes = {"lat": lats.tolist(), "lon": lons.tolist(), "fence": json.dumps(geojson)}
    theirs = np.array((await session.scalars(TO_FENCE, fixes)).all())
    ours = [
        judge(Fix(fix_lat, fix_lon, 10.0, NOON), fence, NOON, VerdictPolicy()).distance_m
        for fix_lat, fix_lon in zip(lats, lons, strict=True)
    ]

    assert np.count_nonzero(theirs == 0) > 5
    assert np.max(np.abs(np.array(ours, dtype=np.float64) - theirs)) < 0.5
