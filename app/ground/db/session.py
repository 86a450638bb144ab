"""Engine, sessions, and the ways to talk to the database: `transaction()`, and `read_only()` or `snapshot()`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import NullPool, QueuePool, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from app.ground.db.statements import AUTOCOMMIT, planned_once
from app.ground.errors import Told

SERVER_SETTINGS = {
    "application_name": "fieldproof",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",  # the statements are short; compiling them costs more than it saves
}

_NO_LIMIT = text("SET LOCAL statement_timeout = 0")

CONNECT_SECONDS = 5
"""How long a new connection may take: a server that is alive answers within milliseconds."""

STATEMENTS_KEPT: dict[str, Any] = {"max_cacheable_statement_size": 0}
"""The driver keeps each statement prepared, however long: by itself it prepares one past 15 kB anew each time."""

WAIT_SECONDS = 20
"""How long a transaction waits for a connection before it is given up."""


class NoAddress(Told):
    """What was given as a database's address is none; it is not repeated, for it may hold a password."""


def asyncpg_url(url: str) -> URL:
    """`url` with the driver that this project uses, whatever driver (or none) it names. Raises NoAddress."""
    try:
        return make_url(url).set(drivername="postgresql+asyncpg")
    except ArgumentError:
        raise NoAddress("That is no address of a database: postgresql://user:password@host/name is one.") from None


class Database:
    """One process's pool of connections.

    Two thirds of them at most serve those who only read: lists that take long keep no upload waiting.
    """

    def __init__(self, url: str, *, pool_size: int = 10, server_settings: dict[str, str] | None = None) -> None:
        self.engine = _engine(url, pool_size, server_settings or {})
        self._beside = _engine(url, 1, server_settings or {})
        self._open: set[Any] = set()
        event.listen(self.engine.sync_engine, "connect", lambda connection, _: self._open.add(connection))
        event.listen(self.engine.sync_engine, "checkout", _refuse_dead)
        event.listen(self.engine.sync_engine, "close", lambda connection, _: self._open.discard(connection))
        self._reading = asyncio.Semaphore(max(1, pool_size * 2 // 3))
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readers = async_sessionmaker(
            self.engine.execution_options(postgresql_readonly=True), expire_on_commit=False
        )
        self._snapshots = async_sessionmaker(
            self.engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ"),
            expire_on_commit=False,
        )
        self._single = async_sessionmaker(
            self.engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False, info={AUTOCOMMIT: True}
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work: committed where the block ends, rolled back where it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def planned_once(self) -> AsyncIterator[AsyncSession]:
        """A transaction whose statements a connection plans once: planning over months costs more than running.

        For statements whose best plan is the same for every day and rep.
        """
        async with self._single() as session, planned_once(session):
            yield session

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[AsyncSession]:
        """A transaction in which PostgreSQL refuses every write. Raises TimeoutError where too many read already."""
        async with self._reading_by(self._readers) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """The same, all of whose statements see the records as they were at one moment."""
        async with self._reading_by(self._snapshots) as session:
            yield session

    @asynccontextmanager
    async def _reading_by(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        async with asyncio.timeout(WAIT_SECONDS):
            await self._reading.acquire()
        try:
            async with sessions() as session, session.begin():
                yield session
        finally:
            self._reading.release()

    @asynccontextmanager
    async def single_statement(self) -> AsyncIterator[AsyncSession]:
        """A session for one statement that reads: without the round trips of BEGIN and COMMIT."""
        async with self._single() as session:
            yield session

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[AsyncSession]:
        """The same on a connection of its own, which is free where all others are busy: to ask how the database is."""
        async with AsyncSession(self._beside.execution_options(isolation_level="AUTOCOMMIT")) as session:
            yield session

    @property
    def is_in_use(self) -> bool:
        """Whether anybody has a connection of the pool, or waits for one that is being made."""
        pool = self.engine.pool
        return not isinstance(pool, QueuePool) or pool.checkedout() > 0

    def abandon_connections(self) -> int:
        """Cut all connections off, whatever waits for an answer on them, and forget them: the server hangs.

        Who waited gets an error that says that the database is away. Answers how many were cut off.
        """
        abandoned = list(self._open)
        for connection in abandoned:
            connection.driver_connection.terminate()
        return len(abandoned)

    @asynccontextmanager
    async def own_connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection beside the pool, in no transaction. Raises OSError, TimeoutError and asyncpg's errors."""
        limits = {"server_settings": SERVER_SETTINGS, "timeout": CONNECT_SECONDS}
        engine = create_async_engine(self.engine.url, poolclass=NullPool, connect_args=limits)
        try:
            async with engine.connect() as connection:
                driver: asyncpg.Connection | None = (await connection.get_raw_connection()).driver_connection
                try:
                    if driver is not None:
                        yield driver
                finally:
                    await connection.invalidate()  # one that was lost has nothing more to say
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self.engine.dispose()
        await self._beside.dispose()


def _refuse_dead(connection: Any, *_: Any) -> None:
    """Let the pool make a connection anew where the server has closed it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("The server has closed this connection.")


def _engine(url: str, pool_size: int, server_settings: dict[str, str]) -> AsyncEngine:
    return create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        connect_args={
            "server_settings": SERVER_SETTINGS | server_settings,
            "timeout": CONNECT_SECONDS,
            **STATEMENTS_KEPT,
        },
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        hide_parameters=True,  # of an error message: a password's hash or a phone number stays out of the logs
    )


async def take_as_long_as_it_takes(session: AsyncSession) -> None:
    """Lift the limit on how long a statement of this transaction may run: for a day's closing, not for questions."""
    await session.execute(_NO_LIMIT)
