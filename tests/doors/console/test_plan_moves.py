"""Where a visit goes within a plan, and what the plan says afterwards."""

from typing import Any

import pytest

from app.doors.console.plans.moves import (
    CannotMove,
    Move,
    VisitStep,
    after_addition,
    after_move,
    body_of,
    move_of,
    open_days,
    visits_by_day,
)

MON, TUE, WED, SAT = "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-05"
NOWHERE = (None, None)


def make_plan(*, frozen: tuple[str, ...] = ()) -> dict[str, Any]:
    """A, B and C on Monday, D on Tuesday; nobody works on Saturday."""
    visits = [(MON, "A"), (MON, "B"), (MON, "C"), (TUE, "D")]
    return {
        "visits": [
            {"outlet_code": code, "visit_date": day, "sequence": number}
            for number, (day, code) in enumerate(visits, start=1)
        ],
        "days": [{"date": day, "working_day": day != SAT, "frozen": day in frozen} for day in (MON, TUE, WED, SAT)],
    }


@pytest.mark.parametrize(
    ("outlet", "day", "step", "move"),
    [
        ("B", MON, VisitStep.EARLIER, Move("B", MON, MON, 1)),
        ("B", MON, VisitStep.LATER, Move("B", MON, MON, 3)),
        ("B", MON, VisitStep.DAY_AFTER, Move("B", MON, TUE, 2)),
        ("D", TUE, VisitStep.DAY_BEFORE, Move("D", TUE, MON, 1)),
        ("B", MON, VisitStep.OUT, Move("B", MON, None, None)),
    ],
)
def test_a_step_is_a_place_of_a_day(outlet: str, day: str, step: VisitStep, move: Move) -> None:
    assert move_of(make_plan(), outlet, day, step, NOWHERE) == move


@pytest.mark.parametrize(
    ("outlet", "day", "step"),
    [
        ("A", MON, VisitStep.EARLIER),
        ("C", MON, VisitStep.LATER),
        ("A", MON, VisitStep.DAY_BEFORE),
        ("D", MON, VisitStep.LATER),
        ("X", TUE, VisitStep.OUT),
    ],
)
def test_no_step_leads_out_of_the_week_or_moves_what_is_not_there(outlet: str, day: str, step: VisitStep) -> None:
    with pytest.raises(CannotMove):
        move_of(make_plan(), outlet, day, step, NOWHERE)


def test_days_that_have_begun_and_days_on_which_nobody_works_are_passed_over() -> None:
    plan = make_plan(frozen=(TUE,))
    assert open_days(plan) == [MON, WED]
    assert move_of(plan, "A", MON, VisitStep.DAY_AFTER, NOWHERE).to_date == WED


def test_a_visit_leaves_its_place_and_takes_another() -> None:
    days = visits_by_day(make_plan()["visits"])
    assert after_move(days, Move("C", MON, MON, 1))[MON] == ["C", "A", "B"]
    assert after_move(days, Move("A", MON, TUE, 9_999)) == {MON: ["B", "C"], TUE: ["D", "A"]}
    assert after_move(days, Move("A", MON, None, None)) == {MON: ["B", "C"], TUE: ["D"]}


def test_a_visit_is_added_at_a_place_or_at_the_end() -> None:
    days = visits_by_day(make_plan()["visits"])
    assert after_addition(days, "E", MON, 2)[MON] == ["A", "E", "B", "C"]
    assert after_addition(days, "E", WED, None)[WED] == ["E"]


def test_a_plan_is_put_with_the_places_of_each_day() -> None:
    assert body_of({TUE: ["D"], MON: ["B", "A"]}, "why") == {
        "visits": [
            {"outlet_code": "B", "visit_date": MON, "sequence": 1},
            {"outlet_code": "A", "visit_date": MON, "sequence": 2},
            {"outlet_code": "D", "visit_date": TUE, "sequence": 1},
        ],
        "remark": "why",
    }
