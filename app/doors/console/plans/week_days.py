"""A rep's plan as a page shows it: its days, their visits, and what is to be known of each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.doors.console.api_calls import Json
from app.doors.console.plans.loads import LoadBar, LoadMark, bar_of, mark_of, mean_of

TOO_LONG = "day_too_long"
"""The warning of a day that ends after working hours."""


class DayClosed(StrEnum):
    """Why the visits of a day cannot be changed."""

    OVER = "over"
    BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class DayVisit:
    """A visit of the plan, and the warnings about it."""

    facts: Json
    warnings: Sequence[Json]


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day of the plan. `warnings`: about the day itself; `closed` None: its visits can be changed."""

    facts: Json
    visits: Sequence[DayVisit]
    warnings: Sequence[Json]
    closed: DayClosed | None
    bar: LoadBar | None
    mark: LoadMark | None

    @property
    def date(self) -> str:
        """Which day it is."""
        return str(self.facts["date"])


def week_days(plan: Json, room: int, today: str) -> list[PlanDay]:
    """The working days of a plan, and others that have visits. `room`: minutes of a workday; `today`: theirs."""
    visits = _visits(plan)
    days = [day for day in plan["days"] if day["working_day"] or visits.get(day["date"])]
    scale = max([room, *(day["load_minutes"] for day in days)])
    mean = mean_of([day["load_minutes"] for day in days if day["working_day"]])
    return [_day(plan, day, visits.get(day["date"], []), (room, scale, mean), today) for day in days]


def _visits(plan: Json) -> Mapping[str, list[DayVisit]]:
    warnings: dict[tuple[str, str], list[Json]] = {}
    for note in plan["warnings"]:
        warnings.setdefault((note["visit_date"], note["outlet_code"]), []).append(note)
    days: dict[str, list[DayVisit]] = {}
    for visit in plan["visits"]:
        of_visit = warnings.get((visit["visit_date"], visit["outlet_code"]), [])
        days.setdefault(visit["visit_date"], []).append(DayVisit(visit, of_visit))
    return days


def _day(plan: Json, day: Json, visits: Sequence[DayVisit], load: tuple[int, int, float], today: str) -> PlanDay:
    room, scale, mean = load
    warnings = [note for note in plan["warnings"] if (note["visit_date"], note["outlet_code"]) == (day["date"], None)]
    is_timed = day["departs_at"] is not None
    is_too_long = any(note["code"] == TOO_LONG for note in warnings)
    is_compared = day["working_day"] and (is_timed or not visits)
    return PlanDay(
        facts=day,
        visits=visits,
        warnings=warnings,
        closed=closed(day, today),
        bar=bar_of(day["service_minutes"], day["driving_minutes"], room, scale) if is_timed else None,
        mark=mark_of(day["load_minutes"], mean, is_too_long=is_too_long) if is_compared and mean else None,
    )


def closed(day: Json, today: str) -> DayClosed | None:
    """Why a day's visits cannot be changed; None where they can."""
    if not day["frozen"]:
        return None
    return DayClosed.OVER if day["date"] < today else DayClosed.BEGUN


def notes_by_code(notes: Sequence[Json]) -> dict[str, list[Json]]:
    """Warnings or wishes of a kind together, in the order in which the kinds come."""
    kinds: dict[str, list[Json]] = {}
    for note in notes:
        kinds.setdefault(note["code"], []).append(note)
    return kinds


def chosen_visit(days: Sequence[PlanDay], outlet_code: str | None, day: str | None) -> DayVisit | None:
    """The visit that an address names; None where there is none, or no such one any more."""
    return next(
        (
            visit
            for plan_day in days
            for visit in plan_day.visits
            if (visit.facts["outlet_code"], plan_day.date) == (outlet_code, day)
        ),
        None,
    )
