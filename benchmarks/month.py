"""A territory's month of compliance: the endpoint's time against the time of the SQL that it runs, alone."""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from sqlalchemy import event, insert, text

from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.session import Database, asyncpg_url
from app.ground.settings import Settings
from app.ground.web.access import CallerKind, Role
from app.main import create_app
from app.masters.identity.models import User
from app.masters.identity.tokens import AccessTokens

REPS, DAYS, VISITS_A_DAY = 50, 30, 20
MONTH = {"from": "2026-09-01", "to": "2026-09-30"}
PATH = "/v1/compliance"
REPEATS = 60

_FILL = Path(__file__).with_name("month.sql").read_text()


@dataclass(frozen=True, slots=True)
class Month:
    """95th percentiles in seconds."""

    endpoint_s: float
    sql_s: float

    @property
    def ratio(self) -> float:
        """The endpoint's time over its SQL's."""
        return self.endpoint_s / self.sql_s


async def fill(database: Database) -> None:
    """50 reps with 20 planned visits on each of 30 days: 30,000 visits, their check-ins and orders."""
    async with database.transaction() as session:
        await ensure_month_partitions(session, date(2026, 9, 1), date(2026, 9, 30))
        for statement in _FILL.split(";\n"):
            await session.execute(text(statement))
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def measure(database: Database, settings: Settings, address: str) -> Month:
    """Time the endpoint over HTTP and its statements alone, in turns."""
    async with database.transaction() as session:
        made = insert(User).values(username="bench", password_hash="-", role=Role.ADMIN).returning(User.id)
        user_id = (await session.execute(made)).scalar_one()
    token = AccessTokens(settings.signing_key, timedelta(hours=1)).issue(CallerKind.USER, user_id)
    headers = {"Authorization": f"Bearer {token}"}
    query = MONTH | {"territory_code": "MONTH", "group_by": "rep"}
    statements = await _statements(database, settings, headers, query)
    plain = await asyncpg.connect(_dsn(database))
    endpoint, sql = [], []
    async with httpx.AsyncClient(base_url=address, headers=headers) as client:
        for _ in range(REPEATS):
            started = time.perf_counter()
            (await client.get(PATH, params=query)).raise_for_status()
            endpoint.append(time.perf_counter() - started)
            started = time.perf_counter()
            async with plain.transaction(readonly=True):
                for statement, parameters in statements:
                    await plain.fetch(statement, *parameters)
            sql.append(time.perf_counter() - started)
    await plain.close()
    return Month(_p95(endpoint), _p95(sql))


async def _statements(
    database: Database, settings: Settings, headers: dict[str, str], query: dict[str, str]
) -> list[tuple[str, tuple[Any, ...]]]:
    """The statements that one request runs, as they reach the driver."""
    seen: list[tuple[str, tuple[Any, ...]]] = []

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, tuple(parameters)))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        transport = httpx.ASGITransport(create_app(settings, database))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
            (await client.get(PATH, params=query)).raise_for_status()
            seen.clear()  # the first request also loaded the caller
            (await client.get(PATH, params=query)).raise_for_status()
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return seen


def _dsn(database: Database) -> str:
    url = asyncpg_url(str(database.engine.url.render_as_string(hide_password=False)))
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]
