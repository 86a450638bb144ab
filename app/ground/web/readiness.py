"""Whether this process can serve, and whether the service does its work: asked of the database, within two seconds.

What keeps this process from serving (no database, a schema that the code does not fit) takes it out of a load balancer.
What it cannot help (nobody leads, days are not closed) is told: a host that takes orders must go on taking them
(decision 50).
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TypeVar

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.barrier import BARRIER_CLASS, LEADER_LOCK
from app.ground.db.outages import is_outage
from app.ground.db.revisions import MigrationRefused, Revisions
from app.ground.db.session import Database

log = structlog.get_logger()

T = TypeVar("T")

LOOK_SECONDS = 1.4
"""How long the database may take to say how it is."""
COUNT_SECONDS = 0.4
"""How much longer the overdue days may take; without them the answer leaves all the same."""
COUNT_EVERY_SECONDS = 15.0
GIVE_UP_SECONDS = 10.0
"""A look that took this long is broken off; until then all who ask wait for the one look."""
WATCH_SECONDS = 3.0
REST_SECONDS = 15.0
"""How long nobody looks while no connection is in use: nobody waits for the database then (decision 61)."""
HUNG_LOOKS = 2
"""After so many looks in vain, one after the other, requests that wait for the database are let go of."""
SILENT_SECONDS = 15.0
"""A leader asks its connection every three seconds. One that is silent so long hangs, and yet nobody else can lead."""

ANSWERS = Gauge("fieldproof_database_answers", "Whether the database answered", multiprocess_mode="mostrecent")
LEADERS = Gauge("fieldproof_scheduler_leaders", "Schedulers that lead, and live", multiprocess_mode="mostrecent")
OVERDUE = Gauge("fieldproof_days_overdue", "Days past their cutoff that are not closed", multiprocess_mode="mostrecent")


class CheckStatus(StrEnum):
    """What a check has found. Only `failed` keeps this process from serving."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in a sentence."""

    status: CheckStatus
    detail: str


_NOT_LOOKED_AT = Check(CheckStatus.UNKNOWN, "The database was not asked.")


@dataclass(frozen=True, slots=True)
class Findings:
    """All checks, and what they have read."""

    database: Check
    schema: Check = _NOT_LOOKED_AT
    scheduler: Check = _NOT_LOOKED_AT
    closing: Check = _NOT_LOOKED_AT
    schema_revision: str | None = None
    overdue: tuple[datetime, ...] = field(default=())

    @property
    def failed(self) -> Check | None:
        """What keeps this process from serving."""
        return next((check for check in (self.database, self.schema) if check.status is CheckStatus.FAILED), None)


@dataclass(frozen=True, slots=True)
class Look:
    """What the database says: its revision, and whether (and how lively) somebody leads."""

    revision: str | None
    leads: bool
    silent_seconds: float | None


CutoffsOverdue = Callable[[AsyncSession], Awaitable[Sequence[datetime]]]
"""Finds the cutoffs of the days that should have been closed by now, the earliest first."""


