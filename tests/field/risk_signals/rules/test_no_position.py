from typing import Any

import pytest

from app.field.risk_signals.rules.no_position import no_positions
from app.field.risk_signals.signals import FieldEvent
from tests.field.risk_signals.events import event, found

NONE: dict[str, Any] = {"lat": None, "lon": None, "accuracy_m": None, "fix_at": None, "verdict": "NO_FIX"}


def arrivals(*fields: dict[str, Any]) -> list[FieldEvent]:
    return [event(number, at_s=900.0 * number, **each) for number, each in enumerate(fields, start=1)]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ([NONE] * 5, 1),
        ([{}, NONE, NONE], 2),
        ([NONE, NONE], None),
        ([NONE, NONE, {}, {}], None),
        ([{}, {}, {}], None),
        ([{"accuracy_m": 1_001.0}] * 3, 1),
        ([{"accuracy_m": 1_000.0}] * 3, None),
        ([{"accuracy_m": None}] * 3, 1),
        ([{"accuracy_m": 0.0}] * 3, 1),
        ([{"lat": None, "lon": None}] * 3, None),
        ([NONE | {"arrival": False}] * 5, None),
        ([NONE | {"kind": "order"}] * 5, None),
    ],
)
def test_a_day_of_arrivals_that_mostly_have_no_usable_fix_is_doubted_once(
    day: list[dict[str, Any]], first: int | None
) -> None:
    assert found(no_positions(arrivals(*day))) == ([] if first is None else [("no_position", first)])


def test_each_day_is_looked_at_by_itself() -> None:
    two_days = [event(number, at_s=86_400.0 * (number % 2), **NONE) for number in range(1, 5)]

    assert no_positions(two_days) == []


def test_the_sentence_counts_and_accuses_nobody() -> None:
    (signal,) = no_positions(arrivals({}, NONE, NONE))

    assert signal.explanation == (
        "2 of the 3 arrivals of this day have no position that could be used; the first is the check-in at PAT-0001."
        " Positions may be switched off on the phone, or not be found."
    )
    assert signal.evidence["outlet_codes"] == ["PAT-0001"]
