"""Events of a rep's day for the rules of risk signals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.field.risk_signals.signals import FieldEvent

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
METRE_NORTH = 1 / 110_997
OUTLETS = {number: (38.2 + number * 0.01, 21.7) for number in range(1, 5)}


def event(number: int, *, outlet: int = 1, at_s: float = 0.0, north_m: float = 0.0, **changes: Any) -> FieldEvent:
    """An arrival at an outlet (each 1,110 m north of the one before), some seconds after nine, some metres off."""
    at = NINE + timedelta(seconds=at_s)
    plain = FieldEvent(
        id=UUID(int=number),
        kind="check_in",
        outlet_id=outlet,
        outlet_code=f"PAT-{outlet:04}",
        business_date=at.date(),
        captured_at=at,
        corrected_at=at,
        trusted=True,
        clock_changed=False,
        lat=OUTLETS[outlet][0] + north_m * METRE_NORTH,
        lon=OUTLETS[outlet][1] + number * 1e-9,
        accuracy_m=10.0,
        fix_at=at,
        mock=False,
        verdict="INSIDE",
        distance_m=abs(north_m),
        arrival=True,
    )
    return replace(plain, **changes)


def order(number: int, **changes: Any) -> FieldEvent:
    """An order, with a fix INSIDE."""
    return replace(event(number, **changes), kind="order", arrival=False)


def unplaced(number: int, **changes: Any) -> FieldEvent:
    """An order without a fix."""
    return order(number, **{"lat": None, "lon": None, "fix_at": None, "verdict": None, "distance_m": None} | changes)


def found(signals: list[Any]) -> list[tuple[str, int]]:
    """The rules of signals with the numbers of their subjects."""
    return [(signal.rule.value, signal.subject_id.int) for signal in signals]
