"""On which days the demo's company works, and where its story begins."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.demo.calendar import last_whole_week_before, month_before, working_day_after, working_day_before, working_days

DAYS = st.dates(date(2026, 1, 1), date(2035, 12, 31))


@given(DAYS)
def test_the_first_week_lies_in_the_month_before_from_monday_to_friday(day: date) -> None:
    month = day.replace(day=1)
    monday = last_whole_week_before(month)
    assert monday.isoweekday() == 1
    assert month_before(day) <= monday
    assert monday + timedelta(days=4) < month <= monday + timedelta(days=11)


@given(DAYS)
def test_the_working_day_after_the_one_before_is_the_next_one(day: date) -> None:
    assert working_day_before(day) < day < working_day_after(day)
    between = list(working_days(working_day_before(day), working_day_after(day)))
    assert between in ([working_day_before(day)], [working_day_before(day), day])
