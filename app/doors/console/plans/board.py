"""The week as a board: a row for each rep, a cell for each day, and what the days come to. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.doors.console.api_calls import Json
from app.doors.console.plans.loads import LoadBar, LoadMark, bar_of, mark_of, mean_of

TOO_LONG = "day_too_long"
"""The warning of a day that ends after working hours."""


class PlanStanding(StrEnum):
    """How a rep's week stands, as the board sorts them."""

    WAITING = "waiting"
    LATE = "late"
    NONE = "none"
    APPROVED = "approved"
    AT_WORK = "at_work"


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One rep's day. `load`: minutes of visits and driving; None where its visits have no times."""

    day: str
    visits: int
    service: int
    driving: int
    load: int | None
    first_at: str | None
    last_at: str | None
    bar: LoadBar | None
    mark: LoadMark | None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One rep's week. `line`: as the list of plans has it."""

    line: Json
    standing: PlanStanding
    cells: Sequence[BoardCell]
    visits: int
    load: int
    warnings: int
    unplanned: int
    requests: int

    @property
    def is_late(self) -> bool:
        """Whether it was not submitted in time, and is not yet approved in spite of that."""
        return bool(self.line["late"]) and self.standing is not PlanStanding.APPROVED


@dataclass(frozen=True, slots=True)
class BoardDay:
    """A day of all reps together."""

    day: str
    is_working_day: bool
    visits: int
    service: int
    driving: int
    load: int
    bar: LoadBar
    mark: LoadMark | None


@dataclass(frozen=True, slots=True)
class Board:
    """A territory's week."""

    days: Sequence[BoardDay]
    rows: Sequence[BoardRow]

    def of_standing(self, standing: PlanStanding | None) -> list[BoardRow]:
        """The rows that stand so; None: all. A plan is late also where it waits, or was never begun."""
        if standing == PlanStanding.LATE:
            return [row for row in self.rows if row.is_late]
        return [row for row in self.rows if standing in {None, row.standing}]

    @property
    def clean(self) -> list[BoardRow]:
        """Those that wait, and that nothing is to be known about."""
        return [row for row in self.rows if row.standing is PlanStanding.WAITING and not row.warnings]


def board_of(
    lines: Iterable[Json], plans: Mapping[str, Json], requests: Mapping[str, int], room: int, days: Sequence[Json]
) -> Board:
    """The board of a week. `plans`: by rep, of those that have one; `room`: minutes of a workday."""
    lines = list(lines)
    visited = {visit["visit_date"] for plan in plans.values() for visit in plan["visits"]}
    shown = [day for day in days if day["working_day"] or day["date"] in visited]
    dates = [day["date"] for day in shown]
    scale = max([room, *(day["load_minutes"] for plan in plans.values() for day in plan["days"])])
    rows = [
        _row(line, plans.get(line["rep_code"]), requests.get(line["rep_code"], 0), dates, (room, scale))
        for line in lines
    ]
    return Board(_totals(shown, rows, room), rows)


def _row(line: Json, plan: Json | None, requests: int, dates: Collection[str], width: tuple[int, int]) -> BoardRow:
    cells = [] if plan is None else _cells(plan, dates, width)
    return BoardRow(
        line=line,
        standing=_standing(line),
        cells=cells,
        visits=sum(cell.visits for cell in cells),
        load=sum(cell.load or 0 for cell in cells),
        warnings=len(plan["warnings"]) if plan else 0,
        unplanned=len(plan["unplanned"]) if plan else 0,
        requests=requests,
    )


def _standing(line: Json) -> PlanStanding:
    match line["status"]:
        case None:
            return PlanStanding.NONE
        case "submitted":
            return PlanStanding.WAITING
        case "approved":
            return PlanStanding.APPROVED
        case _:
            return PlanStanding.AT_WORK


def _cells(plan: Json, dates: Collection[str], width: tuple[int, int]) -> list[BoardCell]:
    room, scale = width
    days = [day for day in plan["days"] if day["date"] in dates]
    too_long = {note["visit_date"] for note in plan["warnings"] if note["code"] == TOO_LONG}
    mean = mean_of([day["load_minutes"] for day in days if day["working_day"]])
    return [_cell(day, mean, (room, scale), is_too_long=day["date"] in too_long) for day in days]


def _cell(day: Json, mean: float, width: tuple[int, int], *, is_too_long: bool) -> BoardCell:
    room, scale = width
    is_timed = day["departs_at"] is not None
    load = day["load_minutes"] if is_timed or not day["visits"] else None
    return BoardCell(
        day=day["date"],
        visits=day["visits"],
        service=day["service_minutes"],
        driving=day["driving_minutes"],
        load=load,
        first_at=day["departs_at"],
        last_at=day["returns_at"],
        bar=bar_of(day["service_minutes"], day["driving_minutes"], room, scale) if is_timed else None,
        mark=mark_of(load, mean, is_too_long=is_too_long) if load is not None and day["working_day"] else None,
    )


def _totals(days: Sequence[Json], rows: Sequence[BoardRow], room: int) -> list[BoardDay]:
    cells = {day["date"]: [cell for row in rows for cell in row.cells if cell.day == day["date"]] for day in days}
    loads = {date: sum(cell.load or 0 for cell in cells[date]) for date in cells}
    mean = mean_of([loads[day["date"]] for day in days if day["working_day"]])
    scale = max([room * len(rows), *loads.values()])
    return [_total(day, cells[day["date"]], mean, (room * len(rows), scale)) for day in days]


def _total(day: Json, cells: Sequence[BoardCell], mean: float, width: tuple[int, int]) -> BoardDay:
    room, scale = width
    service, driving, load = (
        sum(cell.service for cell in cells),
        sum(cell.driving for cell in cells),
        sum(cell.load or 0 for cell in cells),
    )
    return BoardDay(
        day=day["date"],
        is_working_day=day["working_day"],
        visits=sum(cell.visits for cell in cells),
        service=service,
        driving=driving,
        load=load,
        bar=bar_of(service, driving, room, scale),
        mark=mark_of(load, mean, is_too_long=False) if day["working_day"] and mean else None,
    )
