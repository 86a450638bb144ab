from datetime import timedelta

import pytest

from app.field.risk_signals.rules.impossible_speed import impossible_speeds
from tests.field.risk_signals.events import NINE, event, found


@pytest.mark.parametrize(("elapsed_s", "doubted"), [(21.5, True), (22.5, False)])
def test_faster_than_50_metres_a_second_is_impossible(elapsed_s: float, doubted: bool) -> None:
    day = [event(1, outlet=1), event(2, outlet=2, at_s=elapsed_s)]  # 1,110 m less 20 m of accuracy

    assert found(impossible_speeds(day)) == ([("impossible_speed", 2)] if doubted else [])


def test_what_the_accuracies_explain_is_no_speed() -> None:
    assert impossible_speeds([event(1, accuracy_m=600.0), event(2, outlet=2, at_s=1, accuracy_m=600.0)]) == []


def test_a_fix_without_an_accuracy_is_granted_100_metres() -> None:
    assert impossible_speeds([event(1, accuracy_m=None), event(2, at_s=1, north_m=240, accuracy_m=0.0)]) == []
    assert found(impossible_speeds([event(1, accuracy_m=None), event(2, at_s=1, north_m=260, accuracy_m=0.0)])) == [
        ("impossible_speed", 2)
    ]


def test_two_places_in_the_same_instant_are_impossible() -> None:
    assert found(impossible_speeds([event(1, outlet=1), event(2, outlet=2)])) == [("impossible_speed", 2)]


def test_speed_is_between_events_sorted_by_corrected_time() -> None:
    day = [event(1, outlet=1), event(2, outlet=2, at_s=5, corrected_at=NINE + timedelta(hours=1))]

    assert impossible_speeds(day) == []


def test_events_without_a_position_are_passed_over() -> None:
    nowhere = event(2, outlet=2, at_s=5, lat=None, lon=None)

    assert impossible_speeds([event(1), nowhere, event(3, at_s=10)]) == []


def test_speed_is_within_a_day() -> None:
    after_midnight = event(2, outlet=2, at_s=5, business_date=NINE.date() + timedelta(days=1))

    assert impossible_speeds([event(1), after_midnight]) == []
