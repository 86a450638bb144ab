"""The week as a board: a row for each rep, a cell for each day, and what the days come to. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from app.doors.console.api_calls import Json
from app.doors.console.plans.loads import LoadBar, LoadMark, WorkHours, bar_of, mark_of, mean_of


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
    """One rep's week. `line`: as the API's board has it; no cells where there is no plan."""

    line: Json
    standing: PlanStanding
    cells: Sequence[BoardCell]

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
        return [row for row in self.rows if row.standing is PlanStanding.WAITING and not row.line["warnings"]]


def board_of(lines: Sequence[Json], hours: WorkHours, days: Sequence[Json]) -> Board:
    """The board of a week. `lines`: of `GET /v1/week-plans/board`; `days`: the week's, of `weeks.days_of`."""
    visited = {day["date"] for line in lines for day in line["days"] if day["visits"]}
    shown = [day for day in days if day["working_day"] or day["date"] in visited]
    dates = [day["date"] for day in shown]
    scale = max([hours.room, *(day["load_minutes"] for line in lines for day in line["days"])])
    rows = [BoardRow(line, _standing(line), _cells(line, dates, hours, scale)) for line in lines]
    return Board(_totals(shown, rows, hours.room), rows)


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


def _cells(line: Json, dates: Collection[str], hours: WorkHours, scale: int) -> list[BoardCell]:
    days = [day for day in line["days"] if day["date"] in dates]
    mean = mean_of([day["load_minutes"] for day in days if day["working_day"]])
    return [_cell(day, mean, hours, scale) for day in days]


def _cell(day: Json, mean: float, hours: WorkHours, scale: int) -> BoardCell:
    is_timed = day["departs_at"] is not None
    load = day["load_minutes"] if is_timed or not day["visits"] else None
    is_too_long = is_timed and wall_time_of(day["returns_at"]) > hours.ends
    return BoardCell(
        day=day["date"],
        visits=len(day["visits"]),
        service=day["service_minutes"],
        driving=day["driving_minutes"],
        load=load,
        first_at=day["departs_at"],
        last_at=day["returns_at"],
        bar=bar_of(day["service_minutes"], day["driving_minutes"], hours.room, scale) if is_timed else None,
        mark=mark_of(load, mean, is_too_long=is_too_long) if load is not None and day["working_day"] else None,
    )


def wall_time_of(instant: str) -> time:
    """The time of day of an instant that is told with the offset of its territory."""
    return datetime.fromisoformat(instant).time()


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
