"""Outlets that change hands on the day: planned in one territory, ordered for in another, none forgotten (O5)."""

import asyncio
from datetime import timedelta

import pytest

from app.closing.cutoff import service as cutoff
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from app.masters.territories.models import Territory
from tests.closing.cutoff.worlds import AFTER, CUTOFF, Day, charged, close, late_order, resolutions
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit


@pytest.fixture
async def moved(committed: Database) -> tuple[Day, Territory]:
    """A day whose one outlet was planned there, and went to another territory since, its rep with it."""
    async with committed.transaction() as session:
        territory, heir = await make_territory(session), await make_territory(session)
        day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
        await make_visit(session, day.rep, day.outlet)
        day.outlet.territory_id = day.rep.territory_id = heir.id
    return day, heir


async def test_an_order_taken_in_under_the_new_territory_that_commits_after_the_cutoff_is_waited_for(
    committed: Database, moved: tuple[Day, Territory], the_clock: clock.SetClock
) -> None:
    day, heir = moved
    the_clock.move_to(CUTOFF + timedelta(seconds=1))
    async with committed.transaction() as ordering, asyncio.timeout(20):
        await barrier.enter(ordering, heir.id)

        async def close_meanwhile() -> int:
            async with committed.transaction() as closing:
                run = await cutoff.close_day(closing, day.territory.id, MONDAY, triggered_by="test")
            return run.missing_orders

        closing = asyncio.create_task(close_meanwhile())
        done, _ = await asyncio.wait([closing], timeout=0.5)
        assert not done
        await make_order(ordering, day.outlet, received_at=CUTOFF)
    assert await closing == 0


async def test_a_late_order_under_the_new_territory_is_settled_when_the_day_is_closed(
    committed: Database, moved: tuple[Day, Territory], the_clock: clock.SetClock
) -> None:
    day, heir = moved
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        await late_order(session, day, territory_id=heir.id)
        await close(session, day)
    async with committed.read_only() as session:
        assert (await charged(session), await resolutions(session)) == (-3, ["late_order"])


async def test_an_order_under_the_new_territory_that_comes_while_the_day_is_being_closed_is_settled_by_one_of_the_two(
    committed: Database, moved: tuple[Day, Territory], the_clock: clock.SetClock
) -> None:
    day, heir = moved
    the_clock.move_to(AFTER)

    async def upload() -> None:
        async with committed.transaction() as session:
            await barrier.enter(session, heir.id)
            await late_order(session, day, clock.now(), territory_id=heir.id)
            await cutoff.settle_late_orders(session, day.touched, clock.now())

    async def close_it() -> None:
        async with committed.transaction() as session:
            await close(session, day)

    await asyncio.gather(upload(), close_it(), upload())
    async with committed.read_only() as session:
        assert (await charged(session), await resolutions(session)) == (-3, ["late_order"])


async def test_an_outlet_that_two_territories_had_in_plan_is_phoned_once(
    committed: Database, moved: tuple[Day, Territory], the_clock: clock.SetClock
) -> None:
    day, heir = moved
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        await make_visit(session, await make_rep(session, heir), day.outlet)
    opened = []
    for territory in (day.territory, heir):
        async with committed.transaction() as session:
            run = await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")
        opened.append((run.missing_orders, run.call_tasks))
    assert opened == [(1, 1), (1, 0)]
