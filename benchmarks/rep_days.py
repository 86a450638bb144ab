"""Reps' days as they go: a territory's page over HTTP, and what it costs to ask what has changed.

Half of the 10,000 reps and 300,000 visits of the day are those of the other benchmarks' world.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert, text

from app.closing.rep_days.changes import ChangesPosition, changes_since
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.web.access import CallerKind, Role
from app.masters.identity.models import User
from app.masters.identity.tokens import AccessTokens

TERRITORIES, REPS_EACH = 100, 50
UPLOADING = 20
"""Reps who upload within a second, each an order."""
WARM_UP, REPEATS = 10, 200

_FILL = Path(__file__).with_name("rep_days.sql").read_text()
_FILLED = text("SELECT EXISTS (SELECT FROM territories WHERE code = 'TODAY1')")
_UPLOAD = text("""
    WITH uploading AS (
        UPDATE device_sync_states SET changed_in = current_position() WHERE rep_id IN (
            SELECT id FROM reps WHERE territory_id = (SELECT id FROM territories WHERE code = 'TODAY7') LIMIT :reps)
        RETURNING rep_id)
    UPDATE orders SET comment = 'new' WHERE business_date = current_date AND id IN (
        SELECT DISTINCT ON (o.rep_id) o.id FROM orders o JOIN uploading USING (rep_id)
        WHERE business_date = current_date ORDER BY o.rep_id, o.corrected_at DESC)
""")


@dataclass(frozen=True, slots=True)
class RepDaysTimes:
    """95th percentiles in seconds: of a territory's page, of asking where nothing has changed, and after uploads."""

    page_s: float
    nothing_s: float
    uploads_s: float


async def fill(database: Database) -> None:
    """A day of 5,000 reps more, two thirds of it gone, and what two territories' reps have earned in the month.

    Once: other parts look at the same day. TODAY6's is over: its cutoff was at half past twelve.
    """
    async with database.transaction() as session:
        if await session.scalar(_FILLED):
            return
        for statement in _FILL.split(";\n"):
            named = {"territories": TERRITORIES, "reps_each": REPS_EACH}
            parameters = {name: value for name, value in named.items() if f":{name}" in statement}
            await session.execute(text(statement), parameters)
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def measure(database: Database, settings: Settings, address: str) -> RepDaysTimes:
    """Time the page of a territory of 50 reps with 1,500 visits, and what the live pages ask every second."""
    async with database.transaction() as session:
        supervisor = insert(User).values(username="looking", password_hash="-", role=Role.ADMIN).returning(User.id)
        user_id = (await session.execute(supervisor)).scalar_one()
    token = AccessTokens(settings.signing_key, timedelta(hours=1)).issue(CallerKind.USER, user_id)
    query: dict[str, str | int] = {"territory_code": "TODAY5", "limit": REPS_EACH}
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:

        async def page() -> None:
            answer = (await client.get("/v1/rep-days", params=query)).raise_for_status().json()
            if [sum(line["planned"] for line in answer["items"]), len(answer["items"])] != [1_500, REPS_EACH]:
                raise RuntimeError("This is not the day that was filled in.")

        page_s = await _p95(page)
    async with database.single_statement() as session:
        position = (await changes_since(session, None)).position

    async def ask() -> None:
        async with database.single_statement() as session:
            if (await changes_since(session, position)).reps:
                raise RuntimeError("Nothing has changed.")

    nothing_s = await _p95(ask)
    return RepDaysTimes(page_s, nothing_s, await _after_uploads(database, position))


async def _after_uploads(database: Database, position: ChangesPosition) -> float:
    async with database.transaction() as session:
        await session.execute(_UPLOAD, {"reps": UPLOADING})

    async def ask() -> None:
        async with database.single_statement() as session:
            if len((await changes_since(session, position)).reps) != UPLOADING:
                raise RuntimeError("Those who uploaded are told.")

    return await _p95(ask)


async def _p95(ask: Callable[[], Awaitable[None]]) -> float:
    seconds = []
    for _ in range(WARM_UP + REPEATS):
        begun = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - begun)
    return sorted(seconds[WARM_UP:])[int(REPEATS * 0.95)]
