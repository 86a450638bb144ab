"""An outlet's last weeks: what it ordered, and how many visits were made and verified. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from app.doors.console.api_calls import Json

SHOWN = 8


@dataclass(slots=True)
class OutletWeek:
    """A week from `first` to `last`. `orders`: accepted ones, by whatever door, with their value."""

    first: date
    last: date
    orders: int = 0
    value: Decimal = field(default_factory=Decimal)
    visits: int = 0
    verified: int = 0


@dataclass(frozen=True, slots=True)
class LastWeeks:
    """The weeks, the newest first, and what they come to."""

    weeks: list[OutletWeek]
    total: OutletWeek

    @property
    def highest(self) -> Decimal:
        """The value of the best week."""
        return max(week.value for week in self.weeks)


def first_day(today: date) -> date:
    """The day that the oldest of the weeks begins with."""
    return today - timedelta(days=today.weekday(), weeks=SHOWN - 1)


def weeks_of(today: date, orders: Iterable[Json], days: Iterable[Json]) -> LastWeeks:
    """`orders` as the API lists them; `days`: its figures by date."""
    begin = first_day(today)
    weeks = [
        OutletWeek(begin + timedelta(weeks=number), min(begin + timedelta(weeks=number, days=6), today))
        for number in range(SHOWN)
    ]
    total = OutletWeek(begin, today)
    for order in orders:
        if order["status"] == "accepted":
            for each in (weeks[_number(begin, order["business_date"])], total):
                each.orders += 1
                each.value += Decimal(order["total_value"])
    for day in days:
        verified_rate = day["kpis"]["verified_rate"]
        for each in (weeks[_number(begin, day["key"])], total):
            each.visits += verified_rate["denominator"]
            each.verified += verified_rate["numerator"]
    return LastWeeks(weeks[::-1], total)


def _number(begin: date, day: str) -> int:
    return (date.fromisoformat(day) - begin).days // 7
