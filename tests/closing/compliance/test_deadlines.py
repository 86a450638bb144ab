"""The deadlines of a period, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.closing.compliance.deadlines import deadlines_of
from app.masters.territories.calendar import PastCalendar, TerritoryFacts

SATURDAY, SUNDAY = date(2026, 3, 28), date(2026, 3, 29)
ATHENS = TerritoryFacts(
    1,
    "PAT",
    ZoneInfo("Europe/Athens"),
    time(17),
    time(19),
    frozenset({1, 2, 3, 4, 5, 6, 7}),
    frozenset(),
    datetime(2026, 1, 1, tzinfo=UTC),
)


def test_a_deadline_is_an_instant_of_each_day_by_the_zones_clock() -> None:
    found = deadlines_of([ATHENS], {}, SATURDAY, SUNDAY).instants
    assert [(one.business_date, one.at) for one in found] == [
        (SATURDAY, datetime(2026, 3, 28, 15, tzinfo=UTC)),
        (SUNDAY, datetime(2026, 3, 29, 14, tzinfo=UTC)),
    ]


def test_outlets_have_due_times_of_their_own_beside_the_cutoff() -> None:
    found = deadlines_of([ATHENS], {1: {time(12)}}, SATURDAY, SATURDAY).instants
    assert [(one.due_time, one.at.hour) for one in found] == [(None, 15), (time(12), 10)]


def test_a_due_time_is_meant_by_the_zone_that_the_territory_had_on_the_day() -> None:
    before = PastCalendar(
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        SUNDAY,
        ZoneInfo("Europe/London"),
        time(17),
        time(19),
        ATHENS.working_weekdays,
        frozenset(),
    )
    found = deadlines_of([replace(ATHENS, past=(before,))], {1: {time(12)}}, SATURDAY, SUNDAY).instants
    assert [(one.business_date, one.due_time, one.at.hour) for one in found] == [
        (SATURDAY, None, 17),
        (SATURDAY, time(12), 12),
        (SUNDAY, None, 14),
        (SUNDAY, time(12), 9),
    ]


def test_a_day_on_which_nobody_works_has_no_deadline() -> None:
    free = replace(ATHENS, working_weekdays=frozenset({6}))
    assert [one.business_date for one in deadlines_of([free], {}, SATURDAY, SUNDAY).instants] == [SATURDAY]


def test_territories_with_the_same_calendar_are_reckoned_once() -> None:
    many = [replace(ATHENS, id=id_) for id_ in range(200)]
    other = replace(ATHENS, id=200, order_cutoff=time(16))
    found = deadlines_of([*many, other], {}, SUNDAY, SUNDAY)
    assert len(found.instants) == 2
    assert found.calendars == dict.fromkeys(range(200), 0) | {200: 1}
