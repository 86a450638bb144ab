"""All SQL of excuses that come after the cutoff: what they are about, and which calls they make needless.

An excuse after the cutoff says what one before it says: decision 18.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Integer, Uuid, and_, bindparam, column, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.punctuality.timely_orders import ClosedVisit
from app.field.visits.models import Visit
from app.ground.db.plans import looked_up
from app.ground.db.statements import records_of

_LOCK = text("""
    SELECT m.visit_id, m.business_date, m.outlet_id, r.cutoff_at FROM missing_orders m
    JOIN cutoff_runs r ON r.id = m.run_id AND r.voided_at IS NULL
    WHERE m.business_date = :day AND m.visit_id = :visit_id FOR UPDATE OF m
""").bindparams(bindparam("day", type_=Date), bindparam("visit_id", type_=Uuid))

_EXCUSED = (
    select(
        Visit.id.label("visit_id"),
        Visit.visit_date.label("business_date"),
        Visit.outlet_id,
        bindparam("cutoff_at", type_=DateTime(timezone=True)).label("cutoff_at"),
        looked_up(
            MissingOrder,
            MissingOrder.business_date == Visit.visit_date,
            MissingOrder.visit_id == Visit.id,
            MissingOrder.run_id == bindparam("run_id", type_=Uuid),
        ).label("flagged"),
    )
    .where(Visit.territory_id == bindparam("territory_id", type_=Integer))
    .where(Visit.visit_date == bindparam("day", type_=Date))
    .where(Visit.excused_at >= bindparam("since", type_=DateTime(timezone=True)))
    .order_by(Visit.id)
)

_given = (
    func.unnest(bindparam("outlet_ids", type_=ARRAY(Integer)), bindparam("days", type_=ARRAY(Date)))
    .table_valued(column("outlet_id", Integer), column("business_date", Date), name="given")
    .render_derived()
)
_not_excused = (
    select(MissingOrder.visit_id)
    .join(Visit, and_(Visit.visit_date == MissingOrder.business_date, Visit.id == MissingOrder.visit_id))
    .where(MissingOrder.outlet_id == _given.c.outlet_id, MissingOrder.business_date == _given.c.business_date)
    .where(Visit.excused_at.is_(None))
)
_NEEDLESS_CALLS = select(_given.c.outlet_id, _given.c.business_date).distinct().where(~_not_excused.exists())


async def lock_missing_order(session: AsyncSession, business_date: date, visit_id: UUID) -> list[ClosedVisit]:
    """The missing order of a visit, if there is one, locked until the transaction ends."""
    rows = await session.execute(_LOCK, {"day": business_date, "visit_id": visit_id})
    return records_of(ClosedVisit, rows)


async def excused_since(session: AsyncSession, run: CutoffRun, since: datetime) -> dict[ClosedVisit, bool]:
    """The visits of a run's day that were excused since `since`, each with whether the run has flagged it."""
    parameters = {"run_id": run.id, "territory_id": run.territory_id, "day": run.business_date, "since": since}
    rows = await session.execute(_EXCUSED, parameters | {"cutoff_at": run.cutoff_at})
    return {ClosedVisit(row.visit_id, row.business_date, row.outlet_id, row.cutoff_at): row.flagged for row in rows}


async def needless_calls(session: AsyncSession, excused: Sequence[ClosedVisit]) -> list[tuple[int, date]]:
    """Of the outlets of excused visits those at which every visit that was flagged on the day is excused."""
    outlets = [visit.outlet_id for visit in excused]
    rows = await session.execute(
        _NEEDLESS_CALLS, {"outlet_ids": outlets, "days": [visit.business_date for visit in excused]}
    )
    return [(outlet_id, day) for outlet_id, day in rows]
