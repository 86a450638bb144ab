from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
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
    next_working_day,
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


SUNDAY, MONDAY, TUESDAY = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
TOKYO, LONDON = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/London")


def until(day: date, **fields: Any) -> PastCalendar:
    """Athens's calendar, with these fields, for the days before one."""
    sound: dict[str, Any] = {
        "until": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "valid_until": day,
        "zone": ATHENS.zone,
        "order_cutoff": ATHENS.order_cutoff,
        "call_deadline": ATHENS.call_deadline,
        "working_weekdays": ATHENS.working_weekdays,
        "holidays": ATHENS.holidays,
    }
    return PastCalendar(**sound | fields)


@pytest.mark.parametrize(
    ("past", "cutoffs"),
    [
        ([], [17, 17, 17]),
        ([until(TUESDAY, order_cutoff=time(15))], [15, 15, 17]),
        ([until(MONDAY, order_cutoff=time(15))], [15, 17, 17]),
        ([until(TUESDAY, order_cutoff=time(15)), until(TUESDAY, order_cutoff=time(12))], [15, 15, 17]),
        ([until(TUESDAY, order_cutoff=time(15)), until(MONDAY, order_cutoff=time(12))], [15, 17, 17]),
        ([until(MONDAY, order_cutoff=time(15)), until(TUESDAY, order_cutoff=time(12))], [15, 12, 17]),
        ([until(date.min, order_cutoff=time(15))], [17, 17, 17]),
    ],
    ids=[
        "never changed",
        "changed on Monday",
        "changed on Monday, for Monday",
        "changed twice on Monday",
        "changed on Monday, and then for Monday",
        "changed on Sunday and on Monday",
        "changed on the day on which it was made",
    ],
)
def test_a_day_closes_by_the_calendar_that_was_set_last_of_those_that_had_begun(
    past: list[PastCalendar], cutoffs: list[int]
) -> None:
    changed = replace(ATHENS, past=tuple(past))
    days = (SUNDAY, MONDAY, TUESDAY)
    assert [cutoff_at(changed, day).astimezone(ATHENS.zone).hour for day in days] == cutoffs


def test_the_calls_and_the_working_days_go_by_the_same_calendar() -> None:
    changed = replace(ATHENS, past=(until(TUESDAY, call_deadline=time(20), working_weekdays=frozenset({7})),))
    assert [call_deadline_at(changed, day).hour for day in (MONDAY, TUESDAY)] == [18, 17]
    assert [is_working_day(changed, day) for day in (SUNDAY, MONDAY, TUESDAY)] == [True, False, True]


@pytest.mark.parametrize(
    ("zone", "instants"),
    [
        # a day that is over when the new zone's first day begins: it ends there
        (TOKYO, [("2026-11-23T14:59:59+00:00", MONDAY), ("2026-11-23T15:00:00+00:00", TUESDAY)]),
        # and one that goes on until then
        (LONDON, [("2026-11-23T23:59:59+00:00", MONDAY), ("2026-11-24T00:00:00+00:00", TUESDAY)]),
    ],
    ids=["eastwards", "westwards"],
)
def test_a_change_of_zone_leaves_no_instant_without_a_day_and_none_with_two(
    zone: ZoneInfo, instants: list[tuple[str, date]]
) -> None:
    moved = replace(ATHENS, zone=zone, past=(until(TUESDAY),))
    assert [business_date(moved, datetime.fromisoformat(instant)) for instant, _ in instants] == [
        day for _, day in instants
    ]
    hours = [datetime(2026, 11, 22, tzinfo=UTC) + timedelta(hours=number) for number in range(72)]
    days = [business_date(moved, hour) for hour in hours]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("day", "fields", "following"),
    [
        (date(2026, 11, 27), {}, date(2026, 11, 30)),
        (date(2026, 12, 24), {}, date(2026, 12, 28)),
        (MONDAY, {}, TUESDAY),
        (MONDAY, {"working_weekdays": frozenset({1})}, date(2026, 11, 30)),
        (MONDAY, {"working_weekdays": frozenset[int]()}, TUESDAY),
        (MONDAY, {"past": (until(date(2026, 11, 25), working_weekdays=frozenset({1})),)}, date(2026, 11, 25)),
    ],
)
def test_what_is_ordered_is_delivered_on_the_next_working_day(
    day: date, fields: dict[str, Any], following: date
) -> None:
    assert next_working_day(replace(ATHENS, **fields), day) == following
