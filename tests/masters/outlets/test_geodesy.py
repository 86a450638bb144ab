import numpy as np
import pytest
from numpy.typing import NDArray

from app.masters.outlets.geodesy import FLATTENING, SEMI_MAJOR_AXIS_M, distance_m, distances_m, to_local_m

Floats = NDArray[np.float64]


def vincenty_m(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Vincenty's inverse solution (Survey Review 176, 1975), 30 iterations: the truth for all but near-antipodes."""
    minor = SEMI_MAJOR_AXIS_M * (1 - FLATTENING)
    apart = np.radians((lon2 - lon1 + 180) % 360 - 180)
    u1 = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat1)))
    u2 = np.arctan((1 - FLATTENING) * np.tan(np.radians(lat2)))
    s1, c1, s2, c2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)

    def on_sphere(lam: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        sin_sigma = np.hypot(c2 * np.sin(lam), c1 * s2 - s1 * c2 * np.cos(lam))
        cos_sigma = s1 * s2 + c1 * c2 * np.cos(lam)
        sin_alpha = c1 * c2 * np.sin(lam) / sin_sigma
        cos2_alpha = 1 - sin_alpha**2
        cos_2m = cos_sigma - 2 * s1 * s2 / cos2_alpha
        return np.arctan2(sin_sigma, cos_sigma), sin_sigma, cos_sigma, sin_alpha, cos2_alpha, cos_2m

    lam = apart
    for _ in range(30):
        sigma, sin_sigma, cos_sigma, sin_alpha, cos2_alpha, cos_2m = on_sphere(lam)
        c = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
        turn = sigma + c * sin_sigma * (cos_2m + c * cos_sigma * (2 * cos_2m**2 - 1))
        lam = apart + (1 - c) * FLATTENING * sin_alpha * turn
    sigma, sin_sigma, cos_sigma, _, cos2_alpha, cos_2m = on_sphere(lam)
    u_sq = cos2_alpha * (SEMI_MAJOR_AXIS_M**2 - minor**2) / minor**2
    a = 1 + u_sq / 16384 * (4096 + u_sq * (-768 + u_sq * (320 - 175 * u_sq)))
    b = u_sq / 1024 * (256 + u_sq * (-128 + u_sq * (74 - 47 * u_sq)))
    third = b / 6 * cos_2m * (4 * sin_sigma**2 - 3) * (4 * cos_2m**2 - 3)
    delta = b * sin_sigma * (cos_2m + b / 4 * (cos_sigma * (2 * cos_2m**2 - 1) - third))
    return minor * a * (sigma - delta)


def pairs_apart(length_m: float, lat_from: float, lat_to: float, *, count: int = 4000) -> tuple[Floats, ...]:
    """Pairs of points about `length_m` apart in every direction, half of them across the 180° meridian."""
    rng = np.random.default_rng(20261123)
    lat = rng.uniform(lat_from, lat_to, count)
    lon = np.where(rng.random(count) < 0.5, rng.uniform(-179, 179, count), 179.9999)
    azimuth = rng.uniform(0, 2 * np.pi, count)
    lat2 = lat + length_m / 111_320 * np.cos(azimuth)
    lon2 = lon + length_m / 111_320 * np.sin(azimuth) / np.cos(np.radians(lat))
    return lat, lon, lat2, np.where(lon2 > 180, lon2 - 360, lon2)


@pytest.mark.parametrize(("lat_from", "lat_to"), [(-60.0, 60.0), (69.9, 70.1), (84.0, 85.0)])
@pytest.mark.parametrize("length_m", [1.0, 50.0, 1_000.0, 10_000.0])
def test_distances_up_to_10_km_are_true_to_a_millimetre(lat_from: float, lat_to: float, length_m: float) -> None:
    pairs = pairs_apart(length_m, lat_from, lat_to)

    assert np.max(np.abs(distances_m(*pairs) - vincenty_m(*pairs))) < 0.001


def test_far_distances_are_true_to_two_in_a_thousand() -> None:
    rng = np.random.default_rng(1)
    pairs = rng.uniform(-85, 85, 2000), rng.uniform(-90, 0, 2000), rng.uniform(-85, 85, 2000), rng.uniform(1, 80, 2000)
    truth = vincenty_m(*pairs)

    assert np.max(np.abs(distances_m(*pairs) / truth - 1)) < 0.002


@pytest.mark.parametrize(
    ("pair", "least_m", "most_m"),
    [
        ((0.0, 0.0, 0.0, 180.0), 19_950_000, 20_040_000),
        ((90.0, 0.0, -90.0, 0.0), 19_950_000, 20_040_000),
        ((38.2, 21.7, -38.2, -158.3), 19_950_000, 20_040_000),
        ((90.0, 10.0, 90.0, -170.0), 0, 1e-6),
        ((38.2, 180.0, 38.2, -180.0), 0, 1e-6),
        ((38.2, 21.7, 38.2, 21.7), 0, 0),
    ],
)
def test_antipodes_poles_and_equal_points_have_a_distance(
    pair: tuple[float, float, float, float], least_m: float, most_m: float
) -> None:
    assert least_m <= float(distances_m(*pair)) <= most_m
    assert least_m <= distance_m(*pair) <= most_m


def test_distances_broadcast_one_point_against_many() -> None:
    assert distances_m([38.0, 38.1, 38.2], [21.7, 21.7, 21.7], 38.0, 21.7).shape == (3,)


def test_a_distance_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    pairs = pairs_apart(300.0, -60.0, 60.0, count=37)
    together = distances_m(*pairs)

    assert [float(distances_m(*pair)) for pair in zip(*pairs, strict=True)] == pytest.approx(
        together.tolist(), rel=1e-12
    )


@pytest.mark.parametrize("length_m", [1.0, 300.0, 10_000.0, 5_000_000.0])
def test_a_distance_between_two_points_is_that_of_arrays(length_m: float) -> None:
    pairs = pairs_apart(length_m, -60.0, 60.0, count=200)

    assert [distance_m(*pair) for pair in zip(*pairs, strict=True)] == pytest.approx(
        distances_m(*pairs).tolist(), rel=1e-9
    )


@pytest.mark.parametrize(("lat0", "lon0"), [(38.2, 21.7), (70.0, 25.0), (-17.0, 179.99), (89.99, 0.0), (0.0, -180.0)])
def test_local_metres_keep_distances_within_10_km(lat0: float, lon0: float) -> None:
    rng = np.random.default_rng(2)
    reach_lat = 0.06
    reach_lon = min(reach_lat / np.cos(np.radians(lat0)), 180.0)
    lats = np.clip(lat0 + rng.uniform(-reach_lat, reach_lat, 400), -90, 90)
    lons = (lon0 + rng.uniform(-reach_lon, reach_lon, 400) + 180) % 360 - 180
    east, north = to_local_m(lats, lons, lat0, lon0)

    assert np.hypot(east, north) == pytest.approx(distances_m(lats, lons, lat0, lon0), abs=1e-4)
    apart = np.hypot(east[1:] - east[:-1], north[1:] - north[:-1])
    assert apart == pytest.approx(distances_m(lats[1:], lons[1:], lats[:-1], lons[:-1]), abs=0.05)


def test_local_metres_point_east_and_north() -> None:
    east, north = to_local_m([38.001, 38.0, 38.0], [21.0, 21.001, 21.0], 38.0, 21.0)

    assert east == pytest.approx([0.0, 87.8, 0.0], abs=0.1)
    assert north == pytest.approx([111.0, 0.0, 0.0], abs=0.1)


def test_the_antipode_has_local_metres_too() -> None:
    east, north = to_local_m(-38.0, -159.0, 38.0, 21.0)

    assert np.hypot(east, north) == pytest.approx(2.0e7, rel=0.005)
