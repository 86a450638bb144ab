"""An idle service asks its database little, and what comes to wait is seen as soon as before (decision 61)."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Connection, event, literal, select, text, update

from app.closing.call_tasks import service as call_tasks
from app.ground import clock
from app.ground.db import notifications
from app.ground.db.barrier import LEADER_LOCK
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web import readiness
from app.masters.territories.models import Territory
from app.planning.plan_generation.generator import PlanGenerator
from scheduler import leadership, looks, run_records
from scheduler.closing import DAYS_A_TURN, DayCloser
from scheduler.jobs import Job, all_jobs
from scheduler.leadership import Leadership, LeadershipLost
from scheduler.looks import jobs_that_wait
from scheduler.runner import run_scheduler
from tests.databases import as_owner, execute
from tests.factories.call_tasks import make_call_task
from tests.factories.outlets import make_outlet
from tests.factories.plan_generation import make_plan_generation
from tests.factories.territories import make_rep, make_territory
from tests.scheduler.worlds import make_due_territory

MOST_A_SECOND = 2.0
LONG = 3600.0
THREE_STATEMENTS = 3
"""By so many it is told what jobs did, BEGIN and COMMIT among them."""
_LEVEL = "isolation_level"


@contextmanager
def counted(database: Database) -> Iterator[Counter[str]]:
    """Every statement of the database's pool, BEGIN and COMMIT as well."""
    engine, counts = database.engine.sync_engine, Counter[str]()

    def note(kind: str) -> Any:
        def listener(connection: Connection, *_: Any) -> None:
            # a session for one statement is told of as if it had a transaction
            if kind == "before_cursor_execute" or connection.get_execution_options().get(_LEVEL) != "AUTOCOMMIT":
                counts.update([kind])

        return listener

    kinds = {name: note(name) for name in ("before_cursor_execute", "begin", "commit", "rollback")}
    for name, listener in kinds.items():
        event.listen(engine, name, listener)
    try:
        yield counts
    finally:
        for name, listener in kinds.items():
            event.remove(engine, name, listener)


async def test_an_idle_service_asks_two_things_a_second_at_most(committed: Database, settings: Settings) -> None:
    async with committed.transaction() as session:
        await make_territory(session, created_at=clock.now())
    jobs = all_jobs(settings)
    for job in jobs:  # what there is to do at first is done
        await job.run(committed)
    a_second = 1 / leadership.HOLD_SECONDS
    with counted(committed) as counts:
        assert await jobs_that_wait(committed, jobs) == []
        a_second += counts.total() / looks.LOOK_SECONDS
        for job in jobs:
            counts.clear()
            await job.run(committed)
            a_second += counts.total() / job.every_seconds
    a_second += THREE_STATEMENTS / run_records.TELL_SECONDS
    of_an_api_worker = 1 / notifications.IDLE_BEAT_SECONDS + 2 / readiness.REST_SECONDS
    assert a_second + of_an_api_worker < MOST_A_SECOND


async def waits(database: Database, condition: ColumnElement[bool]) -> bool:
    async with database.single_statement() as session:
        return bool(await session.scalar(select(condition)))


@pytest.fixture
async def closer(committed: Database, the_clock: clock.SetClock) -> DayCloser:
    """One that has closed what was due: Monday's cutoff at 17:00 is still to come."""
    the_clock.move_to(datetime(2026, 11, 23, 10, tzinfo=UTC))
    async with committed.transaction() as session:
        await make_territory(session, code="ATH", time_zone="UTC", created_at=clock.now() - timedelta(hours=1))
    closer = DayCloser()
    assert await waits(committed, closer.waits())
    await closer.close_due(committed)
    return closer


