"""What a plan says: its visits by day, with their times, and what is to be known about it. Plain values, and as JSON.

Times of day are seconds since local midnight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.planning.routing.travel_times import Place


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One outlet of a day: the way to it, when the rep gets there, when the visit begins and ends.

    `owner_id` is the rep who looked after it when the day was timed; None where nobody did, or nobody noted it.
    """

    outlet_id: int
    drive_s: int
    distance_m: int
    arrives_s: int
    begins_s: int
    leaves_s: int
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day's visits in their order, and the day around them. `start`, `end` None: open."""

    day: date
    stops: tuple[PlannedStop, ...]
    departs_s: int
    returns_s: int
    lunch_s: int | None
    lunch_until_s: int | None
    driving_s: int
    distance_m: int
    start: Place | None
    end: Place | None

    @property
    def service_s(self) -> int:
        """What the visits take."""
        return sum(stop.leaves_s - stop.begins_s for stop in self.stops)

    @property
    def load_s(self) -> int:
        """Driving and visits: what days are balanced by."""
        return self.driving_s + self.service_s


@dataclass(frozen=True, slots=True)
class PlanNote:
    """Something to know about a plan: an outlet's, a day's or the whole plan's."""

    code: str
    message: str
    outlet_id: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A plan: its days, the `warnings` about them, and wishes that it does not meet (`unplanned`)."""

    days: tuple[DayPlan, ...] = ()
    warnings: tuple[PlanNote, ...] = ()
    unplanned: tuple[PlanNote, ...] = field(default=())

    def outlet_ids(self) -> set[int]:
        """Every outlet that it names."""
        visited = {stop.outlet_id for day in self.days for stop in day.stops}
        return visited | {note.outlet_id for note in (*self.warnings, *self.unplanned) if note.outlet_id is not None}

    def visits(self) -> list[tuple[date, int]]:
        """Its visits in their order: day, and outlet's id."""
        return [(day.day, stop.outlet_id) for day in self.days for stop in day.stops]

    def by_day(self) -> dict[date, DayPlan]:
        """Its days by date."""
        return {day.day: day for day in self.days}


def as_json(content: PlanContent) -> dict[str, Any]:
    """A plan as it is kept."""
    return {
        "days": [_day_as_json(day) for day in content.days],
        "warnings": [_note_as_json(note) for note in content.warnings],
        "unplanned": [_note_as_json(note) for note in content.unplanned],
    }


def from_json(document: Mapping[str, Any]) -> PlanContent:
    """A plan from its stored JSON."""
    return PlanContent(
        tuple(_day_from_json(day) for day in document["days"]),
        tuple(_notes_from_json(document.get("warnings", ()))),
        tuple(_notes_from_json(document.get("unplanned", ()))),
    )


def _day_as_json(day: DayPlan) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "stops": [
            [
                stop.outlet_id,
                stop.drive_s,
                stop.distance_m,
                stop.arrives_s,
                stop.begins_s,
                stop.leaves_s,
                stop.owner_id,
            ]
            for stop in day.stops
        ],
        "times": [day.departs_s, day.returns_s, day.lunch_s, day.lunch_until_s],
        "way": [day.driving_s, day.distance_m],
        "start": list(day.start) if day.start else None,
        "end": list(day.end) if day.end else None,
    }


def _day_from_json(document: Mapping[str, Any]) -> DayPlan:
    return DayPlan(
        date.fromisoformat(document["day"]),
        tuple(PlannedStop(*stop) for stop in document["stops"]),
        *document["times"],
        *document["way"],
        *(Place(*place) if place else None for place in (document["start"], document["end"])),
    )


def _note_as_json(note: PlanNote) -> list[Any]:
    return [note.code, note.message, note.outlet_id, note.day.isoformat() if note.day else None]


def _notes_from_json(notes: Iterable[list[Any]]) -> Iterable[PlanNote]:
    return (
        PlanNote(code, message, outlet_id, date.fromisoformat(day) if day else None)
        for code, message, outlet_id, day in notes
    )
