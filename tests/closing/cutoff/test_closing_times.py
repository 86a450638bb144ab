"""When a day closes, and once: zones, dry runs, races (C1, C6, C7, T4, T5)."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.errors import CutoffNotReached, NonWorkingDay
from app.closing.cutoff.models import CutoffRun
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Day, close, missing
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import change_calendar, make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

MICROSECOND = timedelta(microseconds=1)


async def test_a_day_is_closed_once_and_asking_again_answers_the_same_run(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    first = await close(session, day)
    await make_visit(session, await make_rep(session, day.territory), day.outlet)
    again = await close(session, day)
    assert (again.id, again.missing_orders, len(await missing(session))) == (first.id, 1, 1)


async def test_a_day_does_not_close_before_its_cutoff(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(CUTOFF - MICROSECOND)
    with pytest.raises(CutoffNotReached) as refused:
        await close(session, day)
    assert refused.value.fields["cutoff_at"] == "2026-11-23T17:00:00+02:00"


@pytest.mark.parametrize("fields", [{"working_weekdays": [2, 3]}, {"holidays": [MONDAY]}])
async def test_a_day_on_which_nobody_works_has_no_run(
    session: AsyncSession, the_clock: clock.SetClock, fields: dict[str, object]
) -> None:
    the_clock.move_to(AFTER)
    territory = await make_territory(session, **fields)
    with pytest.raises(NonWorkingDay):
        await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")


async def test_a_cutoff_that_is_moved_into_the_past_moves_no_order_of_the_day_with_it(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_order(session, day.outlet, received_at=CUTOFF - timedelta(minutes=15))
    # at 16:30 the cutoff becomes 16:00
    await change_calendar(session, day.territory, CUTOFF - timedelta(minutes=30), order_cutoff="16:00")
    the_clock.move_to(CUTOFF - MICROSECOND)
    with pytest.raises(CutoffNotReached):
        await close(session, day)
    the_clock.move_to(AFTER)
    run = await close(session, day)
    assert (run.cutoff_at, run.missing_orders) == (CUTOFF, 0)


async def test_a_day_that_is_closed_late_closes_by_the_cutoff_that_held_then(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    tuesday_noon = CUTOFF + timedelta(hours=19)
    await make_visit(session, day.rep, day.outlet)
    await make_order(session, day.outlet, received_at=CUTOFF)
    await change_calendar(session, day.territory, tuesday_noon, order_cutoff="15:00", working_weekdays=[2, 3])
    the_clock.move_to(tuesday_noon)
    run = await close(session, day)
    assert (run.cutoff_at, run.missing_orders) == (CUTOFF, 0)


async def test_a_day_from_before_the_territory_was_made_can_be_closed_by_hand(session: AsyncSession, day: Day) -> None:
    friday = date(2026, 11, 20)
    day.territory.created_at = CUTOFF
    await make_visit(session, day.rep, day.outlet, friday)
    assert (await close(session, day, friday)).missing_orders == 1


async def test_a_day_closes_at_its_local_cutoff_at_an_offset_of_five_hours_and_three_quarters(
    session: AsyncSession, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(datetime(2026, 11, 23, 11, 15, tzinfo=UTC))
    territory = await make_territory(session, time_zone="Asia/Kathmandu")
    day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
    await make_visit(session, day.rep, day.outlet)
    run = await close(session, day)
    assert (run.cutoff_at, run.missing_orders) == (clock.now(), 1)
    assert run.call_deadline_at == datetime(2026, 11, 23, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sunday", "cutoff_at"),
    [
        (date(2027, 3, 28), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["in the gap of spring", "in the fold of autumn"],
)
async def test_where_zones_change_at_the_cutoff_orders_count_up_to_its_one_instant(
    session: AsyncSession, the_clock: clock.SetClock, sunday: date, cutoff_at: datetime
) -> None:
    the_clock.move_to(cutoff_at + timedelta(hours=3))
    territory = await make_territory(session, order_cutoff=time(3, 30), working_weekdays=[7])
    day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
    other = await make_outlet(session, territory)
    for outlet, received_at in ((day.outlet, cutoff_at), (other, cutoff_at + MICROSECOND)):
        await make_visit(session, day.rep, outlet, sunday)
        await make_order(session, outlet, business_date=sunday, received_at=received_at)
    run = await close(session, day, sunday)
    assert (run.cutoff_at, run.missing_orders) == (cutoff_at, 1)
    assert [row.outlet_id for row in await missing(session)] == [other.id]


async def test_a_dry_run_tells_what_would_be_flagged_at_any_time_and_writes_nothing(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    visit = await make_visit(session, day.rep, day.outlet)
    other = await make_outlet(session, day.territory)
    await make_visit(session, day.rep, other)
    the_clock.move_to(CUTOFF - timedelta(hours=3))
    await make_order(session, other, received_at=CUTOFF - timedelta(hours=2))
    async with session.begin_nested():
        at_noon = await cutoff.preview(session, day.territory.id, MONDAY)
    assert (at_noon.planned_visits, len(at_noon.missing), at_noon.penalties) == (2, 2, 2)
    the_clock.move_to(AFTER)
    async with session.begin_nested():
        after = await cutoff.preview(session, day.territory.id, MONDAY)
    (row,) = after.missing
    assert (row.visit_id, row.outlet_code, row.rep_code) == (visit.id, day.outlet.code, day.rep.code)
    assert await missing(session) == []
    assert list(await session.scalars(select(CutoffRun))) == []


async def test_a_dry_run_of_a_free_day_flags_nothing(session: AsyncSession, day: Day) -> None:
    sunday = date(2026, 11, 22)
    await make_visit(session, day.rep, day.outlet, sunday)
    found = await cutoff.preview(session, day.territory.id, sunday)
    assert (found.planned_visits, found.missing) == (0, [])


async def test_an_order_that_was_taken_in_at_the_cutoff_but_commits_after_it_is_waited_for(
    committed: Database, the_clock: clock.SetClock
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        outlet = await make_outlet(session, territory)
        await make_visit(session, await make_rep(session, territory), outlet)
    the_clock.move_to(CUTOFF + timedelta(seconds=1))
    async with committed.transaction() as ordering, asyncio.timeout(20):
        await barrier.enter(ordering, territory.id)

        async def close_meanwhile() -> int:
            async with committed.transaction() as closing:
                run = await cutoff.close_day(closing, territory.id, MONDAY, triggered_by="test")
            return run.missing_orders

        closing = asyncio.create_task(close_meanwhile())
        done, _ = await asyncio.wait([closing], timeout=0.5)
        assert not done
        await make_order(ordering, outlet, received_at=CUTOFF)
    assert await closing == 0


async def test_ten_transactions_that_close_one_day_at_once_make_one_run(
    committed: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))

    async def close_it() -> tuple[str, bool]:
        async with committed.transaction() as session:
            run, made = await cutoff.close_or_find(session, territory.id, MONDAY, triggered_by="test")
        return str(run.id), made

    answers = await asyncio.gather(*(close_it() for _ in range(10)))
    assert len({run_id for run_id, _ in answers}) == 1
    assert sum(made for _, made in answers) == 1
    async with committed.read_only() as session:
        assert len(await missing(session)) == 1
