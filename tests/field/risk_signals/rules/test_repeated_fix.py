from typing import Any
from uuid import UUID

import pytest

from app.field.risk_signals.rules.repeated_fix import repeated_fixes
from tests.field.risk_signals.events import event, found, order


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


@pytest.mark.parametrize(
    ("later", "doubted"),
    [
        ({"at_s": 86_400, "provider": "network"}, False),
        ({"at_s": 86_400, "provider": "WiFi"}, False),
        ({"at_s": 86_400, "provider": "gps"}, True),
        ({"at_s": 86_400, "provider": "fused"}, True),
        ({"at_s": 86_400, "provider": "gps", "lat": 38.20803, "lon": 21.71265}, False),
        ({"at_s": 86_400, "provider": "gps", "lat": 38.208031, "lon": 21.71265}, True),
        ({"outlet": 2, "at_s": 900, "provider": "network", "distance_m": 40.0}, True),
        ({"outlet": 2, "at_s": 900, "provider": "network", "accuracy_m": 50.0, "distance_m": 40.0}, False),
        ({"outlet": 2, "at_s": 900, "provider": "gps", "accuracy_m": 50.0, "distance_m": 40.0}, True),
    ],
)
def test_positions_by_network_and_rounded_ones_may_recur_where_they_can_be_true(
    later: dict[str, Any], doubted: bool
) -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654, "accuracy_m": 25.0} | later
    elapsed = {name: spot.pop(name) for name in ("outlet", "at_s") if name in spot}
    first = event(1, **spot | {"distance_m": 20.0})

    assert found(repeated_fixes([first, event(2, **elapsed, **spot)])) == ([("repeated_fix", 2)] if doubted else [])


def test_the_sentence_says_no_more_than_what_is_known() -> None:
    spot: dict[str, Any] = {"lat": 38.2080319, "lon": 21.712654}
    (signal,) = repeated_fixes([event(1, **spot), event(2, at_s=86_400, **spot)])

    assert signal.explanation == (
        "This check-in at PAT-0001 has, to the last digit, the position of the check-in at PAT-0001 on 2026-11-23;"
        " positions by satellite differ in their last digits each time."
    )
