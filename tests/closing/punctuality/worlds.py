"""What is booked for orders in time."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PointsEntry
from tests.closing.cutoff.worlds import CUTOFF

NOON = CUTOFF - timedelta(hours=5)
ON_TIME, PAST_DUE = ("order_on_time", "AWARD", 1, ""), ("past_due_order", "PENALTY", -1, "")


async def booked(session: AsyncSession) -> list[tuple[str, str, int, str]]:
    """Rule, kind, points and note of what was booked for orders in time, in order."""
    columns = (PointsEntry.rule, PointsEntry.kind, PointsEntry.points, PointsEntry.note)
    of_rules = PointsEntry.rule.in_(["order_on_time", "past_due_order"])
    rows = await session.execute(select(*columns).where(of_rules).order_by(PointsEntry.id))
    return [(rule, kind, points, note) for rule, kind, points, note in rows]
