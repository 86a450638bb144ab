"""Cutoff runs and the visits that they have flagged, for tests."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.field.visits.models import Visit


async def make_missing_order(session: AsyncSession, visit: Visit, **fields: Any) -> MissingOrder:
    """A visit that was not made and has no order at 17:00 in Athens, with the run of its day."""
    cutoff_at = datetime.combine(visit.visit_date, time(15), UTC)
    run = CutoffRun(
        id=uuid4(),
        territory_id=visit.territory_id,
        business_date=visit.visit_date,
        cutoff_at=cutoff_at,
        call_deadline_at=cutoff_at + timedelta(hours=2),
        started_at=cutoff_at,
        finished_at=cutoff_at,
        planned_visits=1,
        missing_orders=1,
        call_tasks=1,
        penalties=1,
        triggered_by="scheduler",
    )
    session.add(run)
    await session.flush()
    sound = {
        "business_date": visit.visit_date,
        "visit_id": visit.id,
        "run_id": run.id,
        "territory_id": visit.territory_id,
        "rep_id": visit.rep_id,
        "outlet_id": visit.outlet_id,
        "cause": "not_visited",
        "provisional": True,
        "answers": True,
    }
    missing = MissingOrder(**sound | fields)
    session.add(missing)
    await session.flush()
    return missing
