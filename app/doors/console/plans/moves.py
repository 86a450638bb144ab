"""A visit of a plan goes to another place or day, out of the plan, or into it: the plan's visits afterwards. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.doors.console.api_calls import Json

LAST_PLACE = 9_999


class VisitStep(StrEnum):
    """Where a visit goes: a place of a day, one place or one day on, or out of the plan."""

    TO = "to"
    EARLIER = "earlier"
    LATER = "later"
    DAY_BEFORE = "day_before"
    DAY_AFTER = "day_after"
    OUT = "out"


class CannotMove(Exception):
    """There is no such visit, or no day to move it to."""


@dataclass(frozen=True, slots=True)
class Move:
    """A visit to go to a place of a day (both None: out of the plan). Places count from 1; beyond the last: the end."""

    outlet_code: str
    from_date: str
    to_date: str | None
    place: int | None

    @property
    def is_out(self) -> bool:
        """Whether it leaves the plan."""
        return self.to_date is None

    @property
    def stays_in_its_day(self) -> bool:
        """Whether only its place changes."""
        return self.to_date == self.from_date


def open_days(plan: Json) -> list[str]:
    """The days that visits can be moved to: neither frozen, nor days on which nobody works and nobody has a visit."""
    visited = {visit["visit_date"] for visit in plan["visits"]}
    return [day["date"] for day in plan["days"] if not day["frozen"] and (day["working_day"] or day["date"] in visited)]


def move_of(plan: Json, outlet_code: str, from_date: str, step: VisitStep, to: tuple[str | None, int | None]) -> Move:
    """What a step means in a plan. `to`: day and place of `VisitStep.TO`. Raises CannotMove."""
    places = visits_by_day(plan["visits"]).get(from_date, [])
    if outlet_code not in places:
        raise CannotMove
    place = places.index(outlet_code) + 1
    days = open_days(plan)
    match step:
        case VisitStep.OUT:
            return Move(outlet_code, from_date, None, None)
        case VisitStep.TO:
            return Move(outlet_code, from_date, to[0] or from_date, to[1] or LAST_PLACE)
        case VisitStep.EARLIER | VisitStep.LATER:
            place += 1 if step is VisitStep.LATER else -1
            if not 1 <= place <= len(places):
                raise CannotMove
            return Move(outlet_code, from_date, from_date, place)
        case _:
            others = [day for day in days if (day > from_date if step is VisitStep.DAY_AFTER else day < from_date)]
            if not others:
                raise CannotMove
            return Move(outlet_code, from_date, others[0 if step is VisitStep.DAY_AFTER else -1], place)


def visits_by_day(visits: Iterable[Json]) -> dict[str, list[str]]:
    """The outlets of each day in their order."""
    days: dict[str, list[str]] = {}
    for visit in sorted(visits, key=lambda each: (each["visit_date"], each["sequence"])):
        days.setdefault(visit["visit_date"], []).append(visit["outlet_code"])
    return days


def after_move(days: Mapping[str, Sequence[str]], move: Move) -> dict[str, list[str]]:
    """The outlets of each day once a visit has moved."""
    moved = {
        day: [code for code in codes if (day, code) != (move.from_date, move.outlet_code)]
        for day, codes in days.items()
    }
    if move.to_date is not None:
        there = moved.setdefault(move.to_date, [])
        there.insert(max((move.place or LAST_PLACE) - 1, 0), move.outlet_code)
    return moved


def after_addition(
    days: Mapping[str, Sequence[str]], outlet_code: str, day: str, place: int | None
) -> dict[str, list[str]]:
    """The outlets of each day with one more."""
    added = {each: list(codes) for each, codes in days.items()}
    added.setdefault(day, []).insert((place or LAST_PLACE) - 1, outlet_code)
    return added


def body_of(days: Mapping[str, Sequence[str]], remark: str | None = None) -> dict[str, object]:
    """The visits of each day as a plan is put."""
    visits = [
        {"outlet_code": code, "visit_date": day, "sequence": place}
        for day, codes in sorted(days.items())
        for place, code in enumerate(codes, 1)
    ]
    return {"visits": visits, "remark": remark}
