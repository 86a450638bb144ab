"""Which of several schedulers leads: a session's advisory lock, on a connection of its own."""

import asyncio
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.ground.db.barrier import BARRIER_CLASS, LEADER_LOCK

ASK_SECONDS = 1.0
"""How often a process that waits asks for the lock."""
HOLD_SECONDS = 3.0
"""How often a leader asks whether its connection lives. One that is closed says so; one that is lost without a word is
noticed before the server gives it up, and with it the lock (see the keepalives below)."""
ANSWER_WITHIN_SECONDS = 5.0

CONNECTION_SETTINGS = {
    "application_name": "fieldproof-scheduler",
    # A killed process's sessions end within seconds, whatever they wait for; a vanished machine's within about ten.
    "client_connection_check_interval": "1s",
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


class LeadershipLost(Exception):
    """The connection that held the lock answers no longer: another scheduler may lead by now."""


class Leadership:
    """A connection that asks for the lock, and holds it as long as it lives."""

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"server_settings": CONNECTION_SETTINGS, "timeout": ANSWER_WITHIN_SECONDS},
        )
        self._connection: AsyncConnection | None = None
        self._ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._connection = await self._engine.connect()
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _: self._ended.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._connection is not None:
            # invalidated, not returned: a connection that was lost has nothing more to say
            await self._connection.invalidate()
            await self._connection.close()
        await self._engine.dispose()

    async def won(self, stop: asyncio.Event) -> bool:
        """Wait until the lock is ours (True), or until `stop` is set (False)."""
        while not stop.is_set():
            statement = text("SELECT pg_try_advisory_lock(:class, :lock)").bindparams(
                **{"class": BARRIER_CLASS, "lock": LEADER_LOCK}
            )
            if await self._answer(statement):
                return True
            await seconds_or(stop, ASK_SECONDS)
        return False

    async def held_until(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set; raise LeadershipLost where the lock is lost before."""
        while not stop.is_set():
            await self._answer(text("SELECT 1"))
            await seconds_or(stop, HOLD_SECONDS, self._ended)
            if self._ended.is_set():
                raise LeadershipLost

    async def _answer(self, question: object) -> object:
        if self._connection is None:
            raise LeadershipLost
        try:
            async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                return await self._connection.scalar(question)  # type: ignore[call-overload] # both are executable
        except (TimeoutError, DBAPIError) as error:
            raise LeadershipLost from error


async def seconds_or(stop: asyncio.Event, seconds: float, *others: asyncio.Event) -> None:
    """Wait so many seconds, or until `stop` or another event is set."""
    waiting = [asyncio.create_task(event.wait()) for event in (stop, *others)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
