"""When users' logins were used last: noted in memory by whoever lets a request in, written beside all requests.

A note costs a request no statement, and handhelds make none (decision 78).
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.ground import clock
from app.ground.db.outages import DRIVER_ERRORS
from app.ground.db.session import Database
from app.masters.identity import family_queries

EVERY = timedelta(minutes=5)
"""How often the time is written at the most; it may be twice as far behind."""
TOGETHER_SECONDS = 10.0
"""So long after a first note others are waited for, which are written with it."""
MOST_REMEMBERED = 20_000

log = structlog.get_logger()


class LoginUses:
    """A process's notes of which logins are used. Those that a process loses with its end were not much worth."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted_at: dict[UUID, datetime] = {}
        self._unwritten: dict[UUID, datetime] = {}
        self._any = asyncio.Event()

    def note(self, login_id: UUID) -> None:
        """A request came with this login: noted where that was not done within `EVERY`."""
        at, noted_at = clock.now(), self._noted_at.get(login_id)
        if noted_at is not None and timedelta(0) <= at - noted_at < EVERY:
            return
        self._noted_at.pop(login_id, None)
        if len(self._noted_at) >= MOST_REMEMBERED:
            self._noted_at.pop(next(iter(self._noted_at)))
        self._noted_at[login_id] = self._unwritten[login_id] = at
        self._any.set()

    async def keep_writing(self) -> None:
        """Write what is noted until cancelled; asks the database nothing while nobody calls (decision 61)."""
        while True:
            await self._any.wait()
            await asyncio.sleep(TOGETHER_SECONDS)
            try:
                await self.write()
            except (SQLAlchemyError, TimeoutError, *DRIVER_ERRORS) as error:
                log.warning("login_uses_not_written", error=type(error).__name__)

    async def write(self) -> None:
        """Write what is noted. One statement, none where nothing is."""
        uses, self._unwritten = self._unwritten, {}
        self._any.clear()
        if uses:
            async with self._database.transaction() as session:
                await family_queries.note_uses(session, uses, EVERY)
