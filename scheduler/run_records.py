"""What became of the jobs' turns, told to the database in transactions of its own: a job that fails takes none along.

Now and then for all of them, so that an idle service writes little (decision 61), and at once where a job has failed or
works again. Whatever is wrong with the telling is told to the log alone: the jobs go on.
"""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import AppError, Told
from app.ground.job_runs import service as job_runs
from app.ground.job_runs.records import LastTurn, Leader, ScheduledJob, TurnOutcome
from scheduler.jobs import Job

log = structlog.get_logger()

TELL_SECONDS = 60.0
TOLD_WITHIN_SECONDS = 5.0
MOST_ERROR_CHARACTERS = 500


class RunRecords:
    """The last turns of a leader's jobs, and which of them the database has not been told of."""

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self._database = database
        self._jobs = {job.id: job for job in jobs}
        self._scheduled = [ScheduledJob(job.id, job.every_seconds, job.waits is not None) for job in jobs]
        self._leader = Leader(f"{socket.gethostname()}:{os.getpid()}", clock.now())
        self._turns = {job.id: LastTurn(job.id) for job in jobs}
        self._changed: set[str] = set()
        self._begun = False
        self._telling = asyncio.Lock()

    def started(self, job: Job) -> None:
        """A turn has begun."""
        self._note(job, started_at=clock.now())

    async def ended(self, job: Job, outcome: TurnOutcome, error: BaseException | None = None) -> None:
        """A turn has ended: told at once where it is a first failure, or another end than the last turn's."""
        if job.id not in self._turns:
            return
        before, now = self._turns[job.id], clock.now()
        failed = outcome is TurnOutcome.FAILED
        self._note(job, finished_at=now, outcome=outcome, failures=before.failures + 1 if failed else 0)
        if error is not None:
            self._note(job, failed_at=now, error=in_words(error))
        if outcome is not before.outcome and (failed or before.outcome is not None):
            await self.tell()

    async def keep_telling(self) -> None:
        """Tell what has changed, every so often, until this is cancelled."""
        while True:
            await self.tell()
            await asyncio.sleep(TELL_SECONDS)

    async def tell(self) -> None:
        """Tell what has changed since. Raises nothing: what could not be told is told the next time.

        One telling at a time: a second that began beside the first would forget the failures told in between.
        """
        telling: set[str] = set()
        try:
            async with asyncio.timeout(TOLD_WITHIN_SECONDS), self._telling:
                telling, self._changed = self._changed, set()
                async with self._database.transaction() as session:
                    if not self._begun:
                        await job_runs.begin(session, self._leader, self._scheduled)
                    if telling:
                        await job_runs.record(session, [self._told(job_id) for job_id in sorted(telling)])
                self._begun = True
        except Exception as error:  # noqa: BLE001 # whatever is wrong with it, no job is
            self._changed |= telling
            log.warning("job_runs_not_told", reason=type(error).__name__)

    def _note(self, job: Job, **changes: Any) -> None:
        if job.id in self._turns:
            self._turns[job.id] = replace(self._turns[job.id], **changes)
            self._changed.add(job.id)

    def _told(self, job_id: str) -> LastTurn:
        state = self._jobs[job_id].state
        says: Mapping[str, Any] | None = None if state is None else state()
        return replace(self._turns[job_id], says=says)


def in_words(error: BaseException) -> str:
    """An error without what it was about: the words of a database's, or of a library's, may hold anybody's records.

    What was written to be told to people (`Told`, `AppError`) is told.
    """
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(dict.fromkeys(in_words(each) for each in error.exceptions))[:MOST_ERROR_CHARACTERS]
    if isinstance(error, Told | AppError):
        return str(error)[:MOST_ERROR_CHARACTERS]
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return f"{type(error).__name__} ({state})" if state else type(error).__name__
    return type(error).__name__
