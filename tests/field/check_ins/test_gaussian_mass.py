import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr

from app.field.check_ins.gaussian_mass import circle_masses, polygon_distance_m, polygon_mass

Floats = NDArray[np.float64]
Edges = tuple[Floats, Floats, Floats, Floats]
Points = Sequence[tuple[float, float]]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)
SAMPLES = np.random.default_rng(20261123).standard_normal((2, 1_000_000))


def edges(points: Points, mean: tuple[float, float] = (0.0, 0.0)) -> Edges:
    x, y = (np.array(points, dtype=np.float64) - mean).T
    return x, y, np.roll(x, -1), np.roll(y, -1)


def joined(outer: Edges, hole: Edges) -> Edges:
    x1, y1, x2, y2 = (np.concatenate(parts) for parts in zip(outer, hole, strict=True))
    return x1, y1, x2, y2


def mass_of(points: Points, mean: tuple[float, float], sigma_m: float) -> float:
    return polygon_mass(*edges(points, mean), sigma_m)


def circle_mass(distance_m: float, radius_m: float, sigma_m: float) -> float:
    return float(circle_masses(np.array([distance_m]), np.array([radius_m]), np.array([sigma_m]))[0])


def sampled_polygon_mass(points: Points, mean: tuple[float, float], sigma_m: float) -> float:
    """The share of 10⁶ samples within: a ray to the east crosses an odd number of edges."""
    x, y = mean[0] + sigma_m * SAMPLES[0], mean[1] + sigma_m * SAMPLES[1]
    within = np.zeros(x.shape, dtype=bool)
    for x1, y1, x2, y2 in zip(*edges(points), strict=True):
        crosses = (y1 > y) != (y2 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            within ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return float(within.mean())


def radial_circle_mass(distance_m: float, radius_m: float, sigma_m: float) -> float:
    """The same mass by another way: slices of the circle across the line to the mean."""
    shift = distance_m / sigma_m
    lo, hi = max(-radius_m / sigma_m, shift - 12), min(radius_m / sigma_m, shift + 12)
    if hi <= lo:
        return 0.0
    x = (hi - lo) / 2 * NODES + (hi + lo) / 2
    half = np.sqrt(np.maximum((radius_m / sigma_m) ** 2 - x * x, 0))
    density = np.exp(-0.5 * (x - shift) ** 2) / math.sqrt(2 * math.pi)
    return float((hi - lo) / 2 * np.sum(WEIGHTS * density * (2 * ndtr(half) - 1)))


@pytest.mark.parametrize("sigma_m", [2.0, 5.6, 20.0, 66.0])
@pytest.mark.parametrize("radius_m", [10.0, 50.0, 150.0])
def test_the_circle_agrees_with_a_million_samples_to_two_in_a_thousand(radius_m: float, sigma_m: float) -> None:
    for distance_m in (0.0, 7.5, 40.0, radius_m - sigma_m, radius_m, radius_m + 2 * sigma_m):
        squares = (sigma_m * SAMPLES[0] + distance_m) ** 2 + (sigma_m * SAMPLES[1]) ** 2
        sampled = float(np.mean(squares <= radius_m**2))

        assert circle_mass(abs(distance_m), radius_m, sigma_m) == pytest.approx(sampled, abs=0.002)


@pytest.mark.parametrize("sigma_m", [1.98, 3.0, 66.0, 660.0, 1e5])
@pytest.mark.parametrize("radius_m", [1.0, 30.0, 59.0, 61.0, 500.0, 5_000.0])
def test_the_circle_is_exact_at_every_scale(radius_m: float, sigma_m: float) -> None:
    for sigmas in (-10.0, -8.5, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 8.5, 10.0):
        distance_m = max(radius_m + sigmas * sigma_m, 0.0)
        expected = radial_circle_mass(distance_m, radius_m, sigma_m)

        assert circle_mass(distance_m, radius_m, sigma_m) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize(
    ("distance_m", "radius_m", "sigma_m", "expected"),
    [
        (2e7, 50.0, 2.0, 0.0),
        (2e7, 50.0, 1e300, 0.0),
        (0.0, 1e-9, 2.0, 0.0),
        (0.0, 1e300, 2.0, 1.0),
        (0.0, 50.0, 1e300, 0.0),
        (1e6, 1e6, 2.0, 0.5),
    ],
)
def test_the_circle_has_a_mass_at_any_extreme(
    distance_m: float, radius_m: float, sigma_m: float, expected: float
) -> None:
    assert circle_mass(distance_m, radius_m, sigma_m) == pytest.approx(expected, abs=1e-6)


SHAPES: dict[str, Points] = {
    "square": [(-30, -30), (30, -30), (30, 30), (-30, 30)],
    "sliver": [(-100, 0), (100, 0), (100, 0.4), (-100, 0.5)],
    "needle": [(0, 0), (500, 1), (500, 2)],
    "concave": [(-50, -50), (50, -50), (50, 50), (40, 50), (40, -40), (-40, -40), (-40, 50), (-50, 50)],
    "star": [
        ((60 if i % 2 else 15) * math.cos(i * math.pi / 5), (60 if i % 2 else 15) * math.sin(i * math.pi / 5))
        for i in range(10)
    ],
    "tiny": [(5, 5), (7, 5), (7, 7), (5, 7)],
    "huge": [(-5000, -10), (5000, -5000), (5000, 5000), (-5000, 5000)],
}


@pytest.mark.parametrize("sigma_m", [2.0, 9.0, 66.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_polygon_agrees_with_a_million_samples_to_two_in_a_thousand(shape: str, sigma_m: float) -> None:
    for mean in ((0.0, 0.0), (31.0, -29.0)):
        sampled = sampled_polygon_mass(SHAPES[shape], mean, sigma_m)

        assert mass_of(SHAPES[shape], mean, sigma_m) == pytest.approx(sampled, abs=0.002)


offsets = st.floats(-300, 300)
scales = st.floats(1.9, 2000)


@given(offsets, offsets, scales, st.floats(0.1, 400), st.floats(0.1, 400))
def test_a_rectangle_is_a_product_of_two_normals(x: float, y: float, sigma: float, width: float, height: float) -> None:
    rectangle = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    expected = (ndtr((width - x) / sigma) - ndtr(-x / sigma)) * (ndtr((height - y) / sigma) - ndtr(-y / sigma))

    assert mass_of(rectangle, (x, y), sigma) == pytest.approx(float(expected), abs=1e-11)


@given(offsets, offsets, scales, st.floats(-1, 1), st.integers(0, 1), st.integers(-9, 9))
def test_a_mean_on_or_by_an_edge_has_the_mass_that_its_neighbours_have(
    x: float, y: float, sigma: float, along: float, side: int, nudge: int
) -> None:
    square = [(-50.0, -50.0), (50.0, -50.0), (50.0, 50.0), (-50.0, 50.0)]
    place = [50.0 * along, 50.0 * along]
    place[side] = 50.0
    near = (place[0] + nudge * 1e-14, place[1] + nudge * 1e-13)

    assert mass_of(square, near, sigma) == pytest.approx(mass_of(square, (place[0] - 1e-9, place[1]), sigma), abs=1e-8)


@given(offsets, offsets, scales, st.floats(0.01, 0.99))
def test_a_polygon_cut_in_two_has_the_mass_of_its_parts(x: float, y: float, sigma: float, cut: float) -> None:
    middle = (60 * cut - 10, 90.0 * cut)
    whole = [(-10.0, 0.0), (200.0, -30.0), (50.0, 90.0)]
    parts = [[whole[0], whole[1], middle], [middle, whole[1], whole[2]]]

    assert sum(mass_of(part, (x, y), sigma) for part in parts) == pytest.approx(
        mass_of(whole, (x, y), sigma), abs=1e-11
    )


@pytest.mark.parametrize(("distance_m", "sigma_m"), [(0, 5), (40, 5), (50, 20), (49, 2), (80, 66), (1000, 400)])
def test_a_polygon_of_many_edges_has_the_mass_of_its_circle(distance_m: float, sigma_m: float) -> None:
    turns = np.linspace(0, 2 * math.pi, 4_000, endpoint=False)
    points = [(50 * math.cos(turn), 50 * math.sin(turn)) for turn in turns]

    assert mass_of(points, (distance_m, 0.0), sigma_m) == pytest.approx(circle_mass(distance_m, 50, sigma_m), abs=4e-6)


def test_a_hole_takes_its_mass_away() -> None:
    outer, hole = edges(SHAPES["square"]), edges([(-5, -5), (-5, 5), (5, 5), (5, -5)])
    both = joined(outer, hole)

    assert polygon_mass(*both, 4.0) == pytest.approx(polygon_mass(*outer, 4.0) - (2 * ndtr(1.25) - 1) ** 2, abs=1e-12)


def test_a_polygon_far_away_or_with_repeated_points_is_no_trouble() -> None:
    repeated = [point for point in SHAPES["square"] for _ in range(2)]

    assert mass_of(repeated, (3.0, 4.0), 10.0) == pytest.approx(mass_of(SHAPES["square"], (3.0, 4.0), 10.0), abs=1e-14)
    assert mass_of(SHAPES["square"], (2e7, 0.0), 2.0) == pytest.approx(0.0, abs=1e-12)
    assert mass_of(SHAPES["square"], (0.0, 0.0), 1e300) == 0.0
    assert mass_of(SHAPES["square"], (30.0, 30.0), 2.0) == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize("nudge", [0.0, 1e-320, 1e-200, 1e-150, 1e-100, 1e-20, 1e-9])
def test_a_mean_within_a_hair_of_a_corner_has_the_corners_mass(nudge: float) -> None:
    triangle = [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]

    for mean in ((nudge, nudge), (nudge, 2 * nudge), (-nudge, nudge), (nudge, 0.0), (-nudge, 0.0), (-nudge, -nudge)):
        assert mass_of(triangle, mean, 2.0) == pytest.approx(0.25, abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "expected"),
    [((0, 0), 0.0), ((30, 0), 0.0), ((30, 30), 0.0), ((40, 0), 10.0), ((33, 34), 5.0), ((-1030, 12), 1000.0)],
)
def test_the_distance_to_a_polygon_is_zero_within_and_to_its_edge_without(
    mean: tuple[float, float], expected: float
) -> None:
    assert polygon_distance_m(*edges(SHAPES["square"], mean)) == pytest.approx(expected, abs=1e-9)


def test_the_distance_from_within_a_hole_is_to_the_holes_edge() -> None:
    outer, hole = edges(SHAPES["square"], (1, 2)), edges([(-5, -5), (-5, 5), (5, 5), (5, -5)], (1, 2))
    both = joined(outer, hole)

    assert polygon_distance_m(*both) == pytest.approx(3.0)


def test_the_distance_into_a_concave_bay_is_to_the_nearest_wall() -> None:
    assert polygon_distance_m(*edges(SHAPES["concave"], (35, 20))) == pytest.approx(5.0)
