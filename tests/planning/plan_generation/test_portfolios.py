"""Which rep gets which outlets."""

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.planning.plan_generation.portfolios import NOBODY, dealt, metres_to_the_next
from app.planning.plan_generation.territory_parts import on_a_plane, split
from app.planning.plan_generation.week_facts import phases_of
from tests.factories.plan_generation import make_plan_outlet

Points = NDArray[np.float64]


def scattered(count: int, seed: int = 1) -> Points:
    """Points over some kilometres."""
    rng = Random(seed)
    return np.array([(rng.gauss(0, 3_000), rng.gauss(0, 2_000)) for _ in range(count)])


def spread_within(points: Points, labels: Any) -> float:
    """The mean distance of points from the middle of their part."""
    middles = np.array([points[labels == label].mean(axis=0) for label in labels])
    return float(np.hypot(*(points - middles).T).mean())


@given(st.integers(1, 60), st.integers(1, 8), st.integers(0, 99))
def test_parts_have_about_the_same_weight(count: int, parts: int, seed: int) -> None:
    points = scattered(count, seed)
    weights = np.array([Random(seed + number).uniform(1, 3) for number in range(count)])
    loads = np.bincount(split(points, weights, parts), weights, parts)
    # each of the cuts, one within another, is half an outlet off at the most
    assert max(abs(loads - weights.sum() / parts)) <= 2 * weights.max()


def test_parts_are_compact() -> None:
    points = scattered(200)
    by_chance = np.arange(200) % 4
    assert spread_within(points, split(points, np.ones(200), 4)) < 0.6 * spread_within(points, by_chance)


def test_points_in_one_place_are_split_all_the_same() -> None:
    labels = split(np.zeros((9, 2)), np.ones(9), 3)
    assert sorted(np.bincount(labels)) == [3, 3, 3]


def test_each_part_goes_to_the_rep_that_starts_nearest_to_it() -> None:
    points = np.array([(float(east), 0.0) for east in range(0, 8_000, 1_000)])
    labels = dealt(points, np.ones(8), [NOBODY] * 8, [(7_000.0, 0.0), (0.0, 0.0)])
    assert list(labels) == [1, 1, 1, 1, 0, 0, 0, 0]


def test_who_has_outlets_keeps_them_and_gets_the_new_ones_next_to_them() -> None:
    points = np.array([(0.0, 0.0), (100.0, 0.0), (9_000.0, 0.0), (9_100.0, 0.0), (200.0, 0.0), (9_200.0, 0.0)])
    labels = dealt(points, np.ones(6), [1, 1, 0, 0, NOBODY, NOBODY], [None, None])
    assert list(labels) == [1, 1, 0, 0, 1, 0]


def test_a_rep_without_room_gets_no_more() -> None:
    points = np.array([(float(number), 0.0) for number in range(10)])
    labels = dealt(points, np.ones(10), [0, 0, 0, 0, 0, NOBODY, NOBODY, NOBODY, NOBODY, 1], [None, None])
    assert list(np.bincount(labels)) == [5, 5]


@pytest.mark.parametrize("home", [None, (5_000.0, 5_000.0)])
def test_a_new_rep_gets_a_share_of_what_is_nobodys(home: tuple[float, float] | None) -> None:
    points = scattered(40)
    owners = [0] * 10 + [1] * 10 + [NOBODY] * 20
    labels = dealt(points, np.ones(40), owners, [None, None, home])
    assert list(labels[:20]) == owners[:20]
    assert min(np.bincount(labels)) >= 11


@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 99))
def test_everything_is_dealt_and_alike_each_time(count: int, reps: int, seed: int) -> None:
    rng, points = Random(seed), scattered(count, seed)
    owners = [rng.choice([NOBODY, *range(reps)]) for _ in range(count)]
    labels = dealt(points, np.ones(count), owners, [None] * reps)
    assert set(labels) <= set(range(reps))
    assert list(labels) == list(dealt(points, np.ones(count), owners, [None] * reps))
    assert all(owner in (NOBODY, label) for owner, label in zip(owners, labels, strict=True)) or set(owners) == {NOBODY}


def test_a_territory_across_the_180th_meridian_is_of_one_piece() -> None:
    plane = on_a_plane([-17.0, -17.0, -17.0], [179.99, -179.99, 179.98])
    assert max(metres_to_the_next(plane)) < 4_000


def test_outlets_of_every_second_week_are_halved_by_where_they_lie() -> None:
    west = [make_plan_outlet(number, "0.5", lon=21.70) for number in range(4)]
    east = [make_plan_outlet(number, "0.5", lon=21.80) for number in range(4, 8)]
    phases = phases_of([*west, *east, make_plan_outlet(9, "2")])
    assert len({phases[outlet.id] for outlet in west}) == 1
    assert len({phases[outlet.id] for outlet in east}) == 1
    assert len(set(phases.values())) == 2
    assert 9 not in phases
