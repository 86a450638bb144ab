"""Use case of the system's state: gather what is known of schema, scheduler, jobs and mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail.mail_counts import MailCounts, count_mails
from app.doors.order_inbox.mail.mailbox_state import JOB_ID, MailboxState
from app.doors.system import queries
from app.ground import clock
from app.ground.db.session import Database
from app.ground.job_runs import service as job_runs
from app.ground.job_runs.service import Leader, RecordedJob
from app.ground.web.readiness import Check, Findings, Look, Readiness, pending, taken

COUNTED_FOR = timedelta(days=30)
"""So far back it is counted what was set aside or given up."""


@dataclass(frozen=True, slots=True)
class SystemState:
    """What is known of the service at `at`.

    `jobs`, `mails`: empty and None where the schema is not the code's. `mailbox`: as whoever works it off has told.
    """

    at: datetime
    version: str
    findings: Findings
    look: Look
    pending: Sequence[str]
    size_bytes: int
    jobs: Sequence[RecordedJob]
    mailbox: MailboxState
    mails: MailCounts | None

    @property
    def leader(self) -> Leader | None:
        """Whoever leads, or led last: the jobs are all of one leader."""
        return max((job.leader for job in self.jobs), key=lambda leader: leader.since, default=None)

    @property
    def heard_at(self) -> datetime | None:
        """When the leader was heard last; None where nobody leads."""
        silent = self.look.silent_seconds
        return self.at - timedelta(seconds=silent) if self.look.leads and silent is not None else None

    @property
    def scheduler(self) -> Check:
        """Whether somebody leads, and is alive."""
        return self.findings.scheduler


async def system_state(database: Database, readiness: Readiness) -> SystemState:
    """How the service does, by a fixed number of statements. Raises what says that the database is away."""
    findings = await readiness.find()
    async with database.read_only() as session:
        look = await taken(session)
        left = pending(look.revision)
        jobs = [] if left else await job_runs.recorded_jobs(session)
        at = clock.now()
        return SystemState(
            at=at,
            version=version("fieldproof"),
            findings=findings,
            look=look,
            pending=left,
            size_bytes=await queries.size_bytes(session),
            jobs=jobs,
            mailbox=MailboxState.of(next((job.turn.says for job in jobs if job.job.job_id == JOB_ID), None)),
            mails=None if left else await _mails(session, at),
        )


async def _mails(session: AsyncSession, at: datetime) -> MailCounts:
    return await count_mails(session, at - COUNTED_FOR)
