"""A day with an outlet whose orders are due before the cutoff, and what is booked for orders in time."""

from datetime import time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PointsEntry
from tests.closing.cutoff.worlds import CUTOFF, Day
from tests.factories.identity import make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import make_visit

NOON = CUTOFF - timedelta(hours=5)
ON_TIME, PAST_DUE = ("order_on_time", "AWARD", 1, ""), ("past_due_order", "PENALTY", -1, "")


async def booked(session: AsyncSession) -> list[tuple[str, str, int, str]]:
    """Rule, kind, points and note of what was booked for orders in time, in order."""
    columns = (PointsEntry.rule, PointsEntry.kind, PointsEntry.points, PointsEntry.note)
    of_rules = PointsEntry.rule.in_(["order_on_time", "past_due_order"])
    rows = await session.execute(select(*columns).where(of_rules).order_by(PointsEntry.id))
    return [(rule, kind, points, note) for rule, kind, points, note in rows]


async def make_due_day(session: AsyncSession) -> Day:
    """A rep with a planned visit at an outlet whose orders are due at noon."""
    territory = await make_territory(session)
    rep = await make_rep(session, territory)
    await make_device(session, rep)
    outlet = await make_outlet(session, territory, terms={"order_due_time": time(12)})
    await make_visit(session, rep, outlet)
    return Day(territory, rep, outlet)
