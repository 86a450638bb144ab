from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.field.risk_signals.rules import two_devices as rule
from app.field.risk_signals.rules.two_devices import spans_of
from app.field.risk_signals.signals import FieldEvent, Signal
from tests.field.risk_signals.events import NINE, event, found, order

ONE, OTHER, THIRD = (UUID(int=number) for number in (71, 72, 73))


def two_devices(events: list[FieldEvent]) -> list[Signal]:
    by_id = {event.id: event for event in events}
    return rule.two_devices(spans_of(by_id.values()), by_id)


def on(device: UUID | None, number: int, at_s: float, **changes: Any) -> FieldEvent:
    return event(number, at_s=at_s, device_id=device, **changes)


def test_one_device_all_day_is_no_doubt() -> None:
    assert two_devices([on(ONE, number, number * 600) for number in range(5)]) == []


def test_a_device_that_takes_over_once_is_no_doubt() -> None:
    assert two_devices([on(ONE, 1, 0), on(ONE, 2, 600), on(OTHER, 3, 601), on(OTHER, 4, 900), on(THIRD, 5, 950)]) == []


def test_the_first_event_within_another_devices_day_is_doubted_once() -> None:
    day = [on(ONE, 1, 0), on(OTHER, 2, 300), on(OTHER, 3, 400), on(ONE, 4, 600), on(OTHER, 5, 900)]
    signals = two_devices(day)

    assert found(signals) == [("two_devices", 2)]
    assert signals[0].evidence["before"] is not None
    assert [used["events"] for used in signals[0].evidence["devices"]] == [2, 3]  # type: ignore[union-attr, call-overload, index]
    assert "2 phones of this rep were in use at the same time" in signals[0].explanation


def test_each_day_has_its_own_doubt() -> None:
    day = [on(ONE, 1, 0), replace(order(2, at_s=300), device_id=OTHER), on(ONE, 3, 600)]
    tomorrow = [
        replace(
            one,
            id=UUID(int=one.id.int + 10),
            corrected_at=one.corrected_at + timedelta(days=1),
            business_date=one.business_date + timedelta(days=1),
        )
        for one in day
    ]

    assert found(two_devices([*day, *tomorrow])) == [("two_devices", 2), ("two_devices", 12)]


def test_the_same_instant_is_not_within() -> None:
    assert two_devices([on(ONE, 1, 0), on(OTHER, 2, 600), on(ONE, 3, 600)]) == []


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
def test_of_two_that_begin_in_one_instant_neither_began_within_the_others_day_by_its_id(
    numbers: tuple[int, int],
) -> None:
    a_single_event, with_a_later_one = (
        on(device, number, 0) for device, number in zip((ONE, OTHER), numbers, strict=True)
    )

    assert two_devices([a_single_event, with_a_later_one, on(OTHER, 3, 600)]) == []


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)])
def test_two_that_begin_in_one_instant_are_doubted_where_one_goes_on_while_the_other_is_in_use(
    numbers: tuple[int, int],
) -> None:
    day = [on(device, number, 0) for device, number in zip((ONE, OTHER), numbers, strict=True)]

    assert found(two_devices([*day, on(ONE, 3, 300), on(OTHER, 4, 600)])) == [("two_devices", 2)]


def test_a_changed_clock_tells_no_time() -> None:
    assert two_devices([on(ONE, 1, 0), on(OTHER, 2, 300, clock_changed=True, trusted=False), on(ONE, 3, 600)]) == []


def test_events_of_no_device_are_passed_over() -> None:
    assert two_devices([on(ONE, 1, 0), on(None, 2, 300), on(ONE, 3, 600)]) == []


@given(
    st.lists(
        st.tuples(st.sampled_from([ONE, OTHER, THIRD]), st.integers(0, 6).map(lambda n: n * 60)), min_size=0, max_size=9
    ),
    st.randoms(use_true_random=False).map(lambda random: random.shuffle),
)
def test_the_order_of_arrival_makes_no_difference_and_every_doubt_lies_within_another_devices_span(
    made: list[tuple[UUID, int]], shuffle: Callable[[list[FieldEvent]], None]
) -> None:
    day = [on(device, number, at_s) for number, (device, at_s) in enumerate(made, start=1)]
    shuffled = [*day, *day[:2]]
    shuffle(shuffled)

    signals = two_devices(day)

    assert two_devices(shuffled) == signals
    spans = spans_of(day).get(NINE.date(), [])
    begun_within = any(
        other.first_at <= one.first_at < other.last_at and other.first_at < one.last_at
        for one in spans
        for other in spans
        if one is not other
    )
    lies_within = any(
        one.device_id == other.device_id != between.device_id
        and one.corrected_at < between.corrected_at < other.corrected_at
        for one in day
        for between in day
        for other in day
    )
    assert bool(signals) is begun_within
    assert signals or not lies_within
    assert all(signal.business_date == NINE.date() for signal in signals)
