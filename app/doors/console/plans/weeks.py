"""Weeks as the pages of plans name them. Pure."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from app.doors.console.api_calls import Json
from app.planning.week_plans.iso_weeks import WEEK_PATTERN, iso_week_of, monday_of

THURSDAY = 4
"""From this day on supervisors look at the next week: its plans are due on Friday."""


def _existing(iso_week: str) -> str:
    monday_of(iso_week)
    return iso_week


Week = Annotated[str, StringConstraints(pattern=WEEK_PATTERN), AfterValidator(_existing)]
"""An ISO week in an address: one that there is."""


def usual_week(today: date) -> str:
    """The week that a supervisor works at on a day: this one, from Thursday on the next."""
    return iso_week_of(today + timedelta(days=7) if today.isoweekday() >= THURSDAY else today)


def week_after(iso_week: str, weeks: int = 1) -> str:
    """The week so many after another; negative: before it."""
    return iso_week_of(monday_of(iso_week) + timedelta(weeks=weeks))


def number_of(iso_week: str) -> int:
    """The number of a week within its year."""
    return int(iso_week.rpartition("W")[2])


def last_day_of(iso_week: str) -> date:
    """The Sunday of a week."""
    return monday_of(iso_week) + timedelta(days=6)


def days_of(iso_week: str, territory: Json) -> list[Json]:
    """The days of a week, and whether the territory works on them."""
    monday, holidays = monday_of(iso_week), set(territory["holidays"])
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        {
            "date": day.isoformat(),
            "working_day": day.isoweekday() in territory["working_weekdays"] and day.isoformat() not in holidays,
        }
        for day in days
    ]
