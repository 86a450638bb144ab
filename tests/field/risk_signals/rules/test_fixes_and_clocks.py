import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.risk_signals.rules.fixes_and_clocks import detect, repeated_fixes, sequence_gap
from app.field.risk_signals.rules.remote_orders import remote_orders
from app.field.risk_signals.signals import FieldEvent, RiskRule, Signal
from tests.field.risk_signals.events import NINE, OUTLETS, event, found, order


def all_doubts(events: list[FieldEvent]) -> list[Signal]:
    return detect(events) + repeated_fixes(events) + remote_orders(events, OUTLETS)


def test_an_honest_day_raises_no_doubt() -> None:
    day = [
        event(1, outlet=1),
        order(2, outlet=1, at_s=600),
        event(3, outlet=2, at_s=1_500),
        order(4, outlet=2, at_s=1_800, lat=None, lon=None, fix_at=None),
        event(5, outlet=2, at_s=1_900),
    ]

    assert all_doubts(day) == []


def test_a_simulated_position_is_doubted() -> None:
    assert found(detect([event(1), event(2, at_s=60, mock=True)])) == [("mock_location", 2)]


def test_a_changed_clock_is_doubted() -> None:
    assert found(detect([event(1, clock_changed=True, trusted=False)])) == [("clock_changed", 1)]


def test_a_clock_without_evidence_is_not_doubted() -> None:
    assert detect([event(1, trusted=False)]) == []


@pytest.mark.parametrize(("age_s", "doubted"), [(120, False), (120.5, True), (-300, False)])
def test_a_fix_older_than_120_seconds_at_capture_is_stale(age_s: float, doubted: bool) -> None:
    signals = detect([event(1, fix_at=NINE - timedelta(seconds=age_s))])

    assert found(signals) == ([("stale_fix", 1)] if doubted else [])


def test_the_age_of_a_fix_is_by_the_devices_own_clock() -> None:
    assert detect([event(1, corrected_at=NINE + timedelta(hours=2))]) == []


def test_one_position_to_the_last_digit_at_two_outlets_is_doubted() -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654}
    signals = repeated_fixes(
        [event(1, outlet=1, **spot), event(2, outlet=2, at_s=900, **spot), order(3, outlet=2, at_s=950, **spot)]
    )

    assert found(signals) == [("repeated_fix", 2), ("repeated_fix", 3)]
    assert isinstance(signals[0].evidence["first"], dict)
    assert signals[0].evidence["first"]["id"] == str(UUID(int=1))


def test_one_position_to_the_last_digit_on_two_days_is_doubted() -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654}

    assert found(repeated_fixes([event(1, **spot), event(2, at_s=86_400, **spot)])) == [("repeated_fix", 2)]


@pytest.mark.parametrize(("days", "doubted"), [(30, True), (31, False)])
def test_a_position_is_looked_for_30_days_back(days: int, doubted: bool) -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654}
    signals = repeated_fixes([event(1, **spot), event(2, at_s=days * 86_400, **spot)])

    assert found(signals) == ([("repeated_fix", 2)] if doubted else [])


def test_a_check_in_and_an_order_may_share_their_fix_at_one_outlet() -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654}

    assert repeated_fixes([event(1, **spot), order(2, at_s=60, **spot), event(3, at_s=300, **spot)]) == []


def test_positions_that_differ_in_the_last_digit_are_not_repeated() -> None:
    assert (
        repeated_fixes(
            [
                event(1, outlet=1, lat=38.2080319, lon=21.712654),
                event(2, outlet=2, at_s=900, lat=38.2080319, lon=21.7126541),
            ]
        )
        == []
    )


@pytest.mark.parametrize(("elapsed_s", "doubted"), [(21.5, True), (22.5, False)])
def test_faster_than_50_metres_a_second_is_impossible(elapsed_s: float, doubted: bool) -> None:
    day = [event(1, outlet=1), event(2, outlet=2, at_s=elapsed_s)]  # 1,110 m less 20 m of accuracy

    assert found(detect(day)) == ([("impossible_speed", 2)] if doubted else [])


def test_what_the_accuracies_explain_is_no_speed() -> None:
    assert detect([event(1, accuracy_m=600.0), event(2, outlet=2, at_s=1, accuracy_m=600.0)]) == []


def test_a_fix_without_an_accuracy_is_granted_100_metres() -> None:
    assert detect([event(1, accuracy_m=None), event(2, at_s=1, north_m=240, accuracy_m=0.0)]) == []
    assert found(detect([event(1, accuracy_m=None), event(2, at_s=1, north_m=260, accuracy_m=0.0)])) == [
        ("impossible_speed", 2)
    ]


def test_two_places_in_the_same_instant_are_impossible() -> None:
    assert found(detect([event(1, outlet=1), event(2, outlet=2)])) == [("impossible_speed", 2)]


def test_speed_is_between_events_sorted_by_corrected_time() -> None:
    day = [event(1, outlet=1), event(2, outlet=2, at_s=5, corrected_at=NINE + timedelta(hours=1))]

    assert detect(day) == []


def test_events_without_a_position_are_passed_over() -> None:
    nowhere = event(2, outlet=2, at_s=5, lat=None, lon=None)

    assert detect([event(1), nowhere, event(3, at_s=10)]) == []


