"""Which workday holds for a rep: its own before its territory's before what is usual. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from app.ground.errors import FieldProblem
from app.masters.territories.calendar import TerritoryFacts
from app.planning.routing.days import Lunch
from app.planning.routing.travel_times import AreaType, Place

PARTS = ("begins", "ends", "lunch", "start", "end", "service_minutes", "area_type")
"""What can be agreed on by itself."""

USUAL_BEGIN = time(8)
USUAL_END = time(17)
_NOON = time(12)
_OPEN = {"lat": None, "lon": None, "open": True}
_USUAL_LUNCH = {"minutes": 30, "earliest": time(12), "latest": time(14)}
USUAL_SERVICE_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Workday:
    """The workday that holds, in local wall times. `start` and `end` None: open; `lunch` None: no break."""

    begins: time
    ends: time
    lunch: Lunch | None
    start: Place | None
    end: Place | None
    service_minutes: int
    area_type: AreaType

    @property
    def begins_s(self) -> int:
        """When it begins, in seconds since midnight."""
        return seconds_of(self.begins)

    @property
    def ends_s(self) -> int:
        """When it ends, in seconds since midnight."""
        return seconds_of(self.ends)

    @property
    def room_s(self) -> int:
        """The seconds of a day for driving and visits."""
        return self.ends_s - self.begins_s - (self.lunch.duration_s if self.lunch is not None else 0)


def seconds_of(wall_time: time) -> int:
    """Seconds from local midnight to a wall time, on a day on which no clock is changed."""
    return wall_time.hour * 3600 + wall_time.minute * 60 + wall_time.second


def usual_end(order_cutoff: time) -> time:
    """When work ends where nobody has agreed on it: it is done by the territory's cutoff."""
    return order_cutoff if order_cutoff > _NOON else USUAL_END


def usual(territory: TerritoryFacts) -> dict[str, Any]:
    """What holds where nobody has agreed on anything."""
    return {
        "begins": USUAL_BEGIN,
        "ends": usual_end(territory.order_cutoff),
        "lunch": _USUAL_LUNCH,
        "start": _OPEN,
        "end": _OPEN,
        "service_minutes": USUAL_SERVICE_MINUTES,
        "area_type": AreaType.URBAN,
    }


def holding(
    territory: TerritoryFacts, of_territory: Mapping[str, Any] | None, of_rep: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The parts that hold, by name: the rep's own, the territory's, what is usual."""
    parts = usual(territory)
    for level in (of_territory, of_rep):
        parts |= {name: value for name, value in (level or {}).items() if name in PARTS and value is not None}
    return parts


def parts_after(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that were set, with what is said over them; of a break, member by member."""
    parts: dict[str, Any] = dict.fromkeys(PARTS) | dict(before) | dict(said)
    if parts["lunch"] is not None:
        parts["lunch"] = _USUAL_LUNCH | dict(before.get("lunch") or {}) | parts["lunch"]
    return parts


def workday_problems(parts: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with the parts that were set for a rep, or a territory."""
    problems = []
    begins, ends, lunch = parts["begins"], parts["ends"], parts["lunch"]
    if begins is not None and ends is not None and ends <= begins:
        problems.append(FieldProblem("/ends", "ends", "This must come after begins."))
    if lunch is not None and lunch["latest"] < lunch["earliest"]:
        problems.append(FieldProblem("/lunch/latest", "latest", "This must not come before earliest."))
    return problems


def workday_of(parts: Mapping[str, Any]) -> Workday:
    """The parts that hold, as one workday. One that ends before it begins has no time for anything."""
    lunch = parts["lunch"]
    return Workday(
        parts["begins"],
        max(parts["begins"], parts["ends"]),
        Lunch(lunch["minutes"] * 60, seconds_of(lunch["earliest"]), seconds_of(lunch["latest"]))
        if lunch["minutes"]
        else None,
        _place(parts["start"]),
        _place(parts["end"]),
        parts["service_minutes"],
        AreaType(parts["area_type"]),
    )


def _place(place: Mapping[str, Any]) -> Place | None:
    return None if place.get("open") else Place(place["lat"], place["lon"])
