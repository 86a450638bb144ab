"""Two years of orders: what they cost a writer, and what partitions by month cost and bring against one piece.

A writer is pgbench, or Fieldproof; with the history before it and without, in turns, in two databases of one cluster.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from app.ground import clock
from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.session import Database, asyncpg_url
from app.ground.private_cluster.roles import OWNER_ROLE, SERVICE_ROLE
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.forms import Forms, Handheld, write
from benchmarks.hot_path import ORDERS_A_SECOND
from benchmarks.processes import cpu_seconds

MONTHS = 24
PORTS = (8766, 8767)
ROUNDS = 5
MOST = 1.05
"""What the history may cost a writer."""
READS = 200

_FILL = Path(__file__).with_name("storage.sql").read_text()
_FLAT = {"event_receipts": "flat_receipts", "order_lines": "flat_lines", "orders": "flat_orders"}

_SOME = "SELECT id, business_date, territory_id FROM orders TABLESAMPLE BERNOULLI (1) ORDER BY random() LIMIT :n"
_DAY = "SELECT * FROM orders WHERE territory_id = :territory AND business_date = :day ORDER BY id LIMIT 100"
_BY_ID = """
    SELECT l.* FROM event_receipts r
    JOIN order_lines l ON l.business_date = r.business_date AND l.order_id = r.id WHERE r.id = :id
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing twice: with the tables as they are, and against what. Orders a second, or seconds.

    `most`: what the ratio may be at most, None: nothing is asked.
    """

    what: str
    ours: float
    other: float
    unit: str
    most: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the other."""
        return self.ours / self.other


@dataclass(frozen=True, slots=True)
class Writing:
    """Orders a second, and what each cost PostgreSQL, in seconds of a core."""

    rate: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where is written: two databases of one cluster, one of which stays without history, and the cluster's server."""

    url: str
    empty_url: str
    postmaster: int
    settings: Settings


async def measure(
    database: Database,
    administrator: Database,
    settings: Settings,
    url: str,
    postmaster: int,
    *,
    orders: int,
    seconds: int,
) -> list[Pair]:
    """Write, read and remove months in tables that hold `orders` orders of 12 lines from two years."""
    handhelds = await world.handhelds(database, settings)
    place = Place(url, await _copy_without_history(database, administrator, url), postmaster, settings)
    first = await _fill(database, administrator, orders)
    by_pgbench = await _by_pgbench(place, seconds)
    by_fieldproof = await _by_fieldproof(place, handhelds, seconds)
    written = []
    for what, found in {"pgbench's orders": by_pgbench, "POST /v1/orders": by_fieldproof}.items():
        after, before = found["with"], found["without"]
        written += [
            Pair(f"{what} with two years before them, against an empty history", after.rate, before.rate, "orders/s"),
            Pair(f"{what}, PostgreSQL's share of a core for each, likewise", after.cpu_s, before.cpu_s, "s", MOST),
        ]
    partitions, pieces = by_pgbench["with"].rate, by_pgbench["flat"].rate
    written.append(Pair("pgbench's orders, against tables in one piece", partitions, pieces, "orders/s"))
    return [*written, *await _read(database), await _remove(administrator, first)]


async def _by_pgbench(place: Place, seconds: int) -> dict[str, Writing]:
    """With the history, without it, and in tables in one piece that have it."""
    flat_script = place.settings.home / "flat.pgbench.sql"
    flat_script.write_text(_flat(servers.ORDER.read_text()))
    writers = {
        "with": partial(servers.pgbench, place.url, seconds),
        "without": partial(servers.pgbench, place.empty_url, seconds),
        "flat": partial(servers.pgbench, place.url, seconds, flat_script),
    }
    return await _in_turns(writers, place.postmaster, seconds)


