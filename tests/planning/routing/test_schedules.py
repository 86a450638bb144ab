"""When the stops of a route are reached."""

from app.planning.routing.days import Dropped, Lunch
from app.planning.routing.schedules import explained, schedule
from tests.factories.routing import MINUTE, at, between, make_day


def arrivals(day: object, order: list[int]) -> list[int]:
    return [stop.arrives_s for stop in schedule(day, order).stops]  # type: ignore[arg-type]


def test_a_stop_is_reached_after_the_way_and_the_visits_before_it() -> None:
    day = make_day([10, 25])
    assert arrivals(day, [0, 1]) == [at(8, 10), at(8, 35)]
    times = schedule(day, [0, 1])
    assert (times.departs_s, times.returns_s, times.driving_s, times.late_s) == (at(8), at(9, 10), 50 * MINUTE, 0)


def test_without_a_home_the_day_begins_at_the_first_stop_and_ends_at_the_last() -> None:
    times = schedule(make_day([10, 25], home=None), [0, 1])
    assert (times.stops[0].arrives_s, times.returns_s, times.driving_s) == (at(8), at(8, 35), 15 * MINUTE)


def test_a_rep_who_is_too_early_waits_until_the_outlet_opens() -> None:
    times = schedule(make_day([10, 25], windows={1: between(10, 12)}), [0, 1])
    assert [(stop.arrives_s, stop.begins_s) for stop in times.stops] == [(at(8, 10),) * 2, (at(8, 35), at(10))]


def test_nobody_leaves_home_to_wait_at_the_first_door() -> None:
    times = schedule(make_day([10, 25], windows={0: between(9, 12)}), [0, 1])
    assert (times.departs_s, times.stops[0].arrives_s, times.stops[0].begins_s) == (at(8, 50), at(9), at(9))


def test_a_visit_is_over_before_the_outlet_closes() -> None:
    day = make_day([10], minutes=30, windows={0: between(8, 9)}, begins_s=at(8, 25))
    assert schedule(day, [0]).late_s == 5 * MINUTE


def test_a_visit_that_is_longer_than_the_outlet_is_open_begins_when_it_opens_and_is_late() -> None:
    times = schedule(make_day([10], minutes=60, windows={0: (*between(12, 12), *between(13, 13))}), [0])
    assert (times.stops[0].begins_s, times.late_s) == (at(12), 60 * MINUTE)


def test_of_two_windows_the_next_one_counts() -> None:
    day = make_day([10], windows={0: (*between(6, 8), *between(17, 20))}, ends_s=at(21))
    assert schedule(day, [0]).stops[0].begins_s == at(17)


def test_a_day_that_ends_too_late_is_late_by_that_much() -> None:
    assert schedule(make_day([10, 25], ends_s=at(9)), [0, 1]).late_s == 10 * MINUTE


def test_lunch_is_had_within_its_span_where_the_day_is_over_soonest() -> None:
    lunch = Lunch(30 * MINUTE, at(12), at(14))
    day = make_day([200, 230], lunch=lunch)
    times = schedule(day, [0, 1])
    assert times.lunch_s == at(12, 1) - MINUTE
    assert times.stops[1].leaves_s == at(8) + (230 + 20 + 30) * MINUTE


def test_lunch_delays_a_day_by_its_length_alone_where_nobody_waits() -> None:
    day = make_day([150, 180, 200], minutes=60)
    with_lunch = make_day([150, 180, 200], minutes=60, lunch=Lunch(30 * MINUTE, at(10, 30), at(14)), ends_s=at(20))
    assert schedule(with_lunch, [0, 1, 2]).returns_s == schedule(day, [0, 1, 2]).returns_s + 30 * MINUTE


def test_who_is_back_before_lunch_is_over_due_needs_no_break() -> None:
    assert schedule(make_day([10, 20], lunch=Lunch(30 * MINUTE, at(12), at(14))), [0, 1]).lunch_s is None


def test_a_stop_that_the_day_is_too_short_for_is_told_with_the_minutes_that_are_missing() -> None:
    day = make_day([10, 25, 40], ends_s=at(9, 10))
    (told,) = explained(day, [0, 1], [2])
    assert (told.reason, told.takes_s, told.missing_s) == (Dropped.NO_TIME_LEFT, 40 * MINUTE, 40 * MINUTE)


def test_a_stop_that_is_closed_whenever_it_is_reached_is_told_so() -> None:
    day = make_day([10, 300], windows={1: between(8, 9)})
    (told,) = explained(day, [0], [1])
    assert (told.reason, told.missing_s) == (Dropped.VISITING_HOURS, None)
