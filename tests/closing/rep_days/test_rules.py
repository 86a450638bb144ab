"""How a rep's day goes, by where the plan expects the rep."""

from datetime import datetime, timedelta

import pytest

from app.closing.rep_days.rules import DayProgress, PlanSoFar, ProgressStatus, progress
from tests.conftest import MONDAY_NOON

NOT_STARTED, ON_ROUTE, BEHIND, AHEAD, DONE = ProgressStatus


def ago(minutes: int) -> datetime:
    return MONDAY_NOON - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        # before the first arrival: by how much it is overdue
        (PlanSoFar(4, 0, next_expected_at=ago(-90)), DayProgress(NOT_STARTED, 0)),
        (PlanSoFar(4, 0, next_expected_at=ago(40)), DayProgress(NOT_STARTED, 40)),
        (PlanSoFar(4, 0), DayProgress(NOT_STARTED, None)),
        # as late as at the last arrival, while the next visit is still to come
        (PlanSoFar(4, 1, ago(60), ago(58), ago(-10)), DayProgress(ON_ROUTE, 2)),
        (PlanSoFar(4, 1, ago(60), ago(40), ago(-10)), DayProgress(BEHIND, 20)),
        (PlanSoFar(4, 1, ago(60), ago(90), ago(-30)), DayProgress(AHEAD, -30)),
        (PlanSoFar(4, 1, ago(60), ago(75), ago(-30)), DayProgress(ON_ROUTE, -15)),
        # who was in time and stays away falls behind
        (PlanSoFar(4, 1, ago(60), ago(60), ago(15)), DayProgress(ON_ROUTE, 15)),
        (PlanSoFar(4, 1, ago(60), ago(60), ago(16)), DayProgress(BEHIND, 16)),
        (PlanSoFar(4, 1, ago(60), ago(90), ago(16)), DayProgress(BEHIND, 16)),
        # plans that say no times, or not of every visit
        (PlanSoFar(4, 1, None, ago(60), None), DayProgress(ON_ROUTE, None)),
        (PlanSoFar(4, 1, None, ago(60), ago(20)), DayProgress(BEHIND, 20)),
        (PlanSoFar(4, 1, ago(60), ago(35), None), DayProgress(BEHIND, 25)),
        (PlanSoFar(4, 4, ago(60), ago(20)), DayProgress(DONE, None)),
        (PlanSoFar(0, 0), None),
    ],
)
def test_progress_compares_where_a_rep_is_with_where_the_plan_expects_it(
    plan: PlanSoFar, expected: DayProgress | None
) -> None:
    assert progress(plan, MONDAY_NOON) == expected


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (PlanSoFar(4, 4, ago(60), ago(60)), DayProgress(DONE, None)),
        (PlanSoFar(4, 3, ago(60), ago(60), ago(10)), DayProgress(BEHIND, None)),
        (PlanSoFar(4, 0, next_expected_at=ago(10)), DayProgress(NOT_STARTED, None)),
    ],
)
def test_a_day_that_is_not_today_has_no_minutes(plan: PlanSoFar, expected: DayProgress) -> None:
    assert progress(plan, None) == expected
