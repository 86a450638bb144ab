"""Two years of orders: what partitions by month cost and bring, against the same tables in one piece."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from app.ground import clock
from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.session import Database
from benchmarks import servers

MONTHS = 24
ROUNDS = 3
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
    """The same thing twice: with the tables as they are, and against what. Orders a second, or seconds."""

    what: str
    ours: float
    other: float
    unit: str

    @property
    def ratio(self) -> float:
        """Ours over the other."""
        return self.ours / self.other


async def measure(database: Database, administrator: Database, url: str, orders: int, seconds: int) -> list[Pair]:
    """Write, read and remove months in tables that hold `orders` orders of 12 lines from two years."""
    before = await asyncio.to_thread(servers.pgbench, url, seconds)
    first = await _fill(database, administrator, orders)
    with tempfile.TemporaryDirectory() as folder:
        flat_script = Path(folder) / "flat.pgbench.sql"
        flat_script.write_text(_flat(servers.ORDER.read_text()))
        ours, flat = [], []
        for _ in range(ROUNDS):
            ours.append(await asyncio.to_thread(servers.pgbench, url, seconds))
            flat.append(await asyncio.to_thread(servers.pgbench, url, seconds, flat_script))
    written = [
        Pair("pgbench's orders with two years before them, against an empty history", median(ours), before, "orders/s"),
        Pair("the same, against tables in one piece", median(ours), median(flat), "orders/s"),
    ]
    return [*written, *await _read(database), await _remove(administrator, first)]


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
            await session.execute(text(f"ALTER TABLE {table} OWNER TO fieldproof"))
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
    dropping = [
        f"DROP TABLE order_lines_{month}",
        # a partition that a foreign key refers to cannot be dropped while it is one
        f"ALTER TABLE orders DETACH PARTITION orders_{month}",
        f"DROP TABLE orders_{month}",
    ]
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
