"""The state of the service, as it leaves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.doors.system.service import SystemState
from app.ground.findings import Finding, Gravity
from app.ground.job_runs.records import RecordedJob, TurnOutcome
from app.ground.web.readiness import Check, CheckStatus

_HOUR, _MINUTE = 3600, 60


class SystemCheckAnswer(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(from_attributes=True)

    status: CheckStatus = Field(examples=["ok"])
    detail: str = Field(description="a sentence, for people", examples=["Every day that is due is closed."])


class SchedulerStateAnswer(SystemCheckAnswer):
    """Who runs the jobs."""

    leads: bool = Field(description="whether one leads now", examples=[True])
    leader: str | None = Field(description="which one leads, or led last: machine and process", examples=["app-1:4711"])
    since: datetime | None = Field(description="when it began to lead", examples=["2026-11-23T04:00:02Z"])
    last_heartbeat_at: datetime | None = Field(
        description="when it was heard last; null where nobody leads", examples=["2026-11-23T15:30:01Z"]
    )


class JobStateAnswer(BaseModel):
    """One job of the scheduler, as it was told last: at the latest a minute ago, where one leads."""

    id: str = Field(examples=["close_due_days"])
    schedule: str = Field(examples=["every 30 s, and as soon as there is something to do"])
    every_seconds: float = Field(examples=[30.0])
    running: bool = Field(description="it was at it when that was told", examples=[False])
    last_started_at: datetime | None = Field(examples=["2026-11-23T15:29:40Z"])
    last_finished_at: datetime | None = Field(examples=["2026-11-23T15:29:40Z"])
    last_outcome: TurnOutcome | None = Field(
        description="`put_off`: the machine's clock is doubted, and what goes by it waits", examples=["done"]
    )
    failures: int = Field(description="turns that failed one after the other, up to now", examples=[0])
    last_failed_at: datetime | None = Field(examples=[None])
    last_error: str | None = Field(
        description="of the last turn that failed; without what it was about, which the log has",
        examples=["OperationalError (57P01)"],
    )
    next_at: datetime | None = Field(
        description="when its next turn is due at the latest; null while it runs, and where nobody leads",
        examples=["2026-11-23T15:30:10Z"],
    )

    @classmethod
    def of(cls, recorded: RecordedJob, *, leads: bool) -> Self:
        """A job as it leaves."""
        job, turn = recorded.job, recorded.turn
        begun_at = turn.started_at or recorded.leader.since
        waits = leads and not recorded.runs
        return cls(
            id=job.job_id,
            schedule=schedule_in_words(job.every_seconds, wakes=job.wakes),
            every_seconds=job.every_seconds,
            running=leads and recorded.runs,
            last_started_at=turn.started_at,
            last_finished_at=turn.finished_at,
            last_outcome=turn.outcome,
            failures=turn.failures,
            last_failed_at=turn.failed_at,
            last_error=turn.error,
            next_at=begun_at + timedelta(seconds=job.every_seconds) if waits else None,
        )


class MailboxStateAnswer(BaseModel):
    """The mailbox that order forms come to, as whoever works it off has told."""

    configured: bool = Field(description="whether settings name one", examples=[True])
    connected: bool | None = Field(description="whether it answered last; null: nobody has asked it", examples=[True])
    last_read_at: datetime | None = Field(examples=["2026-11-23T15:29:51Z"])
    waiting: int | None = Field(description="mails that were not worked off then", examples=[0])
    stuck: int = Field(description="mails that could not be moved or read, and lie there for a person", examples=[0])
    trouble: str | None = Field(description="what is wrong with it, in words", examples=[None])
    set_aside: int = Field(description="mails of the last 30 days that were filed as unreadable", examples=[2])
    unanswered: int = Field(
        description="of the last 30 days: answers that could not be delivered, and were given up", examples=[0]
    )


class OutboxStateAnswer(BaseModel):
    """What has to leave: answers to mails."""

    waiting: int = Field(examples=[0])
    given_up: int = Field(description="of the last 30 days", examples=[0])
    oldest_at: datetime | None = Field(description="since when the oldest waits", examples=[None])


class DatabaseStateAnswer(SystemCheckAnswer):
    """Where the schema stands."""

    revision: str | None = Field(description="the newest migration that it has", examples=["0046"])
    pending: list[str] = Field(description="migrations that it has not", examples=[[]])
    size_bytes: int = Field(examples=[734003200])


class ClosingStateAnswer(SystemCheckAnswer):
    """Whether the days that are due are closed."""

    overdue_days: int = Field(examples=[0])
    overdue_since: datetime | None = Field(description="the earliest of their cutoffs", examples=[None])


class UnsafeSettingAnswer(BaseModel):
    """What is to be said of the settings of the process that answers. It never holds a value that is secret."""

    gravity: Literal["note", "warning", "wrong"] = Field(examples=["note"])
    detail: str = Field(examples=["FIELDPROOF_METRICS_TOKEN is not set: /metrics answers whoever asks."])


class SystemAnswer(BaseModel):
    """How the service does."""

    at: datetime = Field(description="when it was looked at", examples=["2026-11-23T15:30:02Z"])
    version: str = Field(examples=["0.1.0"])
    scheduler: SchedulerStateAnswer
    jobs: list[JobStateAnswer] = Field(description="by id; none before a scheduler has led")
    closing: ClosingStateAnswer
    mailbox: MailboxStateAnswer
    outbox: OutboxStateAnswer
    database: DatabaseStateAnswer
    settings: list[UnsafeSettingAnswer] = Field(description="what is unusual about them, or unsafe")

    @classmethod
    def of(cls, state: SystemState, review: Iterable[Finding], *, mailbox_set: bool) -> Self:
        """The state as it leaves; `review`: of the settings."""
        return cls(
            at=state.at,
            version=state.version,
            scheduler=_scheduler(state),
            jobs=[JobStateAnswer.of(job, leads=state.look.leads) for job in state.jobs],
            closing=_closing(state),
            mailbox=_mailbox(state, mailbox_set=mailbox_set),
            outbox=_outbox(state),
            database=_database(state),
            settings=[
                UnsafeSettingAnswer.model_validate({"gravity": finding.gravity.value, "detail": finding.detail})
                for finding in review
                if finding.gravity is not Gravity.FINE
            ],
        )


def schedule_in_words(every_seconds: float, *, wakes: bool) -> str:
    """How often a job runs: every 30 s, every 10 min, every hour."""
    seconds = int(every_seconds)
    if seconds % _HOUR == 0:
        hours = seconds // _HOUR
        words = "every hour" if hours == 1 else f"every {hours} hours"
    elif seconds % _MINUTE == 0:
        minutes = seconds // _MINUTE
        words = "every minute" if minutes == 1 else f"every {minutes} min"
    else:
        words = "every second" if seconds == 1 else f"every {seconds} s"
    return f"{words}, and as soon as there is something to do" if wakes else words


def _scheduler(state: SystemState) -> SchedulerStateAnswer:
    leader = state.leader
    return SchedulerStateAnswer(
        status=state.scheduler.status,
        detail=state.scheduler.detail,
        leads=state.look.leads,
        leader=None if leader is None else leader.name,
        since=None if leader is None else leader.since,
        last_heartbeat_at=state.heard_at,
    )


def _closing(state: SystemState) -> ClosingStateAnswer:
    check, overdue = state.findings.closing, state.findings.overdue
    return ClosingStateAnswer(
        status=check.status,
        detail=check.detail,
        overdue_days=len(overdue),
        overdue_since=min(overdue, default=None),
    )


def _mailbox(state: SystemState, *, mailbox_set: bool) -> MailboxStateAnswer:
    mailbox, mails = state.mailbox, state.mails
    return MailboxStateAnswer(
        configured=mailbox_set,
        connected=mailbox.connected,
        last_read_at=mailbox.read_at,
        waiting=mailbox.waiting,
        stuck=mailbox.stuck,
        trouble=mailbox.trouble,
        set_aside=mails.set_aside if mails else 0,
        unanswered=mails.answers_given_up if mails else 0,
    )


def _outbox(state: SystemState) -> OutboxStateAnswer:
    mails = state.mails
    return OutboxStateAnswer(
        waiting=mails.answers_waiting if mails else 0,
        given_up=mails.answers_given_up if mails else 0,
        oldest_at=mails.oldest_at if mails else None,
    )


def _database(state: SystemState) -> DatabaseStateAnswer:
    check: Check = state.findings.schema
    return DatabaseStateAnswer(
        status=check.status,
        detail=check.detail,
        revision=state.look.revision,
        pending=list(state.pending),
        size_bytes=state.size_bytes,
    )
