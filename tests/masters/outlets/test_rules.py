import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masters.outlets.geodesy import distances_m
from app.masters.outlets.rules import geometric_median

LAT, LON = 38.2466, 21.7346
NEARBY = st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))


def test_the_median_of_one_point_or_of_one_point_many_times_is_that_point() -> None:
    for points in ([(LAT, LON)], [(LAT, LON)] * 7):
        median = geometric_median(points)
        assert (median.lat, median.lon, median.spread_m) == pytest.approx((LAT, LON, 0.0))


def test_the_median_of_a_cross_is_its_crossing() -> None:
    points = [(LAT + 0.001, LON), (LAT - 0.001, LON), (LAT, LON + 0.002), (LAT, LON - 0.0005)]
    median = geometric_median(points)
    assert float(distances_m(median.lat, median.lon, LAT, LON)) < 0.05


def test_points_far_off_do_not_carry_the_median_away_as_they_do_the_mean() -> None:
    shop = [(LAT + 1e-5 * math.cos(angle), LON + 1e-5 * math.sin(angle)) for angle in range(7)]
    home = [(LAT + 0.05, LON + 0.05)] * 3
    median = geometric_median(shop + home)
    assert float(distances_m(median.lat, median.lon, LAT, LON)) < 2.0


def test_a_point_that_outweighs_the_others_is_the_median_itself() -> None:
    points = [(LAT, LON)] * 4 + [(LAT + 0.001, LON), (LAT, LON + 0.001), (LAT - 0.002, LON)]
    median = geometric_median(points)
    assert (median.lat, median.lon) == pytest.approx((LAT, LON), abs=1e-8)
    assert median.spread_m == pytest.approx(0.0, abs=0.001)


def test_the_median_of_points_on_both_sides_of_the_180th_meridian_lies_between_them() -> None:
    median = geometric_median([(10.0, 179.9999), (10.0, -179.9999), (10.0001, 180.0)])
    assert abs(median.lon) > 179.9998


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="no points"):
        geometric_median([])


@given(st.lists(NEARBY, min_size=1, max_size=12), NEARBY)
def test_no_other_point_has_a_smaller_sum_of_distances(
    offsets: list[tuple[float, float]], other: tuple[float, float]
) -> None:
    lats, lons = np.array([(LAT + north, LON + east) for north, east in offsets]).T
    median = geometric_median(list(zip(lats.tolist(), lons.tolist(), strict=True)))
    best = float(distances_m(lats, lons, median.lat, median.lon).sum())
    assert best <= float(distances_m(lats, lons, LAT + other[0], LON + other[1]).sum()) + 0.01
    assert best <= float(distances_m(lats, lons, float(lats.mean()), float(lons.mean())).sum()) + 0.01
