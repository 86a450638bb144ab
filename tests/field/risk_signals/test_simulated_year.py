"""A simulated year of 500 outlets: what `averaged_order` finds, and whom it wrongs (`docs/dumped-orders.md`)."""

import pytest

from benchmarks.dumping import DUMPED, HABITS, HONEST, Count, Year, simulate


@pytest.fixture(scope="module")
def year() -> Year:
    return simulate(seed=1)


def test_the_year_has_500_outlets_and_many_orders_of_each_kind(year: Year) -> None:
    assert sum(habit.outlets for habit in HABITS.values()) == HONEST
    assert HONEST + DUMPED == 500
    assert all(counted.orders > 1_500 for counted in year.honest.values())
    assert all(counted.orders > 250 for counted in year.dumped.values())
    assert 0.08 < year.all_honest.unshown / year.all_honest.orders < 0.13


@pytest.mark.parametrize(
    ("way", "least"),
    [
        ("the mean, in whole packs", 0.99),
        ("the mean, now and then (3 orders in 10)", 0.99),
        ("a copy of the last order, every time", 0.90),
        ("the mean of three, now and then", 0.30),
        ("the mean of five, now and then", 0.45),
    ],
)
def test_the_mean_is_found(year: Year, way: str, least: float) -> None:
    assert year.dumped[way].recall >= least


@pytest.mark.parametrize(
    ("way", "most"),
    [
        ("the mean, a pack more or less of each", 0.15),
        ("the mean, up to two packs more or less", 0.02),
        ("a copy of the last order, now and then", 0.10),
    ],
)
def test_what_is_not_the_mean_is_missed_as_the_documentation_says(year: Year, way: str, most: float) -> None:
    assert year.dumped[way].recall <= most


@pytest.mark.parametrize("kind", ["ordinary", "seasonal", "growing", "new products every six weeks"])
def test_an_honest_outlet_that_changes_is_hardly_ever_doubted(year: Year, kind: str) -> None:
    assert year.honest[kind].per_1000() <= 5


def test_an_honest_steady_outlet_is_doubted_only_where_nothing_shows_the_rep_inside(year: Year) -> None:
    steady = year.honest["steady, the same every time"]

    assert steady.alike > 0.9 * steady.orders
    assert steady.doubted <= steady.unshown < 0.15 * steady.orders
    assert year.all_honest.per_1000() <= 30


def test_of_no_orders_there_is_no_share() -> None:
    assert (Count().recall, Count().per_1000(), Count().per_1000_unshown()) == (0.0, 0.0, 0.0)
