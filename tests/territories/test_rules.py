from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.territories.rules import TerritoryFacts, business_date, call_deadline_at, cutoff_at, is_working_day

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
