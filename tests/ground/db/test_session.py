"""The pool of connections: who reads, who writes, and how long a statement may take."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.ground.db.outages import DRIVER_ERRORS
from app.ground.db.session import Database
from app.ground.db.statements import DirectStatement, NotCommitted
from app.ground.settings import Settings
from app.main import database_of
from app.sales.orders.models import NoOrderReason
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


WAYS = ["single_statement", "transaction", "planned_once"]
OWN_PID = DirectStatement(text("SELECT pg_backend_pid() AS pid"))
LOST = (*DRIVER_ERRORS, DBAPIError)
_FATAL = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
LAST_WORDS = b"E" + (len(_FATAL) + 4).to_bytes(4, "big") + _FATAL
"""PostgreSQL's message where it ends an idle connection."""


async def _pid(database: Database, way: str) -> int:
    async with getattr(database, way)() as session:
        [(pid,)] = await OWN_PID.rows(session, {})
        return int(pid)


async def _end(database: Database, pid: int) -> None:
    async with database.own_connection() as other:
        assert await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)


@pytest.mark.parametrize("way", WAYS)
async def test_connections_that_the_server_has_closed_are_not_handed_out(committed_url: str, way: str) -> None:
    database = Database(committed_url, pool_size=1)
    died = await _pid(database, way)
    (connection,) = database._open
    closed = asyncio.Event()
    connection.driver_connection.add_termination_listener(lambda _: closed.set())
    await _end(database, died)
    await closed.wait()

    assert await _pid(database, way) != died
    await database.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_connection_that_dies_in_use_is_handed_out_no_more(committed_url: str, way: str) -> None:
    database = Database(committed_url, pool_size=1)
    pids = []

    async def use_it_until_it_dies() -> None:
        async with getattr(database, way)() as session:
            [(pid,)] = await OWN_PID.rows(session, {})
            pids.append(pid)
            await _end(database, pid)
            await OWN_PID.rows(session, {})

    with pytest.raises(LOST):
        await use_it_until_it_dies()
    assert await _pid(database, way) not in pids
    await database.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_connection_on_which_the_server_has_said_its_last_words_is_handed_out_once_at_most(
    committed_url: str, way: str
) -> None:
    database = Database(committed_url, pool_size=1)
    died = await _pid(database, way)
    (connection,) = database._open
    connection.driver_connection._protocol.data_received(LAST_WORDS)  # and its end has not come yet

    with pytest.raises(LOST):
        await _pid(database, way)
    assert await _pid(database, way) != died
    await database.close()


async def test_a_statement_stays_prepared_however_long_it_is(committed: Database) -> None:
    lengths = [20, 20_000, 200_000]
    async with committed.transaction() as session:
        for length in lengths:
            await DirectStatement(text(f"SELECT '{length * 'x'}'")).rows(session, {})
        kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT ''xxx%'"
        assert await session.scalar(text(kept)) == len(lengths)


async def test_what_is_planned_once_is_committed_as_a_whole_or_not_at_all(committed: Database) -> None:
    async with committed.planned_once() as session:
        assert await session.scalar(text("SHOW plan_cache_mode")) == "force_generic_plan"
        await make_product(session, code="KEPT")

    async def fail() -> None:
        async with committed.planned_once() as session:
            await make_product(session, code="LOST")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with committed.read_only() as session:
        assert await session.scalar(text("SHOW plan_cache_mode")) == "auto"
        assert list(await session.scalars(text("SELECT code FROM products"))) == ["KEPT"]


async def test_what_was_only_added_to_the_session_is_written_where_it_is_committed(committed: Database) -> None:
    async with committed.planned_once() as session:
        session.add(NoOrderReason(code="added", label="Added", active=True))

    async with committed.read_only() as session:
        assert await session.scalar(text("SELECT label FROM no_order_reasons WHERE code = 'added'")) == "Added"


async def test_who_is_cancelled_leaves_no_transaction_open(committed_url: str) -> None:
    database = Database(committed_url, pool_size=1)
    begun = asyncio.Event()

    async def wait_for_ever() -> None:
        async with database.planned_once() as session:
            await make_product(session, code="LOST")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait_for_ever())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.planned_once() as session:
        assert await session.scalar(text("SELECT count(*) FROM products")) == 0
    await database.close()


async def test_a_commit_that_postgresql_turns_into_a_rollback_is_none(committed: Database) -> None:
    async def swallow_an_error() -> None:
        async with committed.planned_once() as session:
            await make_product(session)
            with pytest.raises(DBAPIError):
                await session.execute(text("SELECT 1 / 0"))

    with pytest.raises(NotCommitted):
        await swallow_an_error()
