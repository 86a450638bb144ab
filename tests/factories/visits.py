"""Visits for tests."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.field.visits.visit_ids import new_visit_id
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep

MONDAY = date(2026, 11, 23)


async def make_visit(
    session: AsyncSession, rep: Rep, outlet: Outlet, visit_date: date = MONDAY, **fields: Any
) -> Visit:
    """A planned visit whose plan was approved long ago."""
    long_ago = datetime(2026, 1, 2, tzinfo=UTC)
    sound = {
        "visit_date": visit_date,
        "id": new_visit_id(visit_date),
        "territory_id": rep.territory_id,
        "rep_id": rep.id,
        "outlet_id": outlet.id,
        "approved_at": long_ago,
        "created_at": long_ago,
    }
    visit = Visit(**sound | fields)
    session.add(visit)
    await session.flush()
    return visit
