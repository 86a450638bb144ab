"""A territory's month of compliance: the endpoint's time against the time of the SQL that it runs, alone."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
from sqlalchemy import event, text

from app.db.session import Database, asyncpg_url
from app.identity.tokens import AccessTokens
from app.main import create_app
from app.settings import Settings
from app.web.access import CallerKind

REPS, DAYS, VISITS_A_DAY = 50, 30, 20
MONTH = {"from": "2026-09-01", "to": "2026-09-30"}
PATH = "/v1/compliance"
REPEATS = 60

_FILL = """
INSERT INTO territories (code, name, time_zone, order_cutoff, call_deadline, working_weekdays, holidays, version)
VALUES ('MONTH', 'Month', 'Europe/Athens', '17:00', '19:00', '{1,2,3,4,5,6,7}', '{}', 1);
INSERT INTO reps (code, name, territory_id, active, version)
SELECT 'M' || n, 'Rep ' || n, (SELECT id FROM territories WHERE code = 'MONTH'), true, 1 FROM generate_series(1, 50) n;
INSERT INTO visits (visit_date, id, territory_id, rep_id, outlet_id, sequence, approved_at, created_at)
SELECT date '2026-09-01' + d, gen_random_uuid(), r.territory_id, r.id, 1 + (r.id * 20 + d * 7 + n) % 3000, n, '2020-01-01', '2020-01-01'
FROM reps r, generate_series(0, 29) d, generate_series(1, 20) n WHERE r.code LIKE 'M%';
INSERT INTO check_ins (business_date, id, territory_id, rep_id, outlet_id, kind, captured_at, received_at, corrected_at, skew_ms,
  trusted, clock_changed, mock, verdict, p_inside, location_version, policy_version)
SELECT visit_date, gen_random_uuid(), territory_id, rep_id, outlet_id, kind, at, at, at, 0, true, false, false,
  CASE WHEN sequence % 10 = 3 THEN 'UNCERTAIN' ELSE 'INSIDE' END, 0.9, 1, 1
FROM visits, (VALUES ('arrival', 0), ('departure', 12)) k (kind, minutes),
  LATERAL (SELECT visit_date + time '06:00' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' + minutes * interval '1 minute' AS at) t
WHERE territory_id = (SELECT id FROM territories WHERE code = 'MONTH') AND sequence % 8 <> 0;
INSERT INTO orders (business_date, id, territory_id, outlet_id, rep_id, channel, placed_by, captured_at, received_at,
  corrected_at, skew_ms, trusted, clock_changed, delivery_date, comment, line_count, total_value, warnings, mock)
SELECT visit_date, gen_random_uuid(), territory_id, outlet_id, rep_id, 'HANDHELD', 'bench', at, at, at, 0, true, false,
  visit_date + 1, '', 12, 100, '[]', false
FROM visits, LATERAL (SELECT visit_date + time '06:05' AT TIME ZONE 'UTC' + sequence * interval '20 minutes' AS at) t
WHERE territory_id = (SELECT id FROM territories WHERE code = 'MONTH') AND sequence % 5 <> 0;
INSERT INTO order_lines (business_date, order_id, line_number, product_id, quantity, unit_price, list_price)
SELECT business_date, o.id, n, n, 6, 1.15, 1.15 FROM orders o, generate_series(1, 12) n
WHERE o.territory_id = (SELECT id FROM territories WHERE code = 'MONTH')
"""


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
        await session.execute(
            text(
                "SELECT ensure_month_partitions(ARRAY['visits', 'check_ins', 'orders', 'order_lines'], '2026-09-01', '2026-09-30')"
            )
        )
        for statement in _FILL.split(";\n"):
            await session.execute(text(statement))
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def measure(database: Database, settings: Settings, address: str) -> Month:
    """Time the endpoint over HTTP and its statements alone, in turns."""
    async with database.transaction() as session:
        user_id = await session.scalar(
            text(
                "INSERT INTO users (username, password_hash, role, active) VALUES ('bench', '-', 'admin', true) RETURNING id"
            )
        )
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

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
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
