"""V2 on a real phone: a Pixel 6 on a ten-minute walk, its GPS track taken as the truth (tests/data/README.md)."""

import csv
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.field.check_ins.geofence import CircleFence, Fix, GeofenceCase, GeofenceVerdict, VerdictPolicy, judge_all
from app.masters.outlets.geodesy import distances_m

Floats = NDArray[np.float64]

WALK = Path(__file__).parents[2] / "data" / "pixel6_walk_fixes.csv"
RADII_M = (30.0, 50.0, 80.0, 100.0, 150.0)
DAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """How the fixes of one provider were judged against fences of one radius; shares of all judgements."""

    provider: str
    radius_m: float
    judged: int
    plain_wrong: float
    wrong: float
    uncertain: float


def track(provider: str) -> Floats:
    """Shape (4, n): monotonic seconds, latitude, longitude, accuracy, by time."""
    columns = ("elapsedRealtimeNanos", "LatitudeDegrees", "LongitudeDegrees", "AccuracyMeters")
    with WALK.open(newline="") as lines:
        rows = [[float(row[name]) for name in columns] for row in csv.DictReader(lines) if row["Provider"] == provider]
    fixes = np.array(sorted(rows)).T
    fixes[0] /= 1e9
    return fixes


def replay(provider: str, radius_m: float) -> Row:
    gps, fixes = track("GPS"), track(provider)
    fixes = fixes[:, (fixes[0] >= gps[0, 0]) & (fixes[0] <= gps[0, -1])]
    true_lats, true_lons = np.interp(fixes[0], gps[0], gps[1]), np.interp(fixes[0], gps[0], gps[2])
    plain_wrong = wrong = uncertain = judged = 0
    for lat, lon in gps[1:3, ::5].T.tolist():
        fence = CircleFence(lat, lon, radius_m)
        cases = [
            GeofenceCase(Fix(fix_lat, fix_lon, accuracy_m, DAY), fence, DAY)
            for fix_lat, fix_lon, accuracy_m in fixes[1:].T.tolist()
        ]
        truly_inside = distances_m(true_lats, true_lons, lat, lon) <= radius_m
        for verdict, inside in zip(judge_all(cases, VerdictPolicy()), truly_inside.tolist(), strict=True):
            assert verdict.distance_m is not None
            judged += 1
            plain_wrong += (verdict.distance_m <= radius_m) != inside
            wrong += verdict.code == (GeofenceVerdict.OUTSIDE if inside else GeofenceVerdict.INSIDE)
            uncertain += verdict.code == GeofenceVerdict.UNCERTAIN
    return Row(provider, radius_m, judged, plain_wrong / judged, wrong / judged, uncertain / judged)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [replay(provider, radius_m) for provider in ("NLP", "FLP") for radius_m in RADII_M]


def test_the_table_of_wrong_verdicts_is_printed(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    names = {"NLP": "network", "FLP": "fused"}
    lines = ["", "provider  radius  judged  plain radius wrong  V2 wrong  V2 uncertain"]
    lines += [
        f"{names[row.provider]:<8}  {row.radius_m:>4.0f} m  {row.judged:>6}  {row.plain_wrong:>18.1%}"
        f"  {row.wrong:>8.1%}  {row.uncertain:>12.1%}"
        for row in rows
    ]
    with capsys.disabled():
        sys.stdout.write("\n".join([*lines, ""]))

    assert [row.judged for row in rows] == [1026] * 5 + [1786] * 5


def test_v2_is_wrong_for_few_network_fixes_where_a_plain_radius_is_wrong_for_many(rows: list[Row]) -> None:
    network = [row for row in rows if row.provider == "NLP"]

    assert all(0.07 <= row.plain_wrong <= 0.17 for row in network)
    assert all(row.wrong <= 0.045 for row in network)


def test_v2_is_hardly_ever_wrong_for_a_fused_fix(rows: list[Row]) -> None:
    assert all(row.wrong <= 0.002 for row in rows if row.provider == "FLP")


def test_most_fixes_get_a_clear_verdict(rows: list[Row]) -> None:
    assert all(row.uncertain <= (0.35 if row.provider == "NLP" else 0.05) for row in rows)