async def _by_fieldproof(place: Place, handhelds: list[Handheld], seconds: int) -> dict[str, Writing]:
    """With the history, and without it."""
    half = handhelds[: len(handhelds) // 2]
    home = place.settings.home

    def send(address: str) -> float:
        requests = home / "requests.tsv"
        write(requests, Forms(clock.now()).orders(half), ORDERS_A_SECOND * seconds)
        return servers.wrk(address, requests, seconds)

    with servers.api(place.url, home, PORTS[0]) as one, servers.api(place.empty_url, home, PORTS[1]) as other:
        writers = {"with": partial(send, one.address), "without": partial(send, other.address)}
        return await _in_turns(writers, place.postmaster, seconds)


async def _in_turns(writers: Mapping[str, Callable[[], float]], postmaster: int, seconds: int) -> dict[str, Writing]:
    """What writers, which tell their orders a second, do: medians of the rounds, of which the first warms up."""
    rounds: dict[str, list[Writing]] = {name: [] for name in writers}
    for round_ in range(ROUNDS + 1):
        for name in list(writers)[:: -1 if round_ % 2 else 1]:
            before = cpu_seconds(postmaster)
            rate = await asyncio.to_thread(writers[name])
            rounds[name].append(Writing(rate, (cpu_seconds(postmaster) - before) / (rate * seconds)))
    return {
        name: Writing(median(one.rate for one in found[1:]), median(one.cpu_s for one in found[1:]))
        for name, found in rounds.items()
    }


async def _copy_without_history(database: Database, administrator: Database, url: str) -> str:
    """The address of a copy of the world, which stays without history."""
    await database.engine.dispose()  # a database that is copied has no connections
    await administrator.engine.dispose()
    elsewhere = Database(administrator.engine.url.set(database="postgres").render_as_string(), pool_size=1)
    name = asyncpg_url(url).database
    async with elsewhere.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text(f"CREATE DATABASE {name}_empty TEMPLATE {name} OWNER {OWNER_ROLE}"))
    await elsewhere.close()
    return url.replace(f"/{name}?", f"/{name}_empty?")


async def _fill(database: Database, administrator: Database, orders: int) -> date:
    """The history, up to yesterday; answers its first day."""
    today = clock.now().date()
    first = today.replace(year=today.year - MONTHS // 12, day=1)
    days = (today - first).days
    async with database.transaction() as session:
        await ensure_month_partitions(session, first, today)
    async with administrator.transaction() as session:
        # the rows are known to be whole: looking up each line's order would only take longer
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("SET LOCAL ROLE NONE"))
        for statement in _FILL.split(";\n"):
            names = {"orders": orders, "first": first, "days": days}
            await session.execute(text(statement), {name: names[name] for name in names if f":{name}" in statement})
        for table in _FLAT.values():
            await session.execute(text(f"ALTER TABLE {table} OWNER TO {OWNER_ROLE}"))
            await session.execute(text(f"GRANT SELECT, INSERT ON {table} TO {SERVICE_ROLE}"))
    async with administrator.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in (*_FLAT, *_FLAT.values()):
            await alone.execute(text(f"VACUUM ANALYZE {table}"))
        await alone.execute(text("CHECKPOINT"))
    return first


async def _read(database: Database) -> list[Pair]:
    async with database.read_only() as session:
        found = await session.execute(text(_SOME), {"n": READS})
        keys = [{"id": row.id, "day": row.business_date, "territory": row.territory_id} for row in found]
    pairs = []
    for what, statement in (("a territory's day of orders", _DAY), ("an order's lines by its id", _BY_ID)):
        names = [name for name in ("id", "day", "territory") if f":{name}" in statement]
        wanted = [{name: key[name] for name in names} for key in keys]
        ours, flat = [await _median_read(database, sql, wanted) for sql in (statement, _flat(statement))]
        pairs.append(Pair(f"reading {what}, against tables in one piece", ours, flat, "s"))
    return pairs


async def _median_read(database: Database, statement: str, wanted: list[dict[str, Any]]) -> float:
    async with database.read_only() as session:
        took = []
        for parameters in wanted:
            started = time.perf_counter()
            (await session.execute(text(statement), parameters)).all()
            took.append(time.perf_counter() - started)
        return median(took)


async def _remove(administrator: Database, first: date) -> Pair:
    """The oldest month goes: by DROP, and by DELETE from tables in one piece."""
    month = f"y{first:%Y}m{first:%m}"
    dropping = [f"DROP TABLE order_lines_{month}", f"DROP TABLE orders_{month}"]
    end = f"date '{first}' + interval '1 month'"
    deleting = [f"DELETE FROM {table} WHERE business_date < {end}" for table in ("flat_lines", "flat_orders")]
    took = []
    for statements in (dropping, deleting):
        started = time.perf_counter()
        async with administrator.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))
        took.append(time.perf_counter() - started)
    return Pair("removing the oldest month, against DELETE", took[0], took[1], "s")


def _flat(sql: str) -> str:
    for table, flat in _FLAT.items():
        sql = sql.replace(f"INTO {table} ", f"INTO {flat} ").replace(f"FROM {table} ", f"FROM {flat} ")
        sql = sql.replace(f"JOIN {table} ", f"JOIN {flat} ")
    return sql
