"""What the database tells by NOTIFY, heard over a connection of one's own."""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Any

import asyncpg
import structlog

from app.ground.db.outages import DRIVER_ERRORS
from app.ground.db.session import Database

BEAT_SECONDS = 0.25
"""How often the connection is asked whether it lives. What was told before an answer has arrived before it."""

IDLE_BEAT_SECONDS = 10.0
"""How often while nobody relies on what was heard: a connection that has died is replaced, by and by (decision 61)."""

CURRENT_SECONDS = 1.0
"""How long after a beat what was heard counts as all that there is: a connection may die without a word."""

RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Notifications:
    """What is told on a channel: `heard` is called with each payload, `lost` where something may have been missed."""

    def __init__(
        self, database: Database, channel: str, heard: Callable[[str], None], lost: Callable[[], None]
    ) -> None:
        self._database = database
        self._channel = channel
        self._heard = heard
        self._lost = lost
        self.current_until = 0.0
        """By `time.monotonic()`; past it, something may have been told that was not heard."""
        self.beaten = asyncio.Event()
        """Set at each beat; whoever waits for one clears it first."""
        self._relied_on = asyncio.Event()

    def rely(self) -> None:
        """Say that somebody goes by what was heard: the connection is asked at once, and often from now on."""
        self._relied_on.set()

    async def listen(self) -> None:
        """Listen until cancelled, on a new connection where one is lost."""
        while True:
            try:
                async with self._database.own_connection() as connection:
                    await self._listen_on(connection)
            except DRIVER_ERRORS as error:
                log.warning("notifications_lost", channel=self._channel, error=type(error).__name__)
            finally:
                self.current_until = 0.0
                self._lost()
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_on(self, connection: asyncpg.Connection) -> None:
        await connection.add_listener(self._channel, self._on_notification)
        self._lost()  # what was told before
        while True:
            asked_at = monotonic()
            await connection.execute("SELECT 1", timeout=CURRENT_SECONDS)
            self.current_until = asked_at + CURRENT_SECONDS
            self.beaten.set()
            self._relied_on.clear()
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_BEAT_SECONDS - BEAT_SECONDS):
                    await self._relied_on.wait()

    def _on_notification(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        self._heard(str(payload))
