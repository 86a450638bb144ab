"""The days that a report is about, where an address does not say: the last four weeks, the last month."""

from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 28


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both within it."""

    first: date
    last: date


def period_of(first: date | None, last: date | None, today: date, days: int = DAYS) -> Period:
    """The days asked for; where one end is left out, so many days up to the other, or to today."""
    end = last or (first + timedelta(days=days - 1) if first else today)
    return Period(first or end - timedelta(days=days - 1), end)


def month_before(today: date) -> str:
    """The month before, as in 2026-10."""
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"


def quarter_of(today: date) -> str:
    """The quarter of a day, as in 2026-Q4."""
    return f"{today.year}-Q{(today.month + 2) // 3}"
