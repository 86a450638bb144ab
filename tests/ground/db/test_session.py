"""The pool of connections: who reads, who writes, and how long a statement may take."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.ground.db.session import Database
from app.ground.db.statements import DirectStatement
from app.ground.settings import Settings
from app.main import database_of
from tests.factories.catalogue import make_product

ONE = text("SELECT 1")


async def test_who_reads_leaves_connections_to_who_writes(committed_url: str) -> None:
    database = Database(committed_url, pool_size=3)
    async with AsyncExitStack() as reading:
        for _ in range(2):
            await (await reading.enter_async_context(database.read_only())).execute(ONE)
        third = asyncio.create_task(_read(database))
        async with database.transaction() as session:
            assert await session.scalar(ONE) == 1
        assert not third.done()
    assert await third == 1
    await database.close()


async def test_all_that_a_snapshot_reads_is_of_one_moment_and_nothing_is_written(committed: Database) -> None:
    products = text("SELECT count(*) FROM products")
    async with committed.snapshot() as reading:
        assert await reading.scalar(products) == 0
        async with committed.transaction() as session:
            await make_product(session)
        assert await reading.scalar(products) == 0
        with pytest.raises(DBAPIError, match="read-only"):
            await reading.execute(text("DELETE FROM user_territories"))


async def test_a_pool_of_one_connection_can_be_read(committed_url: str) -> None:
    database = Database(committed_url, pool_size=1)
    assert await _read(database) == 1
    await database.close()


async def test_the_apis_statements_end_in_time(committed_url: str, settings: Settings) -> None:
    with_limit = settings.model_copy(update={"statement_timeout_seconds": 7})
    database = database_of(with_limit, committed_url)
    async with database.read_only() as session:
        assert await session.scalar(text("SHOW statement_timeout")) == "7s"
    await database.close()


async def _read(database: Database) -> int | None:
    async with database.read_only() as session:
        found: int | None = await session.scalar(ONE)
        return found


@pytest.mark.parametrize("way", ["single_statement", "transaction", "planned_once"])
async def test_a_connection_that_has_died_is_handed_out_once(committed_url: str, way: str) -> None:
    database = Database(committed_url, pool_size=1)
    own_pid = DirectStatement(text("SELECT pg_backend_pid() AS pid"))
    async with getattr(database, way)() as session:
        [(died,)] = await own_pid.rows(session, {})
    async with database.own_connection() as other:
        assert await other.fetchval("SELECT pg_terminate_backend($1, 5000)", died)

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError)):
        async with getattr(database, way)() as session:
            await own_pid.rows(session, {})

    async with getattr(database, way)() as session:
        assert await own_pid.rows(session, {}) != [(died,)]
    await database.close()
