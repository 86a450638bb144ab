from typing import Any

import pytest

from app.field.risk_signals.rules.remote_order import remote_orders
from app.field.risk_signals.signals import FieldEvent
from tests.field.risk_signals.events import OUTLETS, event, found, order, unplaced


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
    signals = remote_orders([*check_ins, unplaced(9, at_s=1_000, outlet=1)], OUTLETS)

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


WITHHELD: dict[str, Any] = {"lat": None, "lon": None}
"""Of a fix that was taken outside of working hours: the verdict is known, and the distance from its outlet."""


@pytest.mark.parametrize(
    ("day", "doubted"),
    [
        ([order(9, distance_m=3.2, **WITHHELD), event(1), event(2, outlet=3, at_s=60)], False),
        ([order(9, distance_m=1_500.0, **WITHHELD), event(1)], True),
        ([unplaced(9, at_s=60), event(1, **WITHHELD), event(2, outlet=3, at_s=600)], False),
        ([unplaced(9, at_s=60), event(1, north_m=1_500, **WITHHELD)], True),
        ([unplaced(9, at_s=60), event(1), event(2, outlet=3, at_s=30, **WITHHELD)], False),
    ],
    ids=[
        "inside by its own",
        "far by its own",
        "checked in there",
        "checked in from afar",
        "elsewhere, who knows where",
    ],
)
def test_without_coordinates_only_what_is_known_is_held_against_an_order(
    day: list[FieldEvent], *, doubted: bool
) -> None:
    assert found(remote_orders(day, OUTLETS)) == ([("remote_order", 9)] if doubted else [])
