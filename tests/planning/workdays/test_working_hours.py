"""Working hours: with their margin, on working days, by the zone's clock."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.planning.workdays.working_hours import WorkingDays, WorkingHours

ATHENS = ZoneInfo("Europe/Athens")
WEEKDAYS = frozenset({1, 2, 3, 4, 5})
MONDAY, SATURDAY = 23, 21


def hours(
    begins: time = time(8), ends: time = time(17), holidays: frozenset[date] = frozenset(), *past: WorkingDays
) -> WorkingHours:
    return WorkingHours(ATHENS, begins, ends, [*past, WorkingDays(date.max, WEEKDAYS, holidays)])


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ATHENS)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (local(MONDAY, 12), True),
        (local(MONDAY, 6), True),
        (local(MONDAY, 5, 59), False),
        (local(MONDAY, 19), True),
        (local(MONDAY, 19, 1), False),
        (local(MONDAY, 3), False),
        (local(SATURDAY, 12), False),
        (datetime(1, 1, 2, 12, tzinfo=ATHENS), True),
        (datetime(9999, 12, 30, 12, tzinfo=ATHENS), True),
    ],
)
def test_two_hours_before_and_after_count_and_days_off_have_none(at: datetime, *, covered: bool) -> None:
    assert hours().cover(at) is covered


def test_holidays_have_no_hours() -> None:
    assert not hours(holidays=frozenset({date(2026, 11, MONDAY)})).cover(local(MONDAY, 12))


@pytest.mark.parametrize(
    ("at", "covered"),
    [(local(24, 0, 59), True), (local(24, 1, 1), False), (local(SATURDAY, 0, 59), True), (local(MONDAY, 0, 30), False)],
)
def test_hours_that_end_late_reach_into_the_next_day_whatever_day_that_is(at: datetime, *, covered: bool) -> None:
    assert hours(ends=time(23)).cover(at) is covered


def test_hours_that_begin_early_reach_into_the_day_before() -> None:
    assert hours(begins=time(0, 30)).cover(local(22, 22, 30))
    assert not hours(begins=time(0, 30)).cover(local(22, 22, 29))


def test_a_workday_that_ends_before_it_begins_has_the_margin_alone() -> None:
    upside_down = hours(begins=time(12), ends=time(9))
    assert [upside_down.cover(local(MONDAY, hour)) for hour in (9, 10, 14, 15)] == [False, True, True, False]


def test_the_night_on_which_clocks_change_is_told_by_the_wall() -> None:
    early = WorkingHours(ATHENS, time(5), time(17), [WorkingDays(date.max, frozenset({7}), frozenset())])
    # clocks go from 3:00 to 4:00: two hours before 5:00 they show 2:00
    assert [early.cover(local(29, 2, minute, month=3)) for minute in (0, 59)] == [True, True]
    assert not early.cover(local(29, 1, 59, month=3))


def test_a_day_is_judged_by_the_calendar_that_held_then() -> None:
    tuesday = date(2026, 11, 24)
    monday_was_free = WorkingDays(tuesday, WEEKDAYS, frozenset({date(2026, 11, MONDAY)}))
    changed = hours(time(8), time(17), frozenset({tuesday}), monday_was_free)
    assert [changed.cover(local(day, 12)) for day in (MONDAY, 24, 25)] == [False, False, True]
