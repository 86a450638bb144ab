"""What the board of a week marks, what a version changed, which outlets answer to a search, and which week is shown."""

from datetime import date, time
from typing import Any

import pytest

from app.doors.console.plans.board import Board, PlanStanding, board_of
from app.doors.console.plans.loads import LoadMark, WorkHours, bar_of, hours_of, mark_of
from app.doors.console.plans.outlet_finds import finds_of
from app.doors.console.plans.versions import steps_of
from app.doors.console.plans.weeks import days_of, usual_week, week_after

HOURS = WorkHours(510, time(17))
TERRITORY = {"working_weekdays": [1, 2], "holidays": []}
MON, TUE = "2026-11-30", "2026-12-01"


def make_line(
    rep_code: str, status: str | None, *loads: int, late: bool = False, warnings: int = 0, returns: str = "15:00"
) -> dict[str, Any]:
    """A line of the API's board, with these minutes of visits on Monday, Tuesday …"""
    days = [
        day
        | {"visits": [{}] * (load // 20), "service_minutes": load, "driving_minutes": 0, "load_minutes": load}
        | {"departs_at": f"{day['date']}T08:00:00+02:00", "returns_at": f"{day['date']}T{returns}:00+02:00"}
        for day, load in zip(days_of("2026-W49", TERRITORY), loads, strict=False)
    ]
    return {"rep_code": rep_code, "status": status, "late": late, "warnings": warnings, "days": days}


def make_board(*lines: dict[str, Any]) -> Board:
    return board_of(lines, HOURS, days_of("2026-W49", TERRITORY))


def test_a_plan_waits_once_it_is_submitted_and_is_late_until_it_is_approved() -> None:
    lines = [make_line(rep, status, late=True) for rep, status in (("A", "submitted"), ("B", None), ("C", "approved"))]
    board = make_board(*lines)
    assert [row.standing for row in board.rows] == [PlanStanding.WAITING, PlanStanding.NONE, PlanStanding.APPROVED]
    assert [row.line["rep_code"] for row in board.of_standing(PlanStanding.LATE)] == ["A", "B"]


def test_only_plans_without_warnings_are_approved_together() -> None:
    board = make_board(make_line("A", "submitted"), make_line("B", "submitted", warnings=1), make_line("C", "draft"))
    assert [row.line["rep_code"] for row in board.clean] == ["A"]


def test_days_are_compared_with_the_mean_of_the_reps_week() -> None:
    [row] = make_board(make_line("A", "draft", 200, 400)).rows
    assert [cell.mark for cell in row.cells] == [LoadMark.LIGHT, LoadMark.HEAVY]


def test_a_day_that_ends_after_working_hours_is_too_long() -> None:
    [row] = make_board(make_line("A", "draft", 300, 300, returns="17:01")).rows
    assert [cell.mark for cell in row.cells] == [LoadMark.TOO_LONG, LoadMark.TOO_LONG]


def test_the_last_row_adds_up_what_all_reps_have_on_a_day() -> None:
    board = make_board(make_line("A", "draft", 200, 300), make_line("B", "draft", 100, 300), make_line("C", None))
    assert [(day.day, day.load, day.mark) for day in board.days] == [
        (MON, 300, LoadMark.LIGHT),
        (TUE, 600, LoadMark.HEAVY),
    ]


@pytest.mark.parametrize(("load", "mark"), [(115, None), (116, LoadMark.HEAVY), (85, None), (84, LoadMark.LIGHT)])
def test_a_day_is_heavy_or_light_from_15_percent_off_the_mean(load: int, mark: LoadMark | None) -> None:
    assert mark_of(load, 100, is_too_long=False) is mark


def test_a_bar_shows_visits_and_driving_against_the_workday() -> None:
    bar = bar_of(300, 100, 500, 800)
    assert (bar.service, bar.driving, bar.limit) == (37.5, 12.5, 62.5)


def test_a_workday_is_its_hours_without_lunch() -> None:
    workday = {"effective": {"begins": "08:00", "ends": "17:00", "lunch": {"minutes": 30}}}
    assert hours_of(workday) == HOURS


@pytest.mark.parametrize(
    ("today", "week"), [("2026-11-25", "2026-W48"), ("2026-11-26", "2026-W49"), ("2026-11-30", "2026-W49")]
)
def test_from_thursday_on_the_board_shows_the_week_to_come(today: str, week: str) -> None:
    assert usual_week(date.fromisoformat(today)) == week


def test_a_year_may_have_53_weeks() -> None:
    assert (week_after("2026-W53"), week_after("2027-W01", -1)) == ("2027-W01", "2026-W53")


def make_version(number: int, *visits: tuple[str, str]) -> dict[str, Any]:
    return {
        "version": number,
        "visits": [{"outlet_code": code, "visit_date": day, "sequence": None} for code, day in visits] or None,
    }


def test_a_version_tells_what_came_and_went_and_which_days_have_another_order() -> None:
    before = make_version(1, ("A", MON), ("B", MON), ("C", MON), ("D", TUE))
    approved = make_version(2)
    after = make_version(3, ("B", MON), ("A", MON), ("D", TUE), ("C", TUE))
    newest, middle, oldest = steps_of([after, approved, before])
    assert (newest.came, newest.went, newest.reordered) == ([("C", TUE)], [("C", MON)], [MON])
    assert (middle.visits, middle.came) == (None, None)
    assert (oldest.visits, oldest.came) == (4, None)


def test_an_outlet_that_was_found_tells_on_which_days_it_is_planned() -> None:
    outlets = [{"code": "PAT-0001"}, {"code": "PAT-0002"}]
    plan = {"visits": [{"outlet_code": "PAT-0001", "visit_date": MON}]}
    assert [(find.outlet["code"], find.days) for find in finds_of(outlets, plan)] == [
        ("PAT-0001", [MON]),
        ("PAT-0002", []),
    ]
    assert [find.days for find in finds_of(outlets, None)] == [[], []]
