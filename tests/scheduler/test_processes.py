"""Real scheduler processes on real connections: killed, doubled, cut off from their database (C1, C6)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import text

from app.demo.server_starts import unused_port
from app.ground.db.session import Database
from app.ground.private_cluster.cluster import Cluster
from scheduler.process import main
from tests.cluster_homes import cluster_home
from tests.conftest import NOT_DURABLE
from tests.databases import as_owner, connected, migrate
from tests.factories.outlets import make_outlet
from tests.factories.plan_generation import make_plan_generation
from tests.factories.territories import make_rep, make_territory
from tests.processes import ENDING_WITH_US, PATIENCE, exit_code_of, is_alive, start_fork, until
from tests.scheduler.worlds import closed_days_of, make_due_territory, of_days, what_is_closed

_WAITING_TO_WRITE = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'fieldproof-scheduler'
      AND position('INSERT INTO ' || :table IN query) > 0
"""
"""Schedulers' transactions that wait to insert; the month's new partitions may wait for the same table."""
_LEADERS = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND locktype = 'advisory' AND objid = 1279607108 AND granted
"""


def run_scheduler(environment: dict[str, str], *, log_is_read: bool = True) -> None:
    """`python -m scheduler` in a forked process, with this environment and nothing of the fork server's."""
    os.environ.clear()
    os.environ.update(environment)
    if not log_is_read:
        reader, writer = os.pipe()
        os.dup2(writer, sys.stderr.fileno())
        os.close(reader)
    main()


@asynccontextmanager
async def scheduler_on(url: str, home: Path, *, log_is_read: bool = True) -> AsyncIterator[ForkServerProcess]:
    """A scheduler process over the database at `url`, killed where the block ends."""
    process = start_fork(partial(run_scheduler, log_is_read=log_is_read), _environment(url, home))
    try:
        yield process
    finally:
        process.kill()
        await exit_code_of(process)


