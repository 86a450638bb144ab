"""Closing a month, and replaying it under another policy: both against a bare sum of the same entries."""

import resource
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.closing.months.service import close_month
from app.closing.simulations.schemas import SimulationAnswer
from app.closing.simulations.service import simulate
from app.ground.db.session import Database
from app.ground.web.months import month_before
from app.masters.territories import service as territories

TERRITORY = "STM"
_FILL = Path(__file__).with_name("statements.sql").read_text()
POLICY: dict[str, dict[str, Any]] = {
    "missed_order": {"points": -8},
    "late_order": {"points": -2},
    "past_due_order": {"points": -2},
    "order_on_time": {"points": 2, "monthly_cap": 150},
    "delivery_matched": {"points": 3},
    "delivery_mismatch": {"points": -4},
    "price_mismatch": {"points": -4},
    "dumped_order": {"points": -20},
    "returns_within_limit": {"points": 30, "limit": Decimal("0.04")},
    "returns_over_limit": {"points": -30, "limit": Decimal("0.04")},
}
"""Every rule otherwise: the most that can be asked for."""
_BARE = text("""
    INSERT INTO bare_statements
    SELECT rep_id, jsonb_agg(jsonb_build_object('rule', rule, 'count', count, 'points', points)), sum(points)
    FROM (SELECT rep_id, rule, count(*), sum(points) AS points FROM points_entries WHERE month = :month GROUP BY 1, 2) s
    GROUP BY rep_id
""")


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """Seconds for one closing and for the bare sum; and by how many MB this process has grown meanwhile."""

    closing_s: float
    bare_s: float
    grown_mb: float

    @property
    def ratio(self) -> float:
        """The closing's time over the bare sum's."""
        return self.closing_s / self.bare_s


async def fill(database: Database, reps: int, entries: int) -> date:
    """A territory with so many reps and entries of the last month that is over; answers the month."""
    month = month_before(datetime.now(UTC).date())
    async with database.transaction() as session:
        for statement in _FILL.split(";\n"):
            parameters = {"reps": reps, "entries": entries, "month": month}
            named = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await session.execute(text(statement), named)
        await session.execute(text("CREATE TABLE bare_statements (rep_id int PRIMARY KEY, lines jsonb, points bigint)"))
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM ANALYZE points_entries"))
    return month


async def close(database: Database, month: date) -> ClosedMonth:
    """Close the month, and add it up barely; the first time of each warms up."""
    bare_s = 0.0
    for _ in range(2):
        async with database.transaction() as session:
            await session.execute(text("TRUNCATE bare_statements"))
            started = time.perf_counter()
            await session.execute(_BARE, {"month": month})
        bare_s = time.perf_counter() - started
    async with database.transaction() as session:
        territory = (await territories.territories_by_code(session, [TERRITORY]))[TERRITORY]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    await close_month(database, territory, month, by="bench")
    closing_s = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return ClosedMonth(closing_s, bare_s, grown / 1024)


@dataclass(frozen=True, slots=True)
class ReplayedMonth:
    """Seconds for a what-if with its answer as JSON; how long that is, and by how many MB this process has grown."""

    seconds: float
    answer_mb: float
    grown_mb: float


async def replay(database: Database, month: date) -> ReplayedMonth:
    """Every rep's month under `POLICY`."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    async with database.snapshot() as session:
        found = await simulate(session, month, None, POLICY)
    written = SimulationAnswer.of(found).model_dump_json()
    seconds = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return ReplayedMonth(seconds, len(written) / 1e6, grown / 1024)
