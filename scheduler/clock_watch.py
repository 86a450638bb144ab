"""Whether the clock can be trusted with what nobody can undo: closed days, expired calls (decision 43).

A clock that jumps by more than an hour is doubted until the database's clock agrees and the jump has lasted: one that
was 26 hours ahead for 15 seconds had closed a day before it was over. What a process remembers is its own steady clock,
which counts seconds (a suspended machine's, too) and cannot be set.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from app.ground import clock
from app.ground.db.session import Database
from app.ground.events import service as events

log = structlog.get_logger()

LARGEST_JUMP = timedelta(hours=1)
LASTS_SECONDS = 600.0
"""How long a jump has to last, with the database's clock agreeing, before it is believed."""
ASK_EVERY_SECONDS = 30.0
STILL = timedelta(seconds=1)
"""By how little the clock may have moved against the steady one for the database not to be asked again."""

DOUBTED = Gauge("fieldproof_clock_doubted", "Whether this process waits with all that is done by the clock")
DIFFERENCE = Gauge("fieldproof_clock_difference_seconds", "By how much this process's clock is ahead of the database's")

_NOW = text("SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Three clocks at one instant: the wall clock, the database's, and seconds of one that cannot be set."""

    wall: datetime
    database: datetime
    steady_seconds: float

    def wall_after(self, steady_seconds: float) -> datetime:
        """What the wall clock shows when the steady one has come to there, if nobody sets it."""
        return self.wall + timedelta(seconds=steady_seconds - self.steady_seconds)


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of the clock: the last reading that was believed, and since when (steady) a jump has lasted."""

    believed: ClockReading | None = None
    jumped_at: float | None = None
    doubt: str | None = None


def judge(before: Trust, reading: ClockReading) -> Trust:
    """What a new reading makes of it."""
    difference = reading.wall - reading.database
    if abs(difference) > LARGEST_JUMP:
        return Trust(before.believed, None, f"The clock is {_words(difference)} the database's.")
    if before.believed is None:
        return Trust(reading)
    jump = reading.wall - before.believed.wall_after(reading.steady_seconds)
    if abs(jump) <= LARGEST_JUMP:
        return Trust(reading)
    jumped_at = reading.steady_seconds if before.jumped_at is None else before.jumped_at
    if reading.steady_seconds - jumped_at >= LASTS_SECONDS:
        return Trust(reading)
    return Trust(before.believed, jumped_at, f"The clock has jumped: it is {_words(jump)} what it showed before.")


class ClockWatch:
    """Looks at the clocks before each thing that is done by them."""

    def __init__(self) -> None:
        self._trust = Trust()
        self._alone = asyncio.Lock()

    async def trusts(self, database: Database) -> bool:
        """Whether the clock is to be trusted now. Doubts are told once: in the log, by a metric, as an event."""
        async with self._alone:
            if not self._stands_as_before():
                await self._look(database)
            return self._trust.doubt is None

    def _stands_as_before(self) -> bool:
        """Whether nothing has happened since the database was asked, a moment ago."""
        believed, steady = self._trust.believed, _steady_seconds()
        if believed is None or self._trust.doubt is not None or steady - believed.steady_seconds > ASK_EVERY_SECONDS:
            return False
        return abs(clock.now() - believed.wall_after(steady)) <= STILL

    async def _look(self, database: Database) -> None:
        async with database.single_statement() as session:
            theirs: datetime = (await session.execute(_NOW)).scalar_one()
        reading = ClockReading(clock.now(), theirs.astimezone(UTC), _steady_seconds())
        before, self._trust = self._trust, judge(self._trust, reading)
        DIFFERENCE.set((reading.wall - reading.database).total_seconds())
        DOUBTED.set(self._trust.doubt is not None)
        if (before.doubt is None) != (self._trust.doubt is None):
            await self._tell(database, reading)

    async def _tell(self, database: Database, reading: ClockReading) -> None:
        doubt = self._trust.doubt
        if doubt is None:
            log.warning("clock_trusted_again", clock=reading.wall.isoformat())
        else:
            log.error("clock_doubted", reason=doubt, consequence="nothing is closed, expired or deleted by this clock")
        payload = {"clock": reading.wall.isoformat(), "database_clock": reading.database.isoformat(), "reason": doubt}
        async with database.transaction() as session:
            event_type = "clock.doubted" if doubt else "clock.trusted"
            await events.record(session, event_type, None, payload, reading.database)


def _steady_seconds() -> float:
    """Seconds since the machine was started, those included in which it slept where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _words(difference: timedelta) -> str:
    hours = abs(difference) / timedelta(hours=1)
    return f"{hours:.1f} h {'ahead of' if difference > timedelta(0) else 'behind'}"
