"""The story of outlets that have two years behind them, among thousands that have some, over HTTP."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx
from sqlalchemy import insert, text

from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import CallerKind, Role
from app.masters.identity.models import User, UserTerritory
from app.masters.identity.tokens import AccessTokens

TERRITORY = 1
"""The outlets of it are visited eight times a month, every fifth of the others once."""
YEARS = 2
WARMING_UP, REPEATS = 20, 200

_FILL = Path(__file__).with_name("timeline.sql").read_text()
_OUTLETS = text("SELECT code FROM outlets WHERE territory_id = :territory ORDER BY id")


@dataclass(frozen=True, slots=True)
class Told:
    """95th percentiles in seconds: of the newest page of an outlet, and of one a year back."""

    newest_s: float
    older_s: float


async def fill(database: Database, administrator: Database) -> list[str]:
    """Two years of visits, check-ins, orders, deliveries and what came of them; the codes of the busy outlets."""
    today = datetime.now(UTC).date()
    first = today.replace(year=today.year - YEARS, day=1)
    async with database.transaction() as session:
        await ensure_month_partitions(session, first, today)
    async with administrator.transaction() as session:
        # the rows are known to be whole, and nobody counts their days
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _FILL.split(";\n"):
            await session.execute(text(statement), {"first": first} if ":first" in statement else {})
    async with administrator.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))
    async with database.read_only() as session:
        return list(await session.scalars(_OUTLETS, {"territory": TERRITORY}))


async def measure(database: Database, settings: Settings, address: str, codes: list[str]) -> Told:
    """Time the route for the outlets' supervisor, each time for another outlet."""
    async with database.transaction() as session:
        user = insert(User).values(username="bench-supervisor", password_hash="-", role=Role.SUPERVISOR)
        user_id = (await session.execute(user.returning(User.id))).scalar_one()
        await session.execute(insert(UserTerritory).values(user_id=user_id, territory_id=TERRITORY))
    token = AccessTokens(settings.signing_key, timedelta(hours=1)).issue(CallerKind.USER, user_id)
    a_year_ago = (datetime.now(UTC) - timedelta(days=365)).isoformat()
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        outlets = iter(codes * 3)
        await _p95(client, {}, islice(outlets, WARMING_UP))
        newest_s = await _p95(client, {}, islice(outlets, REPEATS))
        return Told(newest_s, await _p95(client, {"before": a_year_ago}, islice(outlets, REPEATS)))


async def _p95(client: httpx.AsyncClient, query: dict[str, str], codes: Iterator[str]) -> float:
    seconds = []
    for code in codes:
        started = time.perf_counter()
        (await client.get(f"/v1/outlets/{code}/timeline", params=query)).raise_for_status()
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[int(len(seconds) * 0.95)]
