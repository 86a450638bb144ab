from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.masters.territories.calendar import (
    PastCalendar,
    TerritoryFacts,
    business_date,
    call_deadline_at,
    cutoff_at,
    is_working_day,
)

CHRISTMAS = date(2026, 12, 25)
ATHENS = TerritoryFacts(
    1,
    "PAT",
    ZoneInfo("Europe/Athens"),
    time(17),
    time(19),
    frozenset({1, 2, 3, 4, 5}),
    frozenset({CHRISTMAS}),
    datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_day_closes_at_the_cutoff_of_its_own_zone_in_winter_and_in_summer() -> None:
    assert cutoff_at(ATHENS, date(2026, 11, 23)) == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert cutoff_at(ATHENS, date(2026, 7, 1)) == datetime(2026, 7, 1, 14, tzinfo=UTC)
    assert call_deadline_at(ATHENS, date(2026, 11, 23)) == datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_weekends_and_holidays_are_no_working_days() -> None:
    asked = [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 24), CHRISTMAS]
    assert [is_working_day(ATHENS, day) for day in asked] == [True, False, False, True, False]


def test_the_business_date_is_the_local_one() -> None:
    assert business_date(ATHENS, datetime(2026, 11, 23, 21, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert business_date(ATHENS, datetime(2026, 11, 23, 22, 0, tzinfo=UTC)) == date(2026, 11, 24)


MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 21)


def until(day: int, hour: int, minute: int = 0, **fields: Any) -> PastCalendar:
    """Athens's calendar, with these fields, until an hour (UTC) of November."""
    sound: dict[str, Any] = {
        "until": datetime(2026, 11, day, hour, minute, tzinfo=UTC),
        "zone": ATHENS.zone,
        "order_cutoff": ATHENS.order_cutoff,
        "call_deadline": ATHENS.call_deadline,
        "working_weekdays": ATHENS.working_weekdays,
        "holidays": ATHENS.holidays,
    }
    return PastCalendar(**sound | fields)


@pytest.mark.parametrize(
    ("past", "closes_at"),
    [
        ([until(23, 14, 59, order_cutoff=time(18))], time(15)),
        ([until(23, 15, order_cutoff=time(18))], time(16)),
        ([until(23, 15, 30, order_cutoff=time(16))], time(14)),
        ([until(23, 9, order_cutoff=time(18)), until(23, 10, order_cutoff=time(20))], time(15)),
        ([until(23, 15, 30, order_cutoff=time(18)), until(23, 15, 40, order_cutoff=time(16))], time(16)),
        ([until(23, 14, zone=ZoneInfo("Asia/Kathmandu"))], time(11, 15)),
    ],
    ids=[
        "a minute before the new cutoff",
        "an earlier cutoff, set when it had come already",
        "a later cutoff, set after the day was over",
        "the last of two changes in time",
        "the new cutoff had come, then another one had",
        "another zone, set after the old zone's cutoff",
    ],
)
def test_a_day_closes_by_the_last_calendar_that_was_set_in_time(past: list[PastCalendar], closes_at: time) -> None:
    changed = replace(ATHENS, past=tuple(past))
    assert cutoff_at(changed, MONDAY) == datetime.combine(MONDAY, closes_at, UTC)
    # and the next day by the calendar that stands
    assert cutoff_at(changed, date(2026, 11, 24)) == datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.mark.parametrize("day", [MONDAY, SATURDAY])
def test_up_to_the_day_on_which_a_territory_is_made_the_calendar_that_stands_decides(day: date) -> None:
    made = replace(ATHENS, created_at=datetime(2026, 11, 23, 9, tzinfo=UTC), working_weekdays=frozenset({1, 6}))
    changed = replace(made, order_cutoff=time(11), past=(until(23, 15, 30, working_weekdays=frozenset({7})),))
    assert cutoff_at(changed, day) == datetime.combine(day, time(9), UTC)
    assert is_working_day(changed, day)


def test_the_calls_of_a_day_end_by_the_calendar_that_closed_it() -> None:
    changed = replace(ATHENS, past=(until(23, 16, call_deadline=time(20)),))
    assert call_deadline_at(changed, MONDAY) == datetime(2026, 11, 23, 18, tzinfo=UTC)


@pytest.mark.parametrize(("changed_at", "working"), [(14, True), (15, False), (23, False)])
def test_a_day_becomes_a_working_day_only_before_its_cutoff(changed_at: int, *, working: bool) -> None:
    weekdays = ATHENS.working_weekdays | {6}
    changed = replace(ATHENS, working_weekdays=weekdays, past=(until(21, changed_at, working_weekdays=frozenset({1})),))
    assert is_working_day(changed, SATURDAY) is working
    assert is_working_day(changed, date(2026, 11, 28))
