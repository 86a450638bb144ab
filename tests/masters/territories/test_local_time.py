from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.masters.territories.local_time import business_date_of, instant_of

ZONES = [
    "Europe/Athens",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Atlantic/Azores",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Kwajalein",
    "UTC",
]


@pytest.mark.parametrize(
    ("zone", "business_date", "wall_time", "instant"),
    [
        # an ordinary cutoff, in winter and in summer
        ("Europe/Athens", date(2026, 11, 23), time(17), "2026-11-23T15:00"),
        ("Europe/Athens", date(2026, 7, 1), time(17), "2026-07-01T14:00"),
        # whole hours are not everywhere
        ("Asia/Kathmandu", date(2026, 11, 23), time(17), "2026-11-23T11:15"),
        # the spring gap: 03:00 to 04:00 does not come, the first instant after it is 04:00
        ("Europe/Athens", date(2026, 3, 29), time(2, 59, 59), "2026-03-29T00:59:59"),
        ("Europe/Athens", date(2026, 3, 29), time(3, 0), "2026-03-29T01:00"),
        ("Europe/Athens", date(2026, 3, 29), time(3, 30), "2026-03-29T01:00"),
        ("Europe/Athens", date(2026, 3, 29), time(3, 59, 59, 999999), "2026-03-29T01:00"),
        ("Europe/Athens", date(2026, 3, 29), time(4, 0), "2026-03-29T01:00"),
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00"),
        # the autumn fold: 03:00 to 04:00 comes twice, the first counts
        ("Europe/Athens", date(2026, 10, 25), time(3, 0), "2026-10-25T00:00"),
        ("Europe/Athens", date(2026, 10, 25), time(3, 59), "2026-10-25T00:59"),
        ("Europe/Athens", date(2026, 10, 25), time(4, 0), "2026-10-25T02:00"),
        # Lord Howe moves its clocks by half an hour
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30"),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45"),
        # Samoa had no 30 December 2011
        ("Pacific/Apia", date(2011, 12, 29), time(17), "2011-12-30T03:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(17), "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 30), time(0), "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 31), time(0), "2011-12-30T10:00"),
        # midnight itself falls into a gap
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), "2018-11-04T03:00"),
        ("Africa/Cairo", date(2026, 4, 24), time(0), "2026-04-23T22:00"),
        ("Asia/Beirut", date(2026, 3, 29), time(0, 30), "2026-03-28T22:00"),
    ],
)
def test_a_wall_time_is_the_first_instant_at_which_clocks_show_it_or_later(
    zone: str, business_date: date, wall_time: time, instant: str
) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)

    assert instant_of(business_date, wall_time, zone) == expected
    assert instant_of(business_date, wall_time, ZoneInfo(zone)) == expected


def test_an_instant_is_told_in_utc() -> None:
    assert instant_of(date(2026, 3, 29), time(3, 30), "Europe/Athens").tzinfo is UTC


def test_a_wall_time_with_a_zone_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone of its own"):
        instant_of(date(2026, 11, 23), time(17, tzinfo=UTC), "Europe/Athens")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        instant_of(date(2026, 11, 23), time(17), "Europe/Patras")


@pytest.mark.parametrize(
    ("zone", "instant", "business_date"),
    [
        ("Europe/Athens", "2026-11-23T21:59:59", date(2026, 11, 23)),
        ("Europe/Athens", "2026-11-23T22:00:00", date(2026, 11, 24)),
        ("Asia/Kathmandu", "2026-11-23T18:14:59", date(2026, 11, 23)),
        ("Asia/Kathmandu", "2026-11-23T18:15:00", date(2026, 11, 24)),
        ("Pacific/Apia", "2011-12-30T09:59:59", date(2011, 12, 29)),
        ("Pacific/Apia", "2011-12-30T10:00:00", date(2011, 12, 31)),
        ("America/Sao_Paulo", "2018-11-04T02:59:59", date(2018, 11, 3)),
        ("America/Sao_Paulo", "2018-11-04T03:00:00", date(2018, 11, 4)),
    ],
)
def test_a_business_date_is_the_local_date(zone: str, instant: str, business_date: date) -> None:
    assert business_date_of(datetime.fromisoformat(instant).replace(tzinfo=UTC), zone) == business_date


def test_a_business_date_needs_an_instant_with_an_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        business_date_of(datetime(2026, 11, 23, 17), "Europe/Athens")  # noqa: DTZ001 - the naive one is refused


dates = st.dates(date(1980, 1, 1), date(2037, 12, 31))
whole_seconds = st.integers(0, 86_399).map(lambda second: (datetime.min + timedelta(seconds=second)).time())  # noqa: DTZ901 - for its time


def shown(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@given(st.sampled_from(ZONES), dates, whole_seconds)
def test_clocks_show_the_wall_time_then_and_not_before(zone: str, business_date: date, wall_time: time) -> None:
    wall = datetime.combine(business_date, wall_time)
    instant = instant_of(business_date, wall_time, zone)

    assert shown(instant, zone) >= wall
    for seconds in (1, 60, 1_800, 3_600, 7_200):
        assert shown(instant - timedelta(seconds=seconds), zone) < wall


@given(st.sampled_from(ZONES), dates, whole_seconds)
def test_the_instant_of_a_wall_time_lies_on_its_date_unless_the_date_was_skipped(
    zone: str, business_date: date, wall_time: time
) -> None:
    instant = instant_of(business_date, wall_time, zone)
    skipped = shown(instant, zone) != datetime.combine(business_date, wall_time)

    assert skipped or business_date_of(instant, zone) == business_date
