"""Use cases of jobs' last turns: a leader begins, tells of turns, and somebody asks."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.job_runs import queries
from app.ground.job_runs.records import LastTurn, Leader, RecordedJob, ScheduledJob

__all__ = ["LastTurn", "Leader", "RecordedJob", "ScheduledJob", "begin", "record", "recorded_jobs"]


async def begin(session: AsyncSession, leader: Leader, jobs: Sequence[ScheduledJob]) -> None:
    """A scheduler leads from now on, with these jobs; those that it does not have are forgotten. One statement."""
    await queries.begin(session, leader, jobs)


async def record(session: AsyncSession, turns: Sequence[LastTurn]) -> None:
    """Write down the last turns of some jobs that have begun. One statement."""
    await queries.update(session, turns)


async def recorded_jobs(session: AsyncSession) -> list[RecordedJob]:
    """The jobs of whoever leads, or led last, by id, with what was told of their turns. One statement."""
    return await queries.recorded_jobs(session)
