"""Positions go on above all that were told, wherever the database has come to; nobody is skipped."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app.ground.db.session import Database
from app.ground.events import service as events
from app.ground.positions.service import keep_positions
from tests.databases import as_owner, connected, execute, rows, scalars

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
ELSEWHERE = "UPDATE position_epochs SET system_identifier = system_identifier + 1"
"""As if the database had been written by another cluster."""
BY_NUMBERS = """
    SELECT format('%s.%s', c.relname, a.attname) FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE c.relnamespace = 'public'::regnamespace AND pg_get_expr(d.adbin, d.adrelid) ~ 'xact_id|txid|snapshot'
"""


async def test_no_column_is_filled_with_a_bare_transaction_number(cluster_url: str) -> None:
    found = await scalars(as_owner(cluster_url), BY_NUMBERS)
    assert found == [], "transaction numbers mean nothing after a restore: DEFAULT current_position()"


@pytest.fixture
async def own_epoch(committed: Database) -> Database:
    """A database that has settled: a copy of another, its own epoch began."""
    async with committed.transaction() as session:
        await keep_positions(session)
    return committed


@pytest.fixture
def owner(committed_url: str) -> str:
    return as_owner(committed_url)


async def record(database: Database, name: str) -> None:
    async with database.transaction() as session:
        await events.record(session, name, None, {}, AT)


async def read(database: Database, after: tuple[int, int]) -> tuple[list[str], tuple[int, int]]:
    async with database.transaction() as session:
        found, position = await events.events_after(session, None, after, 100)
        return [event.type for event in found], position


async def keep(database: Database) -> bool:
    async with database.transaction() as session:
        return await keep_positions(session)


async def test_a_database_that_stays_keeps_its_epoch_and_an_idle_one_writes_nothing(
    own_epoch: Database, owner: str
) -> None:
    assert [await keep(own_epoch) for _ in range(3)] == [False, False, False]
    noted = await rows(owner, "SELECT number, known_to, xmin::text FROM position_epochs ORDER BY number")
    assert await keep(own_epoch) is False
    assert await rows(owner, "SELECT number, known_to, xmin::text FROM position_epochs ORDER BY number") == noted
    await record(own_epoch, "one")
    await keep(own_epoch)
    assert (await rows(owner, "SELECT max(known_to) > max(written_in) FROM position_epochs, events")) == [(True,)]


async def test_readers_go_on_from_where_they_were_in_a_database_whose_transactions_begin_lower(
    own_epoch: Database, owner: str
) -> None:
    await record(own_epoch, "before")
    first, position = await read(own_epoch, (0, 0))
    assert first == ["before"]
    # the numbers of the other cluster were higher by a million
    await execute(owner, "UPDATE events SET written_in = written_in + 1000000")
    await execute(owner, ELSEWHERE)
    position = (position[0] + 1_000_000, position[1])
    assert await keep(own_epoch) is True
    await record(own_epoch, "after")
    assert (await read(own_epoch, position))[0] == ["after"]
    assert (await read(own_epoch, (0, 0)))[0] == ["before", "after"]


async def test_positions_above_what_this_cluster_has_told_begin_an_epoch_too(own_epoch: Database, owner: str) -> None:
    await record(own_epoch, "before")
    await execute(owner, "UPDATE events SET written_in = written_in + 1000000")
    assert await keep(own_epoch) is True
    assert await keep(own_epoch) is False


async def test_a_writer_of_the_old_epoch_is_waited_for_and_statements_that_were_planned_are_planned_anew(
    own_epoch: Database, owner: str
) -> None:
    insert = text("INSERT INTO events (type, occurred_at, payload) VALUES (:type, now(), '{}') RETURNING written_in")
    async with connected(own_epoch.engine.url.render_as_string()) as early:
        for _ in range(8):  # the driver and the server keep the plan from then on
            before = await early.scalar(insert, {"type": "early"})
        await early.commit()
        before = await early.scalar(insert, {"type": "in flight"})
        await execute(owner, ELSEWHERE)
        lifting = asyncio.create_task(keep(own_epoch))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'"
        while (await scalars(owner, waiting)) == [0]:
            pass  # each question is a round trip
        await early.commit()
        assert await lifting is True
        after = await early.scalar(insert, {"type": "late"})
        await early.commit()
    assert before is not None
    assert after is not None
    assert (after >> 40) == (before >> 40) + 1
    assert (await read(own_epoch, (0, 0)))[0] == ["early"] * 8 + ["in flight", "late"]


async def test_two_that_find_it_at_once_begin_one_epoch(own_epoch: Database, owner: str) -> None:
    await execute(owner, ELSEWHERE)
    assert sorted(await asyncio.gather(keep(own_epoch), keep(own_epoch))) == [False, True]


async def test_a_position_costs_what_the_transactions_number_does(own_epoch: Database) -> None:
    async with own_epoch.read_only() as session:
        plan = await session.scalar(text("EXPLAIN (VERBOSE, FORMAT JSON) SELECT current_position()"))
    assert "current_position" not in str(plan[0]["Plan"]["Output"])
    assert "position_offset" not in str(plan[0]["Plan"]["Output"])
