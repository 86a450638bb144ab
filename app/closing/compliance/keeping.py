"""Keeping days: once a day is over its figures are counted, and anew where a record of it came late (decision 60)."""

import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import keeping_queries
from app.closing.compliance.counting import counting_of
from app.closing.compliance.extents import Extent
from app.ground import clock
from app.ground.db.session import Database
from app.masters.territories.calendar import business_date
from app.masters.territories.service import all_territory_facts

FIRST_DAYS, MOST_DAYS = 6, 96
"""Days of territories that a turn's first statement counts, and that one counts at the most."""

STATEMENT_SECONDS = 1.0
"""As long a statement may take, about: twice as many days are counted after a quick one, half as many after a slow."""

TURN_SECONDS = 5.0
"""After as long no other statement of a turn begins: years of days are counted beside everything else."""


async def keep_days(database: Database) -> int:
    """Announce the days that are over, and count those that are not kept as they are now; how many were.

    Several transactions, each of some days. Raises DBAPIError where another process counts the same ones.
    """
    async with database.transaction() as session:
        await announce_days(session)
    total, at_once, began = 0, FIRST_DAYS, time.monotonic()
    while (begins := time.monotonic()) - began < TURN_SECONDS:
        count = await _keep_some(database, at_once)
        total += count
        if count < at_once:
            break
        slow = time.monotonic() - begins > STATEMENT_SECONDS
        at_once = max(1, at_once // 2) if slow else min(MOST_DAYS, at_once * 2)
    return total


async def announce_days(session: AsyncSession) -> int:
    """Announce the days that are over in their territories; how many are new. Two statements."""
    now = clock.now()
    territories = await all_territory_facts(session)
    last_days = {territory.id: business_date(territory, now) - timedelta(days=1) for territory in territories}
    return await keeping_queries.announce(session, last_days)


async def _keep_some(database: Database, limit: int) -> int:
    async with database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        days = await keeping_queries.days_to_keep(session, limit)
        if not days:
            return 0
        every_day = set().union(*days.values())
        extent = Extent(min(every_day), max(every_day), list(days), only=days)
        territories = [territory for territory in await all_territory_facts(session) if territory.id in days]
        await keeping_queries.keep(session, await counting_of(session, extent, territories), days)
        return sum(map(len, days.values()))


async def forget_kept_days(session: AsyncSession, _: object) -> None:
    """Take away what is kept of days whose records are kept no longer. Five statements."""
    await keeping_queries.forget(session, [territory.id for territory in await all_territory_facts(session)])
