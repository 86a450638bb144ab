"""Closing a day: the run's set-based statements against a bare INSERT … SELECT of the same rows."""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.closing.cutoff import service as cutoff
from app.ground import clock
from app.ground.db.session import Database
from app.masters.territories import service as territories
from app.masters.territories.calendar import cutoff_at

_MASTERS = Path(__file__).with_name("closing_masters.sql").read_text()
_FILL = Path(__file__).with_name("closing.sql").read_text()
TERRITORY = 1
WRITTEN = ("missing_orders", "call_tasks", "points_entries")


@dataclass(frozen=True, slots=True)
class Closing:
    """Seconds for one day: the run, and the bare copy of the rows that it wrote."""

    visits: int
    missing: int
    run_s: float
    bare_s: float

    @property
    def ratio(self) -> float:
        """The run's time over the bare copy's."""
        return self.run_s / self.bare_s


async def fill_masters(database: Database, outlets: int) -> None:
    """As many outlets of the one territory as the greatest day visits, and a rep with a handheld for each hundred.

    Every other handheld has told everything for good: of its rep's penalties the run finds out what holds them back.
    """
    async with database.transaction() as session:
        for statement in _MASTERS.split(";\n"):
            await session.execute(text(statement), _named(statement, {"outlets": outlets}))
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM ANALYZE reps, outlets, devices, device_sync_states"))


async def close(database: Database, administrator: Database, visits: int, day: date) -> Closing:
    """Fill a day with `visits` planned visits of one territory, 15 % without an order, and close it."""
    async with database.transaction() as session:
        for statement in _FILL.split(";\n"):
            await session.execute(text(statement), _named(statement, {"day": day, "visits": visits}))
    await _checkpoint(administrator)
    async with database.transaction() as session:
        territory = await territories.territory_facts(session, TERRITORY)
    # at its cutoff: a run that comes after the calls' deadline opens none (C6)
    with clock.fixed(cutoff_at(territory, day)):
        started = time.perf_counter()
        async with database.transaction() as session:
            run = await cutoff.close_day(session, TERRITORY, day, triggered_by="bench")
        run_s = time.perf_counter() - started
    return Closing(visits, run.missing_orders, run_s, await _bare(database, administrator, day))


def _named(statement: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Those of the parameters that a statement names."""
    return {name: value for name, value in parameters.items() if f":{name}" in statement}


async def _checkpoint(administrator: Database) -> None:
    """Write out what filling left behind: a day's rows come over the day, not in the minute before its cutoff."""
    async with administrator.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("CHECKPOINT"))


async def _bare(database: Database, administrator: Database, day: date) -> float:
    """Copy what the run wrote aside, take it away, and time putting it back with nothing but INSERT … SELECT."""
    async with database.transaction() as session:
        for table in WRITTEN:
            await session.execute(
                text(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WHERE business_date = '{day}'")
            )
            await session.execute(text(f"DELETE FROM {table} WHERE business_date = '{day}'"))
    async with database.engine.connect() as connection:
        vacuuming = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in WRITTEN:
            await vacuuming.execute(text(f"VACUUM ANALYZE {table}"))
            await vacuuming.execute(text(f"VACUUM ANALYZE bare_{table}"))
    await _checkpoint(administrator)
    started = time.perf_counter()
    async with database.transaction() as session:
        for table in WRITTEN:
            overriding = " OVERRIDING SYSTEM VALUE" if table == "points_entries" else ""
            await session.execute(text(f"INSERT INTO {table}{overriding} SELECT * FROM bare_{table}"))
    seconds = time.perf_counter() - started
    async with database.transaction() as session:
        for table in WRITTEN:
            await session.execute(text(f"DROP TABLE bare_{table}"))
    return seconds


def closed_days(count: int) -> list[date]:
    """The last `count` days of one month that are over: in one partition, oldest first."""
    newest = clock.now().date() - timedelta(days=2)
    if newest.day < count:
        newest = newest.replace(day=1) - timedelta(days=1)
    return [newest - timedelta(days=back) for back in reversed(range(count))]
