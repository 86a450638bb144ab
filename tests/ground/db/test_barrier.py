"""`received_at ≤ cutoff` means committed by the cutoff: nobody passes the barrier while somebody is inside of it."""

import asyncio

from sqlalchemy import text

from app.ground.db import barrier
from app.ground.db.session import Database

TERRITORY = 7


async def waiting_for_locks(database: Database) -> int:
    async with database.read_only() as session:
        return int(
            await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"))
        )


async def until_one_waits(database: Database) -> None:
    while not await waiting_for_locks(database):
        pass  # each question is a round trip


async def test_the_run_waits_for_whoever_is_inside_and_no_longer(committed: Database) -> None:
    async with committed.transaction() as order:
        await barrier.enter(order, TERRITORY)

        async def close() -> str:
            async with committed.transaction() as run:
                await barrier.wait_for_all(run, [TERRITORY])
            return "closed"

        closing = asyncio.create_task(close())
        await until_one_waits(committed)
        assert not closing.done()
    assert await closing == "closed"


async def test_the_barrier_is_given_back_at_once(committed: Database) -> None:
    async with committed.transaction() as run:
        await barrier.wait_for_all(run, [TERRITORY])
        async with committed.transaction() as order:
            await barrier.enter(order, TERRITORY)


async def test_another_territory_is_not_waited_for(committed: Database) -> None:
    async with committed.transaction() as order:
        await barrier.enter(order, TERRITORY + 1)
        async with committed.transaction() as run:
            await barrier.wait_for_all(run, [TERRITORY])
