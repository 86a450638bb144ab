"""What there is to do: one statement asks it for all jobs, so that an idle service asks little (decision 61)."""

from collections.abc import Sequence

from sqlalchemy import select

from app.ground.db.session import Database
from scheduler.jobs import Job

LOOK_SECONDS = 2.0


async def jobs_that_wait(database: Database, jobs: Sequence[Job]) -> list[str]:
    """The ids of those that have something to do, by one statement; of those that can say it."""
    conditions = [job.waits().label(job.id) for job in jobs if job.waits is not None]
    if not conditions:
        return []
    async with database.single_statement() as session:
        row = (await session.execute(select(*conditions))).one()
    return [job_id for job_id, waits in row._asdict().items() if waits]
