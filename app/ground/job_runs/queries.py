"""All SQL of jobs' last turns."""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.job_runs.models import JobRun
from app.ground.job_runs.records import LastTurn, Leader, RecordedJob, ScheduledJob, TurnOutcome

_BEGIN = text("""
    WITH gone AS (DELETE FROM job_runs WHERE job_id <> ALL (CAST(:ids AS text[])))
    INSERT INTO job_runs (job_id, every_seconds, wakes, led_by, led_since)
    SELECT job_id, every_seconds, wakes, :led_by, :led_since
    FROM unnest(CAST(:ids AS text[]), CAST(:every_seconds AS float8[]), CAST(:wakes AS bool[]))
        AS given (job_id, every_seconds, wakes)
    ORDER BY job_id
    ON CONFLICT (job_id) DO UPDATE SET every_seconds = excluded.every_seconds, wakes = excluded.wakes,
        led_by = excluded.led_by, led_since = excluded.led_since, failures = 0
""")
_UPDATE = text("""
    UPDATE job_runs SET started_at = given.started_at, finished_at = given.finished_at,
        outcome = coalesce(given.outcome, job_runs.outcome), failures = given.failures,
        failed_at = coalesce(given.failed_at, job_runs.failed_at), error = coalesce(given.error, job_runs.error),
        says = CAST(given.says AS jsonb)
    FROM unnest(
        CAST(:ids AS text[]), CAST(:started AS timestamptz[]), CAST(:finished AS timestamptz[]),
        CAST(:outcomes AS text[]), CAST(:failed AS timestamptz[]), CAST(:failures AS int[]), CAST(:errors AS text[]),
        CAST(:says AS text[])
    ) AS given (job_id, started_at, finished_at, outcome, failed_at, failures, error, says)
    WHERE job_runs.job_id = given.job_id
""")


async def begin(session: AsyncSession, leader: Leader, jobs: Sequence[ScheduledJob]) -> None:
    """Let the rows be those of the jobs of a leader: what was told of their turns before stays."""
    await session.execute(
        _BEGIN,
        {
            "ids": [job.job_id for job in jobs],
            "every_seconds": [job.every_seconds for job in jobs],
            "wakes": [job.wakes for job in jobs],
            "led_by": leader.name,
            "led_since": leader.since,
        },
    )


async def update(session: AsyncSession, turns: Sequence[LastTurn]) -> None:
    """Write down the last turns of some jobs; of one that never failed what was told of failures stays."""
    await session.execute(
        _UPDATE,
        {
            "ids": [turn.job_id for turn in turns],
            "started": [turn.started_at for turn in turns],
            "finished": [turn.finished_at for turn in turns],
            "outcomes": [turn.outcome and turn.outcome.value for turn in turns],
            "failed": [turn.failed_at for turn in turns],
            "failures": [turn.failures for turn in turns],
            "errors": [turn.error for turn in turns],
            "says": [None if turn.says is None else orjson.dumps(turn.says).decode() for turn in turns],
        },
    )


async def recorded_jobs(session: AsyncSession) -> list[RecordedJob]:
    """Every job by its id."""
    rows = await session.scalars(select(JobRun).order_by(JobRun.job_id))
    return [_recorded(row) for row in rows]


def _recorded(row: Any) -> RecordedJob:
    return RecordedJob(
        ScheduledJob(row.job_id, row.every_seconds, row.wakes),
        Leader(row.led_by, row.led_since),
        LastTurn(
            row.job_id,
            row.started_at,
            row.finished_at,
            None if row.outcome is None else TurnOutcome(row.outcome),
            row.failed_at,
            row.failures,
            row.error,
            row.says,
        ),
    )
