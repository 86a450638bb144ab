"""Closing quarters by the calendar: the scheduler's, where a day is set for it (MX3)."""

from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, business_date
from app.motivation.assortment_mix import service, statement_queries, target_queries
from app.motivation.assortment_mix.rules import Quarter, that_hold

log = structlog.get_logger()

CLOSED_BY = "scheduler"

FAILED = Counter("fieldproof_quarter_failures", "Attempts of this process to close a quarter that failed")
OVERDUE = Gauge(
    "fieldproof_quarters_overdue",
    "Quarters whose closing day has come and that this process could not close",
    multiprocess_mode="mostrecent",
)


class QuarterCloser:
    """Closes each territory's last quarter on a day of the next one, from its local midnight on."""

    def __init__(self, closing_day: int) -> None:
        """`closing_day`: 1 is the first day of the next quarter."""
        self._wait = timedelta(days=closing_day - 1)

    async def close_due(self, database: Database) -> int:
        """Close what is due, each territory's in a transaction of its own; how many are closed by it.

        One that cannot be closed stops no other, and is tried again the next time.
        """
        async with database.read_only() as session:
            due = await self.due(session, clock.now())
        outcomes = [await self._close(database, territory, quarter) for territory, quarter in due]
        OVERDUE.set(sum(outcome is None for outcome in outcomes))
        return sum(outcome or False for outcome in outcomes)

    async def due(self, session: AsyncSession, at: datetime) -> list[tuple[TerritoryFacts, Quarter]]:
        """Territories and their last quarter: that has targets, and was never closed. By three statements.

        One that was reopened is closed by hand alone, and a territory that was not there yet has none.
        """
        candidates = []
        for territory in await territories.all_territory_facts(session):
            today = business_date(territory, at)
            running = Quarter.of(today)
            quarter = running.before()
            existed = business_date(territory, territory.created_at) <= quarter.last
            if existed and today >= running.first + self._wait:
                candidates.append((territory, quarter))
        quarters = {quarter for _, quarter in candidates}
        closed = await statement_queries.closed_quarters(session, [quarter.first for quarter in quarters])
        targets = await target_queries.current(session, quarters)
        return [
            (territory, quarter)
            for territory, quarter in candidates
            if (territory.id, quarter) not in closed
            and that_hold([own for (of, _), own in targets.items() if of == quarter], territory.id) is not None
        ]

    async def _close(self, database: Database, territory: TerritoryFacts, quarter: Quarter) -> bool | None:
        """Whether it is closed by this; None where it cannot be closed."""
        try:
            async with database.transaction() as session:
                _, is_new = await service.close_quarter(session, territory, quarter, by=CLOSED_BY)
        except Exception:  # whatever is wrong with one territory must not keep the others open
            FAILED.inc()
            log.exception("quarter_not_closed", territory=territory.code, quarter=str(quarter))
            return None
        return is_new
