"""The demo's 89 real shops and four reps: what their generated week is asked to reach."""

import pytest

from benchmarks.demo_week import Compared, compared, driving_s, loads, visits


@pytest.fixture(scope="module")
def found() -> Compared:
    return compared()


def test_at_most_three_quarters_are_driven_of_what_a_week_takes_that_is_only_spread_evenly(found: Compared) -> None:
    assert driving_s(found.generated) <= 0.75 * driving_s(found.spread)
    assert driving_s(found.generated) <= 0.75 * driving_s(found.dealt_and_spread)


def test_every_day_of_every_rep_has_the_mean_load_give_or_take_15_percent(found: Compared) -> None:
    assert len(loads(found.generated)) == 20
    assert all(0.85 <= load <= 1.15 for load in loads(found.generated))


def test_every_shop_is_visited_as_often_as_agreed(found: Compared) -> None:
    assert found.unmet == 0
    assert visits(found.generated) == {id_: int(outlet.visits_per_week or 0) for id_, outlet in found.outlets.items()}
