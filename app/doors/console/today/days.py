"""A territory's day as the page shows it: its sums, and which part of the day it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.doors.console.api_calls import Json

SUMMED = ("planned", "visited", "verified", "ordered", "without_order", "missed_so_far", "flagged", "provisional")
"""The figures above the table, in their order."""


@dataclass(frozen=True, slots=True)
class DayPhase:
    """`name`: off (no working day), open (before the cutoff), calls (until their deadline), over. `ends_at`: when."""

    name: str
    ends_at: str | None = None


def phase_of(day: Json) -> DayPhase:
    """Which part of its day a territory is in."""
    if not day["working_day"]:
        return DayPhase("off")
    now = datetime.fromisoformat(day["now"])
    for name, ends_at in (("open", day["cutoff_at"]), ("calls", day["call_deadline_at"])):
        if now < datetime.fromisoformat(ends_at):
            return DayPhase(name, ends_at)
    return DayPhase("over")


def sums_of(lines: Sequence[Json]) -> dict[str, int]:
    """What the reps' counts add up to."""
    return {name: sum(line[name] for line in lines) for name in SUMMED}


def day_beside(day: str, days: int) -> date:
    """The day so many days later, or before."""
    return date.fromisoformat(day) + timedelta(days=days)


def date_in(at: str, zone: str) -> date:
    """The local date of an instant."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date()
