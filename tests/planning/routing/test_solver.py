"""The best order of a day's stops."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.routing.days import Day, Dropped, Lunch, Stop, Window
from app.planning.routing.schedules import schedule
from app.planning.routing.solver import best_route
from benchmarks.tsptw import BEST_KNOWN, day_of_instance, solved
from tests.factories.routing import HOUR, MINUTE, at, between, make_day

INSTANCES = Path(__file__).parents[2] / "data" / "tsptw_dumas"


@pytest.mark.parametrize("name", sorted(BEST_KNOWN))
def test_an_instance_of_the_benchmark_set_is_solved_to_its_best_known_value(name: str) -> None:
    assert solved(day_of_instance(INSTANCES / f"{name}.txt")) == BEST_KNOWN[name]


def test_the_order_is_the_shortest_way_round() -> None:
    assert best_route(make_day([30, 10, 20], home=None)).schedule.driving_s == 20 * MINUTE


def test_an_outlet_that_opens_late_comes_late() -> None:
    route = best_route(make_day([10, 20, 30], windows={0: between(15, 17)}))
    assert route.order[-1] == 0
    assert route.schedule.late_s == 0


def test_an_open_end_leaves_the_rep_at_the_farthest_stop() -> None:
    day = make_day([10, 20, 30])
    there = Day(day.stops, day.drive_s, day.begins_s, day.ends_s, start=day.start, end=None)
    assert best_route(there).order == (0, 1, 2)


def test_a_day_that_is_too_short_drops_as_few_stops_as_it_can_and_says_what_they_need() -> None:
    route = best_route(make_day([10, 12, 14, 200], ends_s=at(9)))
    assert set(route.order) == {0, 1, 2}
    (dropped,) = route.dropped
    assert (dropped.stop, dropped.reason) == (3, Dropped.NO_TIME_LEFT)
    assert dropped.missing_s == (2 * 200 + 4 * 10 - 60) * MINUTE


def test_of_stops_that_do_not_all_fit_the_more_important_one_is_kept() -> None:
    day = make_day([20, 20], minutes=30, ends_s=at(9, 20), home=0, priorities={1: 1})
    assert best_route(day).order == (1,)


def test_an_outlet_whose_hours_lie_outside_of_the_working_day_is_dropped_for_them() -> None:
    route = best_route(make_day([10, 20], windows={1: between(18, 20)}))
    assert [(dropped.stop, dropped.reason) for dropped in route.dropped] == [(1, Dropped.VISITING_HOURS)]


def test_a_day_without_stops_is_a_route_without_any() -> None:
    assert best_route(make_day([])).order == ()


def test_lunch_is_found_a_place_where_the_shortest_way_has_none() -> None:
    lunch = Lunch(HOUR, at(12), at(12, 30))
    windows = {0: between(12, 13), 1: (Window(at(11, 20), at(11, 45)),)}
    route = best_route(make_day([10, 12, 200], minutes=15, windows=windows, lunch=lunch, ends_s=at(19)))
    assert route.schedule.late_s == 0
    assert len(route.order) + len(route.dropped) == 3


@st.composite
def days(draw: st.DrawFn, most_stops: int = 6) -> Day:
    """Small days of every kind: homes or none, windows, lunch, too much to do."""
    count = draw(st.integers(1, most_stops))
    points = draw(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=count + 1, max_size=count + 1))
    xy = np.array(points)
    drive_s = np.rint(np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1)) * MINUTE).astype(np.int64)
    windows = st.lists(
        st.tuples(st.integers(7, 16), st.integers(1, 6)).map(lambda span: Window(at(span[0]), at(sum(span)))),
        min_size=1,
        max_size=2,
    ).map(lambda found: tuple(sorted(found, key=lambda window: window.opens_s)))
    stops = tuple(
        Stop(place, draw(st.integers(5, 40)) * MINUTE, draw(windows), draw(st.integers(0, 1))) for place in range(count)
    )
    home = count if draw(st.booleans()) else None
    lunch = draw(st.none() | st.just(Lunch(30 * MINUTE, at(12), at(14))))
    return Day(stops, drive_s, at(8), at(draw(st.integers(10, 18))), home, home, lunch)


@given(days())
@settings(max_examples=60)
def test_no_window_is_broken_and_every_stop_is_in_the_route_or_told_of(day: Day) -> None:
    route = best_route(day)
    assert sorted([*route.order, *(dropped.stop for dropped in route.dropped)]) == list(range(len(day.stops)))
    assert route.schedule.late_s == 0
    assert route.schedule.returns_s <= day.ends_s
    for timed in route.schedule.stops:
        stop = day.stops[timed.stop]
        assert any(w.opens_s <= timed.begins_s and timed.leaves_s <= w.closes_s for w in stop.windows)


@given(days(4))
@settings(max_examples=40)
def test_as_many_stops_are_made_as_any_order_could_make(day: Day) -> None:
    possible = max(
        len(order)
        for count in range(len(day.stops) + 1)
        for order in permutations(range(len(day.stops)), count)
        if not order or not schedule(day, order).late_s
    )
    important = any(stop.priority for stop in day.stops)
    assert len(best_route(day).order) == possible or important


@given(days())
@settings(max_examples=15)
def test_the_same_day_has_the_same_route_each_time(day: Day) -> None:
    assert best_route(day) == best_route(day)
