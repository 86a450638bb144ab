"""What a territory or a rep becomes by what is said of it, and from when on: plain values in, plain values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from app.ground.errors import FieldProblem
from app.ground.web.bodies import missing, over
from app.masters.territories.calendar import TerritoryFacts, business_date, cutoff_at
from app.masters.territories.local_time import instant_of

Values = Mapping[str, Any]
Problems = tuple[FieldProblem, ...]

CALENDAR = ("time_zone", "order_cutoff", "call_deadline", "working_weekdays", "holidays")
"""What decides about days (T6)."""

NOTICE = timedelta(minutes=60)
"""How long before a day's cutoff its calendar may still be changed."""


class CalendarStart(StrEnum):
    """From when on a change of a calendar holds (T6)."""

    NEXT_DAY = "next_day"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """When a territory is changed, as it is known (None: it is new), and from when on that is to hold."""

    at: datetime
    territory: TerritoryFacts | None
    effective: CalendarStart = CalendarStart.NEXT_DAY


USUAL_DEADLINE = time(19)
LAST_MOMENT = time(23, 59, 59)

_NEW_TERRITORY: dict[str, Any] = {
    "name": None,
    "time_zone": None,
    "order_cutoff": time(17),
    "call_deadline": None,
    "working_weekdays": [1, 2, 3, 4, 5],
    "holidays": [],
    "warehouse_code": None,
    "calendar_from": None,
    "language": "en",
}
_NEW_REP: dict[str, Any] = {"name": None, "territory_id": None, "active": True, "emails": []}


def territory_after(before: Values | None, members: Values, change: CalendarChange) -> Values | Problems:
    """A territory (None: a new one) with what is said of it over it, or what is wrong with that.

    Outlets are phoned after the cutoff: a deadline that nobody set is the usual one, or the day's end. A calendar that
    changes holds from the next day on (T6), or from today where that is said early enough; on the day on which
    a territory is made it is still being set up, and holds at once.
    """
    existing = _NEW_TERRITORY if before is None else {name: before[name] for name in _NEW_TERRITORY}
    after = over(existing, members)
    if problems := missing(after, "name", "time_zone"):
        return problems
    if after["call_deadline"] is None:
        after["call_deadline"] = USUAL_DEADLINE if after["order_cutoff"] < USUAL_DEADLINE else LAST_MOMENT
    if after["call_deadline"] <= after["order_cutoff"]:
        message = "This must come after order_cutoff, or nobody can be phoned."
        return (FieldProblem("/call_deadline", "call_deadline", message),)
    if before is None or change.territory is None or not calendar_differs(before, after):
        return after
    return _from_its_day(after, change.territory, change)


def _from_its_day(after: dict[str, Any], territory: TerritoryFacts, change: CalendarChange) -> Values | Problems:
    """The territory with the day from which its changed calendar holds (T6), or why it cannot hold from then on."""
    today = business_date(territory, change.at)
    if today <= business_date(territory, territory.created_at):
        return after
    if change.effective is CalendarStart.NEXT_DAY:
        return after | {"calendar_from": today + timedelta(days=1)}
    cutoff = min(cutoff_at(territory, today), instant_of(today, after["order_cutoff"], after["time_zone"]))
    if change.at > cutoff - NOTICE:
        message = "For today a calendar may be changed until 60 minutes before the earlier of both cutoffs."
        return (FieldProblem("/query/effective", "too_late_for_today", message),)
    return after | {"calendar_from": today}


def calendar_differs(before: Values, after: Values) -> bool:
    """Whether a change is one of the calendar."""
    return any(before[name] != after[name] for name in CALENDAR)


def past_calendar(territory_id: int, before: Values, after: Values) -> dict[str, Any]:
    """The calendar that a territory had, and up to which day it decides: none, where the new one holds at once."""
    calendar = {name: before[name] for name in CALENDAR}
    return calendar | {"territory_id": territory_id, "valid_until": after["calendar_from"] or date.min}


def rep_after(before: Values | None, members: Values) -> Values | Problems:
    """A rep (None: a new one) with what is said of it over it, or what is wrong with that."""
    existing = _NEW_REP if before is None else {name: before[name] for name in _NEW_REP}
    after = over(existing, members)
    problems = missing(after, "name")
    if after["territory_id"] is None:
        problems += missing({}, "territory_code")
    return problems or after
