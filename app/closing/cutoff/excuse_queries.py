"""All SQL of excuses that come after the cutoff: what they are about, and which calls they make needless."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Integer, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.records import MissingVisit

_LOCK = text("""
    SELECT visit_id, business_date, outlet_id FROM missing_orders
    WHERE business_date = :day AND visit_id = :visit_id FOR UPDATE
""").bindparams(bindparam("day", type_=Date), bindparam("visit_id", type_=Uuid))

# OFFSET 0 makes it a look-up for each of the day's few excused visits, however few missing orders the planner expects.
_EXCUSED = text("""
    SELECT missing.visit_id, missing.business_date, missing.outlet_id
    FROM visits v CROSS JOIN LATERAL (
        SELECT m.visit_id, m.business_date, m.outlet_id FROM missing_orders m
        WHERE m.business_date = v.visit_date AND m.visit_id = v.id AND m.run_id = :run_id
        OFFSET 0) missing
    WHERE v.territory_id = :territory_id AND v.visit_date = :day AND v.excused_at >= :since
    ORDER BY missing.visit_id
""").bindparams(
    bindparam("day", type_=Date), bindparam("since", type_=DateTime(timezone=True)), bindparam("run_id", type_=Uuid)
)

_NEEDLESS_CALLS = text("""
    SELECT DISTINCT t.outlet_id, t.business_date
    FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    WHERE NOT EXISTS (
        SELECT FROM missing_orders m JOIN visits v ON v.visit_date = m.business_date AND v.id = m.visit_id
        WHERE m.outlet_id = t.outlet_id AND m.business_date = t.business_date AND v.excused_at IS NULL)
""").bindparams(bindparam("outlet_ids", type_=ARRAY(Integer)), bindparam("days", type_=ARRAY(Date)))


async def lock_missing_order(session: AsyncSession, business_date: date, visit_id: UUID) -> list[MissingVisit]:
    """The missing order of a visit, if there is one, locked until the transaction ends."""
    found = await session.execute(_LOCK, {"day": business_date, "visit_id": visit_id})
    return [MissingVisit(*row) for row in found]


async def excused_since(session: AsyncSession, run: CutoffRun, since: datetime) -> list[MissingVisit]:
    """The missing orders of a run whose visits were excused since `since`."""
    parameters = {"run_id": run.id, "territory_id": run.territory_id, "day": run.business_date, "since": since}
    return [MissingVisit(*row) for row in await session.execute(_EXCUSED, parameters)]


async def needless_calls(session: AsyncSession, excused: Sequence[MissingVisit]) -> list[tuple[int, date]]:
    """Of the outlets of excused visits those at which every visit that was flagged on the day is excused."""
    outlets = [visit.outlet_id for visit in excused]
    found = await session.execute(
        _NEEDLESS_CALLS, {"outlet_ids": outlets, "days": [visit.business_date for visit in excused]}
    )
    return [(outlet_id, day) for outlet_id, day in found]
