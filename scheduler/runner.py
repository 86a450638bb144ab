"""Runs the jobs for as long as this process leads; waits for its turn where another leads."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Counter

from app.ground import clock
from app.ground.db.session import Database
from app.ground.job_runs.records import TurnOutcome
from scheduler.clock_watch import ClockWatch
from scheduler.jobs import Job
from scheduler.leadership import Leadership, seconds_or
from scheduler.looks import LOOK_SECONDS, jobs_that_wait
from scheduler.run_records import RunRecords

log = structlog.get_logger()

REST_SECONDS = 1.0
FINISH_SECONDS = 10.0
"""What a running job gets to end by itself when the process is told to stop."""

FAILURES = Counter("fieldproof_scheduler_job_failures", "Jobs that failed", ["job"])


async def run_scheduler(database: Database, stop: asyncio.Event, jobs: Callable[[], Sequence[Job]]) -> None:
    """Lead, or wait to lead, until `stop` is set. Survives the loss of the database: it asks again until it is back."""
    watch = ClockWatch()
    while not stop.is_set():
        try:
            async with Leadership(database.engine.url) as leadership:
                if await leadership.won(stop):
                    log.info("leading")
                    await _lead(database, stop, leadership, jobs(), watch)
        except Exception as error:  # noqa: BLE001 # whatever took leadership away: nobody else may be there to close days
            log.warning("not_leading", reason=repr(error))
            await seconds_or(stop, REST_SECONDS)


async def _lead(
    database: Database, stop: asyncio.Event, leadership: Leadership, jobs: Sequence[Job], watch: ClockWatch
) -> None:
    running: dict[asyncio.Task[None], str] = {}
    records = RunRecords(database, jobs)
    turn = partial(_turn, database, running, watch, records)
    scheduler = _scheduler(jobs, turn)
    _add(scheduler, Job("look", LOOK_SECONDS, partial(_wake, scheduler, jobs, running)), turn)
    scheduler.start()
    telling = asyncio.create_task(records.keep_telling())
    try:
        await leadership.held_until(stop)
        scheduler.pause()
        for job in jobs:
            if job.stop is not None:
                job.stop()
        if running:
            await asyncio.wait(set(running), timeout=FINISH_SECONDS)
        await records.tell()
    finally:
        # leadership is lost, or patience at its end: what still runs is broken off, and rolled back
        scheduler.shutdown(wait=False)
        telling.cancel()
        for task in running:
            task.cancel()
        # one that a hung database does not let go of must not keep this process from leading again
        await asyncio.wait({*running, telling}, timeout=FINISH_SECONDS)
        for job in jobs:
            await _close(job)
        log.info("led")


async def _close(job: Job) -> None:
    try:
        if job.close is not None:
            await job.close()
    except Exception:  # the others are to be closed all the same
        log.exception("job_not_closed", job=job.id)


def _scheduler(jobs: Sequence[Job], turn: Callable[[Job], Awaitable[None]]) -> AsyncIOScheduler:
    # a job that is still running when its next turn comes just misses that turn: nothing to warn of
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(event_loop=asyncio.get_running_loop(), timezone="UTC")
    for job in jobs:
        _add(scheduler, job, turn)
    return scheduler


def _add(scheduler: AsyncIOScheduler, job: Job, turn: Callable[[Job], Awaitable[None]]) -> None:
    scheduler.add_job(
        partial(turn, job),
        "interval",
        seconds=job.every_seconds,
        id=job.id,
        next_run_time=clock.wall(),  # of a set clock it would count every turn missed since, or wait until then
        misfire_grace_time=None,  # however late: APScheduler's own default would drop a turn that is 1 s late
        coalesce=True,  # turns that were missed are one turn
        max_instances=1,
    )


async def _wake(
    scheduler: AsyncIOScheduler, jobs: Sequence[Job], running: Mapping[asyncio.Task[None], str], database: Database
) -> None:
    """Bring the turn of each job forward that has something to do, and is not at it."""
    for job_id in await jobs_that_wait(database, jobs):
        if job_id not in running.values():
            scheduler.modify_job(job_id, next_run_time=clock.wall())


async def _turn(
    database: Database, running: dict[asyncio.Task[None], str], watch: ClockWatch, records: RunRecords, job: Job
) -> None:
    task = asyncio.current_task()
    if task is None:
        return
    running[task] = job.id
    started = time.perf_counter()
    records.started(job)
    try:
        if job.by_the_clock and not await watch.trusts(database):
            await records.ended(job, TurnOutcome.PUT_OFF)
            return
        answer = await job.run(database)
    except (Exception, SystemExit) as error:  # the next turn tries again, and other jobs go on
        FAILURES.labels(job.id).inc()
        log.exception("job_failed", job=job.id)
        await records.ended(job, TurnOutcome.FAILED, error)
    else:
        await records.ended(job, TurnOutcome.DONE)
        if answer or not job.quiet:
            log.info("job_done", job=job.id, answer=answer, seconds=round(time.perf_counter() - started, 3))
    finally:
        running.pop(task, None)
