"""What orders leave behind that were cancelled after the cutoff: visits without an order, outlets to phone (O4).

An order that the rep had cancelled by the cutoff never counted, though the run found it in the system: its visits are
flagged by a *supplement*, beside the report, which stays as it was (C8, decision 48).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import supplement_queries as queries
from app.closing.cutoff.masters_then import closing_day
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.supplement_queries import OutletDay
from app.motivation.points import service as points
from app.motivation.points.service import PointsRule


async def flag(session: AsyncSession, touched: Collection[OutletDay], at: datetime) -> None:
    """Flag the visits of these outlets and days whose run has passed them over for an order that never counted.

    One statement to find the runs of these days, nearly always one, and three for each. Safe to repeat.
    """
    for run in await queries.runs_of(session, touched):
        outlet_ids = sorted({outlet_id for outlet_id, day in touched if day == run.business_date})
        day = await closing_day(session, run.territory_id, run.business_date, run.cutoff_at, at)
        if visit_ids := await queries.insert_supplements(session, day, run.id, outlet_ids):
            await points.book(session, PointsRule.MISSED_ORDER, queries.charged(run, visit_ids), at)


async def call_uncovered(session: AsyncSession, touched: Collection[OutletDay], at: datetime) -> None:
    """Have those of these outlets phoned that are left without an order before their day's deadline (O4, C5)."""
    for run in await queries.runs_of(session, touched):
        if at < run.call_deadline_at:
            outlet_ids = {outlet_id for outlet_id, day in touched if day == run.business_date}
            if uncovered := await queries.uncovered(session, run, outlet_ids):
                await call_tasks.open_for(
                    session,
                    run.territory_id,
                    run.business_date,
                    queries.given(uncovered),
                    available_at=at,
                    due_at=run.call_deadline_at,
                )
                await call_tasks.open_again(session, [(outlet_id, run.business_date) for outlet_id in uncovered], at)


async def cancelled_since_cutoff(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int]
) -> list[OutletDay]:
    """The outlets of a run's day, in these territories, that had an order cancelled after the cutoff. One statement."""
    return [(outlet_id, run.business_date) for outlet_id in await queries.cancelled_since(session, run, territory_ids)]
