"""All SQL that tells which days are due: those that are closed, and the day up to which the past is settled."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun
from app.masters.territories.models import Territory

_CLOSED = text("""
    SELECT r.territory_id, r.business_date
    FROM unnest(:territory_ids, :days) t (territory_id, after)
    JOIN cutoff_runs r ON r.territory_id = t.territory_id AND r.business_date > t.after
""").bindparams(bindparam("territory_ids", type_=ARRAY(Integer)), bindparam("days", type_=ARRAY(Date)))

_last = (
    select(CutoffRun.business_date)
    .where(CutoffRun.territory_id == Territory.id, CutoffRun.triggered_by == bindparam("triggered_by", type_=Text))
    .where(CutoffRun.cutoff_at <= Territory.updated_at)
    .order_by(CutoffRun.business_date.desc())
    .limit(1)
    .lateral("last")
)
_CLOSED_BEFORE_LAST_CHANGE = select(Territory.id, _last.c.business_date).join(_last, true())


async def closed_days(session: AsyncSession, after: Mapping[int, date]) -> set[tuple[int, date]]:
    """The (territory id, business date) that have a run, of each territory those after its day, by one statement.

    A run that was voided counts: its day is closed anew by hand alone (C9).
    """
    rows = await session.execute(_CLOSED, {"territory_ids": list(after), "days": list(after.values())})
    return {(territory_id, day) for territory_id, day in rows}


async def closed_before_last_change(session: AsyncSession, triggered_by: str) -> dict[int, date]:
    """By territory id the last day that `triggered_by` closed before the territory was last changed. One statement."""
    rows = await session.execute(_CLOSED_BEFORE_LAST_CHANGE, {"triggered_by": triggered_by})
    return {row.id: row.business_date for row in rows}
