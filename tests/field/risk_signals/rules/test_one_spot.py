from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.risk_signals.rules.one_spot import one_spots
from app.field.risk_signals.signals import FieldEvent
from app.masters.outlets.geodesy import distances_m
from tests.field.risk_signals.events import METRE_NORTH, OUTLETS, event, found, order

NEIGHBOURS = {1: (38.2, 21.7), 2: (38.2 + 101 * METRE_NORTH, 21.7), 3: (38.2 + 99 * METRE_NORTH, 21.7)}


def here(number: int, outlet: int, at_s: float, north_m: float = 0.0, **changes: Any) -> FieldEvent:
    """A check-in for an outlet, some metres north of one and the same place."""
    return event(number, outlet=outlet, at_s=at_s, lat=38.3 + north_m * METRE_NORTH, lon=21.7, **changes)


def test_two_outlets_that_lie_apart_from_one_spot_are_doubted() -> None:
    signals = one_spots([here(1, 1, 0), here(2, 2, 300, 5.0)], OUTLETS)

    assert found(signals) == [("one_spot", 2)]
    assert signals[0].evidence["distance_m"] == pytest.approx(5.0, abs=0.1)
    assert signals[0].evidence["elapsed_s"] == 300.0
    assert signals[0].explanation == (
        "This check-in at PAT-0002 was made 5 m from where the check-in at PAT-0001 was, 5 min earlier,"
        " although the two outlets lie 1.1 km apart."
    )


@pytest.mark.parametrize(("at_s", "doubted"), [(720, True), (36_000, True), (86_400, False)])
def test_a_whole_day_is_looked_at(at_s: float, *, doubted: bool) -> None:
    assert bool(one_spots([here(1, 1, 0), here(2, 2, at_s)], OUTLETS)) is doubted


@pytest.mark.parametrize(("between", "doubted"), [(60, True), (99, True), (100, False)])
def test_all_check_ins_of_a_full_working_day_are_looked_at_and_no_more_than_a_hundred(
    between: int, *, doubted: bool
) -> None:
    elsewhere = [event(number, outlet=3, at_s=number * 300.0) for number in range(2, 2 + between)]

    assert bool(one_spots([here(1, 1, 0), *elsewhere, here(200, 2, 40_000)], OUTLETS)) is doubted


@pytest.mark.parametrize(("north_m", "doubted"), [(19.9, True), (20.1, False)])
def test_two_positions_within_10_m_of_one_spot_are_at_most_20_m_apart(north_m: float, *, doubted: bool) -> None:
    assert bool(one_spots([here(1, 1, 0), here(2, 2, 60, north_m)], OUTLETS)) is doubted


@pytest.mark.parametrize(("outlet", "doubted"), [(2, True), (3, False)])
def test_outlets_next_door_to_each_other_are_no_doubt(outlet: int, *, doubted: bool) -> None:
    assert bool(one_spots([here(1, 1, 0), here(2, outlet, 60)], NEIGHBOURS)) is doubted


def test_one_outlet_and_orders_and_outlets_without_a_location_are_no_doubt() -> None:
    day = [here(1, 1, 0), here(2, 1, 60), order(3, outlet=2, at_s=90, lat=38.3), here(4, 3, 120), event(5, lat=None)]

    assert one_spots(day, {1: OUTLETS[1], 2: OUTLETS[2]}) == []


def test_every_later_check_in_is_doubted_and_names_the_first_one() -> None:
    signals = one_spots([here(1, 1, 0), here(2, 2, 60), here(3, 3, 120)], OUTLETS)

    assert found(signals) == [("one_spot", 2), ("one_spot", 3)]
    assert all(signal.evidence["earlier"]["id"].endswith("0001") for signal in signals)  # type: ignore[call-overload, index, union-attr]


def test_a_long_day_in_one_place_is_judged_row_by_row() -> None:
    day = [here(number, 1 + number % 2, number * 10.0) for number in range(700)]

    assert len(one_spots(day, OUTLETS)) == 699


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 8), st.sampled_from([0.0, 9.0, 15.0, 19.0, 30.0])), max_size=9
    ),
    st.randoms(use_true_random=False).map(lambda random: random.shuffle),
)
def test_what_is_doubted_is_what_any_two_show_whatever_the_order_of_arrival(
    made: list[tuple[int, int, float]], shuffle: Callable[[list[FieldEvent]], None]
) -> None:
    day = [here(number, outlet, at * 150.0, north_m) for number, (outlet, at, north_m) in enumerate(made, start=1)]
    shuffled = [*day, *day[:2]]
    shuffle(shuffled)
    shown = {
        max(one, other, key=lambda event: (event.corrected_at, event.id)).id
        for one, other in combinations(day, 2)
        if one.outlet_id != other.outlet_id and float(distances_m(one.lat, one.lon, other.lat, other.lon)) <= 20  # type: ignore[arg-type]
    }

    signals = one_spots(day, OUTLETS)

    assert one_spots(shuffled, OUTLETS) == signals
    assert {signal.subject_id for signal in signals} == shown
