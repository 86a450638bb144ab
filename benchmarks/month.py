"""A month of compliance, of a territory and of a company: what is kept against counting the records, over HTTP."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert, text

from app.closing.compliance.keeping import keep_days
from app.ground.db.partitions import ensure_month_partitions
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import CallerKind, Role
from app.masters.identity.models import User
from app.masters.identity.tokens import AccessTokens

TERRITORIES = 4
"""Each of 50 reps with 20 planned visits a day."""
FIRST = (datetime.now(UTC).date() - timedelta(days=62)).replace(day=1)
LAST = FIRST + timedelta(days=29)
PATH = "/v1/compliance"
REPEATS = 60
COUNTED = 20
"""As often the records are counted: ten times as long."""

_FILL = Path(__file__).with_name("month.sql").read_text()


@dataclass(frozen=True, slots=True)
class Month:
    """95th percentiles in seconds: of a territory's month, counted and kept, and of the company's, kept."""

    counted_s: float
    kept_s: float
    company_s: float

    @property
    def ratio(self) -> float:
        """What is kept over what is counted."""
        return self.kept_s / self.counted_s


async def fill(database: Database) -> None:
    """Of each territory 30,000 visits of a month, their check-ins and orders."""
    async with database.transaction() as session:
        await ensure_month_partitions(session, FIRST, LAST)
        for statement in _FILL.split(";\n"):
            parameters = {"territories": TERRITORIES, "first": FIRST}
            named = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await session.execute(text(statement), named)
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def measure(database: Database, settings: Settings, address: str) -> Month:
    """Time the endpoint over HTTP before anything is kept, and after every day is."""
    async with database.transaction() as session:
        made = insert(User).values(username="bench", password_hash="-", role=Role.ADMIN).returning(User.id)
        user_id = (await session.execute(made)).scalar_one()
    token = AccessTokens(settings.signing_key, timedelta(hours=1)).issue(CallerKind.USER, user_id)
    month = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
    territory = month | {"territory_code": "MONTH1", "group_by": "rep"}
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        counted = await _times(client, territory, COUNTED)
        while await keep_days(database):
            pass
        async with database.engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text("VACUUM ANALYZE kept_days, kept_rep_days, kept_outlets"))
        return Month(
            _p95(counted), _p95(await _times(client, territory, REPEATS)), _p95(await _times(client, month, REPEATS))
        )


async def _times(client: httpx.AsyncClient, query: dict[str, str], repeats: int) -> list[float]:
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        (await client.get(PATH, params=query)).raise_for_status()
        seconds.append(time.perf_counter() - started)
    return seconds


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]
