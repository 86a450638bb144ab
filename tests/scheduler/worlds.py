"""Territories with days that are due by the wall clock, for real scheduler processes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.ground.db.session import Database
from app.motivation.points.models import PointsEntry
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

VISITS = 2
"""Planned visits without an order, on each due day."""


async def make_due_territory(session: AsyncSession, days: int = 1) -> int:
    """A territory that closes at midnight UTC: `days` days up to yesterday are due, at any hour. Answers its id.

    It works every day of the week until then; of today somebody might be phoned still.
    """
    last = datetime.now(UTC).date() - timedelta(days=1)
    made_at = datetime.combine(last - timedelta(days=days - 1), time(0), UTC) - timedelta(minutes=1)
    territory = await make_territory(
        session,
        time_zone="UTC",
        order_cutoff=time(0),
        working_weekdays=[1, 2, 3, 4, 5, 6, 7],
        holidays=[last + timedelta(days=later) for later in (1, 2)],
        created_at=made_at,
    )
    rep = await make_rep(session, territory)
    outlets = [await make_outlet(session, territory) for _ in range(VISITS)]
    for back in range(days):
        for outlet in outlets:
            await make_visit(session, rep, outlet, last - timedelta(days=back))
    return territory.id


@dataclass(frozen=True)
class Closed:
    """What the runs have written, by number."""

    runs: int
    missing: int
    tasks: int
    penalties: int


async def what_is_closed(database: Database) -> Closed:
    async with database.read_only() as session:
        counts = [
            (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (CutoffRun, MissingOrder, CallTask, PointsEntry)
        ]
    return Closed(*counts)


def of_days(days: int) -> Closed:
    """What it comes to when that many days of the past were closed, each once: nobody is phoned for them (C6)."""
    return Closed(days, days * VISITS, 0, days * VISITS)


async def closed_days_of(database: Database, territory_id: int) -> list[date]:
    """The territory's closed days, in the order in which they were closed."""
    async with database.read_only() as session:
        found = select(CutoffRun.business_date).where(CutoffRun.territory_id == territory_id)
        return list(await session.scalars(found.order_by(CutoffRun.started_at)))