class Readiness:
    """Asks, for all who want to know: one look at a time, so that a database that hangs gathers none."""

    def __init__(self, database: Database, cutoffs_overdue: CutoffsOverdue) -> None:
        self._database, self._cutoffs_overdue = database, cutoffs_overdue
        self._look: asyncio.Task[Look] | None = None
        self._count: asyncio.Task[Sequence[datetime]] | None = None
        self._counted_at = -math.inf

    async def find(self) -> Findings:
        """What there is to say within two seconds. Raises nothing."""
        look = await _outcome(self._look_on(), LOOK_SECONDS)
        ANSWERS.set(look is not None)
        if look is None:
            LEADERS.set(math.nan)
            OVERDUE.set(math.nan)
            return Findings(Check(CheckStatus.FAILED, "The database does not answer."))
        schema = schema_check(look.revision)
        scheduler = scheduler_check(look)
        LEADERS.set(scheduler.status is CheckStatus.OK)
        database = Check(CheckStatus.OK, "The database answers.")
        if schema.status is CheckStatus.FAILED:
            return Findings(database, schema, scheduler, schema_revision=look.revision)
        overdue = await self._overdue()
        OVERDUE.set(math.nan if overdue is None else len(overdue))
        return Findings(database, schema, scheduler, closing_check(overdue), look.revision, tuple(overdue or ()))

    async def watch(self) -> None:
        """Ask every few seconds, for as long as the process serves: a database that hangs is told by nobody else.

        The server's own limits do not hold there, and sockets stay open: requests would wait for as long as it hangs.
        """
        hung_looks, looked_at = 0, time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not (hung_looks or self._database.is_in_use or time.monotonic() - looked_at >= REST_SECONDS):
                continue
            looked_at = time.monotonic()
            hung_looks = hung_looks + 1 if await self._hangs() else 0
            if hung_looks >= HUNG_LOOKS:
                log.error("database_hangs", connections_cut_off=self._database.abandon_connections())

    async def close(self) -> None:
        """End whatever is being asked, before the database's connections are given back."""
        asking = [task for task in (self._look, self._count) if task is not None]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _hangs(self) -> bool:
        """Whether a look gets no answer, while this process's own loop turns as it should."""
        started = time.monotonic()
        done, _ = await asyncio.wait({self._look_on()}, timeout=WATCH_SECONDS)
        return not done and time.monotonic() - started < 2 * WATCH_SECONDS

    def _look_on(self) -> "asyncio.Task[Look]":
        """The look that is being taken, or a new one."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._ask())
            # its error is told by whoever asks; where nobody does any more, nobody has to
            self._look.add_done_callback(lambda look: look.cancelled() or look.exception())
        return self._look

    async def _overdue(self) -> Sequence[datetime] | None:
        now = asyncio.get_running_loop().time()
        if self._count is None or (self._count.done() and now - self._counted_at > COUNT_EVERY_SECONDS):
            self._count, self._counted_at = asyncio.create_task(self._find_overdue()), now
        return await _outcome(self._count, COUNT_SECONDS)

    async def _find_overdue(self) -> Sequence[datetime]:
        async with asyncio.timeout(GIVE_UP_SECONDS), self._database.read_only() as session:
            return await self._cutoffs_overdue(session)

    async def _ask(self) -> Look:
        async with asyncio.timeout(GIVE_UP_SECONDS):
            try:
                return await self._ask_once()
            except Exception as error:
                if not is_outage(error):
                    raise
                return await self._ask_once()  # the connection was of before a restart

    async def _ask_once(self) -> Look:
        async with self._database.beside() as session:
            return await taken(session)


async def taken(session: AsyncSession) -> Look:
    """A look, by two statements."""
    row = (await session.execute(_LOOK)).one()
    revision = await session.scalar(_REVISION) if row.has_revision else None
    return Look(revision, row.leads, row.silent_seconds)


def schema_check(revision: str | None) -> Check:
    """Whether the code fits a database at this revision: it does at its own newest one, and at no other."""
    revisions = _revisions()
    try:
        position = revisions.position_of_database(revision)
    except MigrationRefused as refusal:
        return Check(CheckStatus.FAILED, str(refusal))
    name = revisions.name(position)
    if revisions.after(position):
        needed = revisions.name(revisions.newest)
        where = "empty" if position == 0 else f"at revision {name}"
        return Check(CheckStatus.FAILED, f"The database is {where}, older than {needed}: run `fieldproof migrate`.")
    return Check(CheckStatus.OK, f"The database is at revision {name}.")


def pending(revision: str | None) -> list[str]:
    """The migrations, in words, that a database at this revision has not; none where they are not of one line."""
    revisions = _revisions()
    try:
        return [str(left) for left in revisions.after(revisions.position_of_database(revision))]
    except MigrationRefused:
        return []


def scheduler_check(look: Look) -> Check:
    """Whether somebody leads, and is alive."""
    if not look.leads:
        return Check(CheckStatus.WARNING, "No scheduler leads: nothing is closed at its cutoff.")
    if look.silent_seconds is not None and look.silent_seconds > SILENT_SECONDS:
        return Check(CheckStatus.WARNING, f"The leading scheduler has been silent for {look.silent_seconds:.0f} s.")
    return Check(CheckStatus.OK, "A scheduler leads.")


def closing_check(overdue: Sequence[datetime] | None) -> Check:
    """Whether days that are due have been closed."""
    if overdue is None:
        return Check(CheckStatus.UNKNOWN, "The days could not be counted in time.")
    if overdue:
        days = "1 day is" if len(overdue) == 1 else f"{len(overdue)} days are"
        earliest = overdue[0].isoformat(timespec="minutes")
        return Check(CheckStatus.WARNING, f"{days} past the cutoff and not closed, the earliest since {earliest}.")
    return Check(CheckStatus.OK, "Every day that is due is closed.")


@cache
def _revisions() -> Revisions:
    return Revisions()


async def _outcome(task: "asyncio.Task[T]", seconds: float) -> T | None:
    """What comes of a task; None where it fails, or not within so many seconds: it goes on then."""
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done or task.cancelled():
        return None
    error = task.exception()
    if error is None:
        return task.result()
    if not is_outage(error):
        log.error("not_ready", exc_info=error)
    return None


_REVISION = text("SELECT version_num FROM alembic_version")

_LOOK = text("""
    SELECT to_regclass('alembic_version') IS NOT NULL AS has_revision,
           leader.pid IS NOT NULL AS leads,
           extract(epoch FROM clock_timestamp() - leader.state_change)::float8 AS silent_seconds
    FROM (VALUES (1)) AS one
    LEFT JOIN LATERAL (
        SELECT pid, state_change
        FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND classid = CAST(:class AS oid) AND objid = CAST(:lock AS oid)
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        LIMIT 1
    ) AS leader ON true
""").bindparams(**{"class": BARRIER_CLASS, "lock": LEADER_LOCK})