@asynccontextmanager
async def scheduler_command_on(url: str, home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The same, started as a user would."""
    process = await asyncio.create_subprocess_exec(
        *ENDING_WITH_US, sys.executable, "-m", "scheduler", env=_environment(url, home)
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _environment(url: str, home: Path) -> dict[str, str]:
    return os.environ | {"FIELDPROOF_DATABASE_URL": url, "FIELDPROOF_HOME": str(home)}


async def count(database: Database, question: str, **names: str) -> int:
    async with database.read_only() as session:
        return int((await session.execute(text(question), names)).scalar_one())


async def make_due_territories(database: Database, territories: int, days: int = 1) -> list[int]:
    async with database.transaction() as session:
        return [await make_due_territory(session, days) for _ in range(territories)]


@asynccontextmanager
async def nobody_writes(url: str, table: str) -> AsyncIterator[None]:
    """Whoever writes the table is held up in the middle of its transaction, until the block ends."""
    async with connected(as_owner(url)) as connection:
        await connection.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        yield


async def test_a_scheduler_killed_in_the_middle_of_a_run_leaves_nothing_and_the_next_closes_the_day_once(
    committed: Database, committed_url: str, tmp_path: Path
) -> None:
    await make_due_territories(committed, 1)

    async def is_held_up() -> bool:
        return await count(committed, _WAITING_TO_WRITE, table="points_entries") > 0

    async with nobody_writes(committed_url, "points_entries"):
        async with scheduler_on(committed_url, tmp_path) as first:
            await until(is_held_up)
            first.kill()
            await exit_code_of(first)
        assert await what_is_closed(committed) == of_days(0)
    async with scheduler_on(committed_url, tmp_path):
        await until(lambda: _closed(committed, 1))
    assert await what_is_closed(committed) == of_days(1)


@pytest.mark.parametrize("schedulers", [2, 3])
async def test_several_schedulers_at_once_close_each_of_twenty_days_exactly_once_and_oldest_first(
    committed: Database, committed_url: str, tmp_path: Path, schedulers: int
) -> None:
    territories = await make_due_territories(committed, 5, days=4)
    async with AsyncExitStack() as running:
        for _ in range(schedulers):
            await running.enter_async_context(scheduler_on(committed_url, tmp_path))
        await until(lambda: _closed(committed, 20))
        assert await count(committed, _LEADERS) == 1
    assert await what_is_closed(committed) == of_days(20)
    for territory_id in territories:
        days = await closed_days_of(committed, territory_id)
        assert days == sorted(days)


async def test_a_second_scheduler_takes_over_within_seconds_from_one_that_was_killed(
    committed: Database, committed_url: str, tmp_path: Path
) -> None:
    await make_due_territories(committed, 1)
    async with scheduler_on(committed_url, tmp_path) as first:
        await until(lambda: _closed(committed, 1))
        async with scheduler_on(committed_url, tmp_path):
            first.kill()
            await exit_code_of(first)
            await make_due_territories(committed, 20)
            async with asyncio.timeout(PATIENCE / 2):
                await until(lambda: _closed(committed, 21))
    assert await what_is_closed(committed) == of_days(21)


async def test_a_scheduler_told_to_stop_ends_in_good_order_and_gives_leadership_back(
    committed: Database, committed_url: str, tmp_path: Path
) -> None:
    await make_due_territories(committed, 1)
    async with scheduler_command_on(committed_url, tmp_path) as process:
        await until(lambda: _closed(committed, 1))
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0
    assert await count(committed, _LEADERS) == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_scheduler_beside_the_api_ends_with_it_however_that_ends(
    committed: Database, committed_url: str, tmp_path: Path, how: signal.Signals
) -> None:
    command = [
        *ENDING_WITH_US,
        sys.executable,
        "-m",
        "app.cli",
        "serve",
        "--port",
        str(unused_port()),
        "--with-scheduler",
    ]
    api = await asyncio.create_subprocess_exec(*command, env=_environment(committed_url, tmp_path))
    await make_due_territories(committed, 1)
    await until(lambda: _closed(committed, 1), 2 * PATIENCE)  # two programs start, one after the other
    api.send_signal(how)
    assert await api.wait() == (0 if how is signal.SIGTERM else -how)

    async def nobody_leads() -> bool:
        return await count(committed, _LEADERS) == 0

    await until(nobody_leads)


async def test_a_scheduler_whose_log_nobody_reads_goes_on_after_its_database_was_restarted(tmp_path: Path) -> None:
    with cluster_home() as home:
        cluster = Cluster(home, overrides=NOT_DURABLE)
        url = await asyncio.to_thread(cluster.ensure_running)
        await migrate(url)
        database = Database(url, pool_size=2)
        await make_due_territories(database, 1)
        async with scheduler_on(url, tmp_path, log_is_read=False) as process:
            await until(lambda: _closed(database, 1))
            await database.close()
            await asyncio.to_thread(cluster.stop)
            await asyncio.to_thread(cluster.ensure_running)
            await make_due_territories(database, 1)
            await until(lambda: _closed(database, 2))
            assert process.exitcode is None
        assert await what_is_closed(database) == of_days(2)
        await database.close()


async def _closed(database: Database, days: int) -> bool:
    return (await what_is_closed(database)).runs >= days


async def test_plans_that_a_killed_scheduler_was_making_are_made_by_the_next_and_its_workers_end_with_it(
    committed: Database, committed_url: str, tmp_path: Path
) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        reps = [await make_rep(session, territory) for _ in range(4)]
        for number, rep in enumerate(reps):
            at = (38.2 + number / 50, 21.7)
            await make_outlet(session, territory, at=at, rep_id=rep.id, terms={"visits_per_week": 1})
        next_week = datetime.now(UTC).date() + timedelta(days=8 - datetime.now(UTC).isoweekday())
        await make_plan_generation(session, territory, *reps, week_date=next_week)
    made = "SELECT count(*) FROM plan_generation_reps WHERE outcome = 'generated'"

    async def writes_a_plan() -> bool:
        return await count(committed, _WAITING_TO_WRITE, table="week_plan_versions") > 0

    async with nobody_writes(committed_url, "week_plan_versions"):
        async with scheduler_on(committed_url, tmp_path) as first:
            await until(writes_a_plan)
            assert first.pid is not None
            workers = children_of(first.pid)
            assert workers
            first.kill()
            await exit_code_of(first)
        assert await count(committed, made) == 0

    async def have_ended() -> bool:
        return not any(is_alive(pid) for pid in workers)

    await until(have_ended)

    async def all_made() -> bool:
        return await count(committed, "SELECT count(*) FROM plan_generations WHERE finished_at IS NOT NULL") == 1

    async with scheduler_on(committed_url, tmp_path):
        await until(all_made)
    assert await count(committed, made) == 4
    assert await count(committed, "SELECT count(*) FROM week_plan_versions") == 4


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
