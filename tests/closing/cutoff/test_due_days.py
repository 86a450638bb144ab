"""Which days the scheduler finds due (C6, C7)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.due_days import DueDays
from app.ground import clock
from tests.factories.territories import change_calendar, make_territory

MONDAY = date(2026, 11, 23)
SATURDAY, TUESDAY = date(2026, 11, 21), date(2026, 11, 24)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def due(session: AsyncSession, days: DueDays | None = None) -> list[tuple[str, date]]:
    return [(day.territory_code, day.business_date) for day in await (days or DueDays()).find(session)]


async def test_nothing_is_due_before_the_first_cutoff_after_a_territory_was_made(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await make_territory(session, created_at=at(23, 15, 0))  # the very instant of that day's cutoff
    the_clock.move_to(at(23, 23))
    assert await due(session) == []


async def test_every_working_day_since_the_first_due_one_is_due_the_oldest_first(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    await make_territory(session, code="A", created_at=at(19, 8), holidays=[date(2026, 11, 20)])
    await make_territory(session, code="B", created_at=at(20, 8))
    the_clock.move_to(at(23, 15))
    assert await due(session) == [
        ("A", date(2026, 11, 19)),
        ("B", date(2026, 11, 20)),
        ("A", MONDAY),
        ("B", MONDAY),
    ]


async def test_two_zones_come_due_at_two_instants(session: AsyncSession, the_clock: clock.SetClock) -> None:
    await make_territory(session, code="ATH", created_at=at(23, 8))
    await make_territory(session, code="KTM", created_at=at(23, 8), time_zone="Asia/Kathmandu")
    found = []
    for instant in (at(23, 11, 14), at(23, 11, 15), at(23, 14, 59), at(23, 15)):
        the_clock.move_to(instant)
        found.append([code for code, _ in await due(session)])
    assert found == [[], ["KTM"], ["KTM"], ["ATH", "KTM"]]


async def test_a_closed_day_is_due_no_more_and_is_not_asked_for_again(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    territory = await make_territory(session, code="A", created_at=at(19, 8))
    the_clock.move_to(at(20, 16))
    days = DueDays()
    assert await due(session, days) == [("A", date(2026, 11, 19)), ("A", date(2026, 11, 20))]
    # the newer day alone is closed: the older one stays due
    await cutoff.close_day(session, territory.id, date(2026, 11, 20), triggered_by="test")
    assert await due(session, days) == [("A", date(2026, 11, 19))]
    await cutoff.close_day(session, territory.id, date(2026, 11, 19), triggered_by="test")
    assert await due(session, days) == []
    the_clock.move_to(at(23, 16))
    assert await due(session, days) == [("A", MONDAY)]


@pytest.mark.parametrize("triggered_by", ["scheduler", "user:admin"])
async def test_a_working_day_more_opens_no_day_of_the_past(
    session: AsyncSession, the_clock: clock.SetClock, triggered_by: str
) -> None:
    territory = await make_territory(session, created_at=at(20, 8))
    the_clock.move_to(at(23, 16))
    await cutoff.close_day(session, territory.id, date(2026, 11, 20), triggered_by="scheduler")
    await cutoff.close_day(session, territory.id, MONDAY, triggered_by=triggered_by)
    await change_calendar(session, territory, at(23, 18), working_weekdays=[1, 2, 3, 4, 5, 6])
    the_clock.move_to(at(24, 16))
    assert [day for _, day in await due(session)] == [TUESDAY]


async def test_a_working_day_more_opens_not_the_day_before_either(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    territory = await make_territory(session, created_at=at(20, 8), updated_at=at(20, 8))
    the_clock.move_to(at(20, 16))
    await cutoff.close_day(session, territory.id, date(2026, 11, 20), triggered_by="scheduler")
    days = DueDays()
    assert await due(session, days) == []
    # on Sunday, Saturdays become working days
    await change_calendar(session, territory, at(22, 9), working_weekdays=[1, 2, 3, 4, 5, 6])
    the_clock.move_to(at(22, 10))
    assert await due(session, days) == await due(session) == []
    the_clock.move_to(at(28, 15))
    assert SATURDAY + timedelta(days=7) in [day for _, day in await due(session)]


@pytest.mark.parametrize("looked_before", [True, False])
async def test_a_cutoff_that_is_moved_ahead_comes_due_on_the_same_day_for_who_has_looked_before_it_moved_too(
    session: AsyncSession, the_clock: clock.SetClock, looked_before: bool
) -> None:
    territory = await make_territory(session, code="A", created_at=at(23, 16))  # an hour after that day's cutoff
    days = DueDays()
    if looked_before:
        the_clock.move_to(at(23, 16, 1))
        assert await due(session, days) == []
    await change_calendar(session, territory, at(23, 16, 2), order_cutoff="18:05")
    the_clock.move_to(at(23, 16, 4))
    assert await due(session, days) == []
    the_clock.move_to(at(23, 16, 5))
    assert await due(session, days) == [("A", MONDAY)]


async def test_a_cutoff_that_is_moved_ahead_opens_no_day_that_had_passed_when_it_moved(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    territory = await make_territory(session, code="A", created_at=at(23, 16))
    days = DueDays()
    the_clock.move_to(at(24, 8))
    assert await due(session, days) == []
    await change_calendar(session, territory, at(24, 8), order_cutoff="18:05")
    assert await due(session, days) == []
    the_clock.move_to(at(24, 15))
    assert await due(session, days) == [("A", TUESDAY)]


async def test_a_cutoff_that_the_clocks_jump_over_comes_due_when_the_gap_ends(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    # Athens, 28 March 2027: 03:00 becomes 04:00 at 01:00 UTC
    sunday = date(2027, 3, 28)
    made_at = datetime(2027, 3, 27, 22, 0, tzinfo=UTC)
    await make_territory(session, code="A", order_cutoff=time(3, 30), working_weekdays=[7], created_at=made_at)
    gap_ends = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    the_clock.move_to(gap_ends - timedelta(seconds=1))
    assert await due(session) == []
    the_clock.move_to(gap_ends)
    assert await due(session) == [("A", sunday)]


async def test_a_cutoff_that_comes_twice_is_due_at_its_first_coming_and_closed_once(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    # Athens, 25 October 2026: 04:00 becomes 03:00 at 01:00 UTC, so 03:30 comes at 00:30 and at 01:30 UTC
    sunday = date(2026, 10, 25)
    made_at = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    territory = await make_territory(
        session, code="A", order_cutoff=time(3, 30), working_weekdays=[7], created_at=made_at
    )
    the_clock.move_to(datetime(2026, 10, 25, 0, 29, tzinfo=UTC))
    assert await due(session) == []
    the_clock.move_to(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert await due(session) == [("A", sunday)]
    run = await cutoff.close_day(session, territory.id, sunday, triggered_by="test")
    the_clock.move_to(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert await due(session) == []
    assert run.cutoff_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