def test_an_order_far_from_its_outlet_by_its_own_fix_is_remote() -> None:
    signals = remote_orders([event(1), order(2, at_s=600, north_m=1_500)], OUTLETS)

    assert found(signals) == [("remote_order", 2)]
    assert signals[0].evidence["measured_by"] == "own_fix"
    assert signals[0].evidence["distance_m"] == pytest.approx(1_500, abs=5)
    assert "captured 1.5 km from the outlet" in signals[0].explanation


@pytest.mark.parametrize(("north_m", "doubted"), [(1_005, False), (1_015, True)])
def test_remote_begins_at_1_km_less_the_accuracy(north_m: float, doubted: bool) -> None:
    day = [event(1), order(2, at_s=600, north_m=north_m)]

    assert found(remote_orders(day, OUTLETS)) == ([("remote_order", 2)] if doubted else [])


@pytest.mark.parametrize(
    ("check_ins", "doubted"),
    [
        ([event(1, outlet=1), event(2, outlet=3, at_s=1_001)], False),
        ([event(2, outlet=3, at_s=999), event(1, outlet=1, at_s=5_000)], False),
        ([event(1, outlet=1), event(2, outlet=3, at_s=999)], True),
        ([event(1, outlet=1), event(2, outlet=3, at_s=999), event(3, outlet=3, at_s=1_001)], True),
        ([event(2, outlet=3, at_s=1_001), event(1, outlet=1, at_s=5_000)], True),
    ],
    ids=["left right after it", "came after it", "had gone", "had gone and stayed away", "came from elsewhere"],
)
def test_an_order_without_a_fix_is_remote_where_the_rep_was_far_off_before_and_after_it(
    check_ins: list[FieldEvent], *, doubted: bool
) -> None:
    unplaced = order(9, at_s=1_000, outlet=1, lat=None, lon=None)
    signals = remote_orders([*check_ins, unplaced], OUTLETS)

    assert found(signals) == ([("remote_order", 9)] if doubted else [])
    assert all(signal.evidence["measured_by"] == "nearest_check_in" for signal in signals)


def test_an_order_without_a_check_in_at_its_outlet_that_day_is_remote() -> None:
    elsewhere_or_yesterday = [event(1, outlet=2, at_s=500), event(2, outlet=1, at_s=-86_400)]
    signals = remote_orders([*elsewhere_or_yesterday, order(3, outlet=1, at_s=600)], OUTLETS)

    assert found(signals) == [("remote_order", 3)]
    assert signals[0].explanation == "This order at PAT-0001 has no check-in at the outlet on that day."


def test_an_order_for_an_outlet_without_a_location_needs_only_its_check_in() -> None:
    day = [event(1), order(2, at_s=60, north_m=50_000)]

    assert remote_orders(day, {}) == []
    assert found(remote_orders(day[1:], {})) == [("remote_order", 2)]


def test_a_gap_in_the_sequence_is_doubted_with_what_is_missing() -> None:
    device = UUID(int=77)
    signal = sequence_gap(device, ((4, 6), (9, 10)), 12, NINE.date())

    assert signal is not None
    assert (signal.rule, signal.subject_type, signal.subject_id) == (RiskRule.SEQUENCE_GAP, "device", device)
    assert signal.evidence == {"missing": [[4, 5], [9, 9]], "missing_count": 3, "sequence_to": 12}
    assert "3 of them never arrived (numbers 4–5, 9)" in signal.explanation


def test_a_sequence_without_a_gap_is_not_doubted() -> None:
    assert sequence_gap(UUID(int=77), (), 12, NINE.date()) is None


@st.composite
def days(draw: st.DrawFn) -> list[FieldEvent]:
    """A day of up to twelve events full of ties: few instants, few places, few outlets."""
    return [
        event(
            number,
            outlet=draw(st.integers(1, 3)),
            kind=draw(st.sampled_from(["check_in", "order"])),
            business_date=draw(st.sampled_from([NINE.date(), date(2026, 11, 24)])),
            corrected_at=NINE + timedelta(seconds=draw(st.sampled_from([0, 1, 30, 600]))),
            captured_at=NINE + timedelta(seconds=draw(st.sampled_from([0, 300]))),
            lat=draw(st.sampled_from([None, 38.21, 38.22, 38.23])),
            lon=21.7,
            fix_at=draw(st.sampled_from([None, NINE])),
            accuracy_m=draw(st.sampled_from([None, 10.0, 3_000.0])),
            mock=draw(st.booleans()),
            clock_changed=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


Shuffle = Callable[[list[FieldEvent]], None]


@given(days(), st.randoms(use_true_random=False).map(lambda random: random.shuffle))
def test_the_order_in_which_events_arrive_makes_no_difference(day: list[FieldEvent], shuffle: Shuffle) -> None:
    shuffled = list(day)
    shuffle(shuffled)
    shuffled += shuffled[:2]  # one that arrived twice is still one

    assert all_doubts(shuffled) == all_doubts(day)


@given(days())
def test_every_doubt_names_one_subject_once_with_evidence_for_json(day: list[FieldEvent]) -> None:
    signals = all_doubts(day)
    keys = [(signal.rule, signal.subject_type, signal.subject_id) for signal in signals]

    assert len(keys) == len(set(keys))
    assert all(json.loads(json.dumps(signal.evidence, allow_nan=False)) == signal.evidence for signal in signals)
    assert all(signal.explanation.endswith(".") and "PAT-000" in signal.explanation for signal in signals)