async def test_a_closer_waits_for_the_next_cutoff_and_is_awake_at_it(
    committed: Database, closer: DayCloser, the_clock: clock.SetClock
) -> None:
    assert not await waits(committed, closer.waits())
    the_clock.move_to(datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC))
    assert not await waits(committed, closer.waits())
    the_clock.move_to(datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert await waits(committed, closer.waits())
    assert await closer.close_due(committed) == 1
    assert not await waits(committed, closer.waits())


async def test_a_closer_looks_again_once_a_territory_is_made_or_changed_by_whomever(
    committed: Database, committed_url: str, closer: DayCloser
) -> None:
    await execute(as_owner(committed_url), "UPDATE territories SET order_cutoff = '09:30' WHERE code = 'ATH'")
    assert await waits(committed, closer.waits())
    await closer.close_due(committed)
    assert not await waits(committed, closer.waits())
    async with committed.transaction() as session:
        await make_territory(session)
    assert await waits(committed, closer.waits())


async def test_a_change_that_commits_after_a_later_one_is_seen(committed: Database, closer: DayCloser) -> None:
    async with committed.transaction() as early:
        change = update(Territory).where(Territory.code == "ATH").values(order_cutoff=time(9, 30))
        await early.execute(change)
        async with committed.transaction() as late:
            await make_territory(late, created_at=clock.now())
        await closer.close_due(committed)
        assert not await waits(committed, closer.waits())
    assert await waits(committed, closer.waits())


async def test_a_closer_goes_on_where_a_turn_has_left_days_and_tries_again_what_failed(
    committed: Database, the_clock: clock.SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_clock.move_to(datetime.now(UTC))
    async with committed.transaction() as session:
        await make_due_territory(session, days=DAYS_A_TURN + 1)
    closer = DayCloser()
    assert await closer.close_due(committed) == DAYS_A_TURN
    assert await waits(committed, closer.waits())

    async def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        broken.setattr("app.closing.cutoff.service.close_or_find", fail)
        await closer.close_due(committed)
    assert not await waits(committed, closer.waits())
    the_clock.move_to(clock.now() + timedelta(seconds=3))
    assert await waits(committed, closer.waits())
    assert await closer.close_due(committed) == 1


async def test_tasks_wait_once_one_is_past_its_deadline(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        task = await make_call_task(session, await make_outlet(session, territory))
    assert not await waits(committed, call_tasks.any_due(task.due_at - timedelta(seconds=1)))
    assert await waits(committed, call_tasks.any_due(task.due_at))
    async with committed.transaction() as session:
        await call_tasks.expire_due(session, task.due_at)
    assert not await waits(committed, call_tasks.any_due(task.due_at))


async def test_a_generator_waits_until_plans_are_asked_for(committed: Database, settings: Settings) -> None:
    generator = PlanGenerator(settings)
    assert not await waits(committed, generator.waits())
    async with committed.transaction() as session:
        territory = await make_territory(session)
        await make_plan_generation(session, territory, await make_rep(session, territory))
    assert await waits(committed, generator.waits())


async def test_a_job_runs_as_soon_as_what_it_waits_for_is_there_and_not_before(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.runner.LOOK_SECONDS", 0.02)
    stop, turns, asked = asyncio.Event(), 0, 0

    def there() -> ColumnElement[bool]:
        nonlocal asked
        asked += 1
        return literal(asked >= 5)

    async def run(_: Database) -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            assert asked < 5  # its first turn is at the beginning, whatever waits
        else:
            assert asked >= 5
            stop.set()

    async with asyncio.timeout(20):
        await run_scheduler(committed, stop, lambda: [Job("waits", LONG, run, waits=there)])
    assert turns == 2


async def test_a_job_that_is_at_it_is_not_woken_and_one_look_that_fails_ends_nothing(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.runner.LOOK_SECONDS", 0.02)
    stop, looked, turns = asyncio.Event(), asyncio.Event(), 0
    asked = 0

    def there() -> ColumnElement[bool]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise RuntimeError("this look fails")
        if asked == 10:
            looked.set()
        return literal(value=True)

    async def run(_: Database) -> None:
        nonlocal turns
        turns += 1
        await looked.wait()
        stop.set()

    async with asyncio.timeout(20):
        await run_scheduler(committed, stop, lambda: [Job("long", LONG, run, waits=there)])
    assert turns == 1


async def test_a_leader_whose_connection_is_closed_knows_it_without_asking(
    committed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "HOLD_SECONDS", LONG)
    stop = asyncio.Event()
    async with asyncio.timeout(20), Leadership(committed.engine.url) as leader:
        assert await leader.won(stop)
        holding = asyncio.create_task(leader.held_until(stop))
        await asyncio.sleep(0)
        async with committed.transaction() as session:
            cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock"
            await session.execute(text(cut), {"lock": LEADER_LOCK})
        with pytest.raises(LeadershipLost):
            await holding


def test_a_leader_that_is_cut_off_gives_up_before_the_server_gives_its_lock_away() -> None:
    keepalives = {name: int(value) for name, value in leadership.CONNECTION_SETTINGS.items() if name.startswith("tcp")}
    idle, interval, count = (keepalives[f"tcp_keepalives_{name}"] for name in ("idle", "interval", "count"))
    assert idle + interval * count > leadership.HOLD_SECONDS + leadership.ANSWER_WITHIN_SECONDS
