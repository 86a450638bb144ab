"""What became of jobs is told, in transactions of its own, and whatever is wrong with that stops no job."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import literal, text
from sqlalchemy.exc import IntegrityError

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Invalid, Told
from app.ground.job_runs import service as job_runs
from app.ground.job_runs.records import RecordedJob, TurnOutcome
from app.ground.job_runs.service import recorded_jobs
from scheduler.jobs import Job
from scheduler.run_records import RunRecords, in_words
from scheduler.runner import run_scheduler
from tests.conftest import MONDAY_NOON
from tests.scheduler.test_idleness import counted

LONG = 3600.0


async def nothing(_: Database) -> None:
    """A turn with nothing to do."""


async def stored(database: Database) -> dict[str, RecordedJob]:
    async with database.read_only() as session:
        return {job.job.job_id: job for job in await recorded_jobs(session)}


async def led(database: Database, jobs: Sequence[Job], stop: asyncio.Event) -> None:
    async with asyncio.timeout(20):
        await run_scheduler(database, stop, lambda: jobs)


async def test_a_leader_tells_what_its_jobs_did_last(committed: Database, the_clock: clock.SetClock) -> None:
    stop = asyncio.Event()

    async def once(_: Database) -> str:
        stop.set()
        return "alive"

    await led(committed, [Job("once", LONG, once, waits=lambda: literal(value=False))], stop)

    job = (await stored(committed))["once"]
    assert (job.job.every_seconds, job.job.wakes) == (LONG, True)
    assert (job.turn.outcome, job.turn.started_at, job.turn.finished_at) == (
        TurnOutcome.DONE,
        MONDAY_NOON,
        MONDAY_NOON,
    )
    assert (job.turn.failures, job.turn.error, job.runs) == (0, None, False)
    assert job.leader.since == MONDAY_NOON
    assert job.leader.name.rpartition(":")[2].isdigit()


async def test_a_job_that_fails_is_told_at_once_and_takes_the_telling_not_along(committed: Database) -> None:
    stop = asyncio.Event()
    seen: list[RecordedJob] = []

    async def break_down(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1 / 0"))

    async def look(database: Database) -> None:
        while not seen:
            jobs = await stored(database)
            seen.extend(job for job in jobs.values() if job.turn.outcome is TurnOutcome.FAILED)
            await asyncio.sleep(0.01)
        stop.set()

    await led(committed, [Job("breaks", LONG, break_down), Job("looks", LONG, look)], stop)

    (job,) = seen
    assert (job.job.job_id, job.turn.failures, job.turn.error) == ("breaks", 1, "DBAPIError (22012)")


async def test_a_leader_begins_once_however_many_of_its_jobs_tell_at_once(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [Job(f"job-{number}", LONG, nothing) for number in range(5)]
    records = RunRecords(committed, jobs)
    begun = 0
    begin = job_runs.begin

    async def count(*given: Any) -> None:
        nonlocal begun
        begun += 1
        await begin(*given)

    monkeypatch.setattr(job_runs, "begin", count)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(records.tell())
        for job in jobs:
            tasks.create_task(records.ended(job, TurnOutcome.FAILED, Told("It broke.")))

    assert begun == 1
    assert {job.turn.failures for job in (await stored(committed)).values()} == {1}


async def test_jobs_that_there_are_no_longer_are_forgotten_and_what_others_did_stays(committed: Database) -> None:
    before = [Job("stays", LONG, nothing), Job("goes", LONG, nothing)]
    records = RunRecords(committed, before)
    for job in before:
        records.started(job)
        await records.ended(job, TurnOutcome.FAILED, Told("It broke."))
    await records.tell()
    assert set(await stored(committed)) == {"stays", "goes"}

    await RunRecords(committed, before[:1]).tell()

    (left,) = (await stored(committed)).values()
    assert (left.turn.outcome, left.turn.error, left.turn.failures) == (TurnOutcome.FAILED, "It broke.", 0)


async def test_failures_are_counted_until_a_turn_works_and_the_last_one_stays_known(
    committed: Database, the_clock: clock.SetClock
) -> None:
    job = Job("job", LONG, nothing)
    records = RunRecords(committed, [job])
    for _ in range(3):
        records.started(job)
        await records.ended(job, TurnOutcome.FAILED, Told("It broke."))
    await records.tell()
    assert (await stored(committed))["job"].turn.failures == 3
    failed_at = clock.now()
    the_clock.move_to(failed_at.replace(hour=12))
    records.started(job)
    await records.ended(job, TurnOutcome.DONE)
    turn = (await stored(committed))["job"].turn
    assert (turn.outcome, turn.failures, turn.failed_at, turn.error) == (TurnOutcome.DONE, 0, failed_at, "It broke.")


async def test_a_turn_that_goes_on_shows(committed: Database) -> None:
    job = Job("job", LONG, nothing)
    records = RunRecords(committed, [job])
    records.started(job)
    await records.tell()
    assert (await stored(committed))["job"].runs


async def test_what_a_job_says_of_what_it_looks_after_is_told_with_it(committed: Database) -> None:
    job = Job("job", LONG, nothing, state=lambda: {"waiting": 7})
    records = RunRecords(committed, [job])
    records.started(job)
    await records.ended(job, TurnOutcome.DONE)
    await records.tell()
    assert (await stored(committed))["job"].turn.says == {"waiting": 7}


async def test_what_could_not_be_told_is_told_the_next_time(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("job", LONG, nothing)
    records = RunRecords(committed, [job])
    records.started(job)

    async def away(*_: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("app.ground.job_runs.service.begin", away)
        await records.ended(job, TurnOutcome.FAILED, Told("It broke."))
    assert await stored(committed) == {}
    await records.tell()
    assert (await stored(committed))["job"].turn.outcome is TurnOutcome.FAILED


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Told("The mailbox is full."), "The mailbox is full."),
        (Invalid("This is no day."), "This is no day."),
        (ValueError("password=hunter2"), "ValueError"),
        (IntegrityError("INSERT INTO reps", {"name": "Nikos"}, Exception("Nikos")), "IntegrityError"),
        (ExceptionGroup("several", [ValueError("Nikos"), KeyError("Nikos"), ValueError("x")]), "ValueError; KeyError"),
        (SystemExit(3), "SystemExit"),
        (Told("x" * 600), "x" * 500),
    ],
)
def test_an_error_is_told_without_what_it_was_about(error: BaseException, words: str) -> None:
    assert in_words(error) == words


async def test_one_statement_tells_of_all_jobs(committed: Database) -> None:
    jobs = [Job(f"job-{number}", LONG, nothing) for number in range(30)]
    records = RunRecords(committed, jobs)
    await records.tell()
    for job in jobs:
        records.started(job)
        await records.ended(job, TurnOutcome.DONE)
    with counted(committed) as counts:
        await records.tell()
    assert counts == {"before_cursor_execute": 1, "begin": 1, "commit": 1}
