"""ISO weeks, and until when a plan is due (M2). Pure functions of plain values."""

import re
from datetime import date, datetime, time, timedelta

from app.ground.web.fields import FIRST_YEAR, LAST_YEAR
from app.masters.territories.calendar import TerritoryFacts
from app.masters.territories.local_time import instant_of

WEEK_PATTERN = r"^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$"
DUE_BEFORE_MONDAY = timedelta(days=3)
DUE_TIME = time(18)

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


def monday_of(iso_week: str) -> date:
    """The Monday of a week that is written like 2026-W49. Raises ValueError where there is no such week."""
    match = _WEEK.fullmatch(iso_week)
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise ValueError(f"no week: {iso_week}")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def monday_before(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.isoweekday() - 1)


def iso_week_of(day: date) -> str:
    """The week of a day, as it is written."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def days_of(monday: date) -> list[date]:
    """The seven days of a week."""
    return [monday + timedelta(days=number) for number in range(7)]


def due_at(territory: TerritoryFacts, monday: date) -> datetime:
    """Until when the plan of a week is to be submitted: the Friday before at 18:00 local."""
    return instant_of(monday - DUE_BEFORE_MONDAY, DUE_TIME, territory.zone)
