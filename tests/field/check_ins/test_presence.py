"""Whether a rep was at an outlet when an order was captured (V7)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.field.check_ins.presence import was_there

AT = datetime(2026, 11, 23, 14, 50, tzinfo=UTC)
HERE, ELSEWHERE = 1, 2


@dataclass(frozen=True)
class Tap:
    """A check-in so many minutes before the order."""

    minutes: float
    verdict: str = "INSIDE"
    arrival: bool = True
    trusted: bool = True
    outlet_id: int = HERE

    @property
    def corrected_at(self) -> datetime:
        return AT - timedelta(minutes=self.minutes)


ARRIVAL = Tap(10)


@pytest.mark.parametrize(
    ("taps", "there"),
    [
        ([], False),
        ([ARRIVAL], True),
        ([Tap(120)], True),
        ([Tap(120.1)], False),
        ([Tap(-0.1)], False),
        ([Tap(10, trusted=False)], False),
        ([Tap(10, outlet_id=ELSEWHERE)], False),
        ([Tap(10, "UNCERTAIN")], False),
        ([Tap(10, "NO_FIX")], False),
        ([Tap(10, "OUTSIDE")], False),
        ([Tap(2, arrival=False)], False),
        ([Tap(10, "NO_OUTLET_LOCATION")], True),
        ([Tap(10, "NO_OUTLET_LOCATION", trusted=False)], False),
        ([Tap(5, "NO_OUTLET_LOCATION", arrival=False)], True),
        ([Tap(5.1, "NO_OUTLET_LOCATION", arrival=False)], False),
        ([ARRIVAL, Tap(5, "UNCERTAIN")], True),
        ([ARRIVAL, Tap(5, "NO_FIX")], True),
        ([ARRIVAL, Tap(1, "NO_FIX", arrival=False)], True),
        ([ARRIVAL, Tap(5, arrival=False)], True),
        ([ARRIVAL, Tap(5.1, arrival=False)], False),
        ([ARRIVAL, Tap(6, "UNCERTAIN", arrival=False)], False),
        ([ARRIVAL, Tap(6, arrival=False), Tap(3)], True),
        ([ARRIVAL, Tap(1, "OUTSIDE")], False),
        ([ARRIVAL, Tap(1, "OUTSIDE", trusted=False)], True),
        ([ARRIVAL, Tap(1, outlet_id=ELSEWHERE, verdict="NO_FIX")], False),
        ([Tap(30, outlet_id=ELSEWHERE), ARRIVAL], True),
        ([ARRIVAL, Tap(-1, "OUTSIDE"), Tap(-2, outlet_id=ELSEWHERE)], True),
    ],
)
def test_a_trusted_arrival_speaks_until_something_shows_that_the_rep_had_left(taps: list[Tap], *, there: bool) -> None:
    assert was_there(taps, HERE, AT) is there
    assert was_there(reversed(taps), HERE, AT) is there
