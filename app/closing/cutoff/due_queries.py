"""All SQL behind the question which days are due: what is closed, and up to where the past is done with."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

_CLOSED = text("""
    SELECT r.territory_id, r.business_date
    FROM unnest(:territory_ids, :days) t (territory_id, after)
    JOIN cutoff_runs r ON r.territory_id = t.territory_id AND r.business_date > t.after
""").bindparams(bindparam("territory_ids", type_=ARRAY(Integer)), bindparam("days", type_=ARRAY(Date)))

_CLOSED_BEFORE_LAST_CHANGE = text("""
    SELECT t.id, r.business_date
    FROM territories t JOIN LATERAL (
        SELECT business_date FROM cutoff_runs
        WHERE territory_id = t.id AND triggered_by = :triggered_by AND cutoff_at <= t.updated_at
        ORDER BY business_date DESC LIMIT 1) r ON true
""")


async def closed_days(session: AsyncSession, after: Mapping[int, date]) -> set[tuple[int, date]]:
    """The (territory id, business date) that have a run, of each territory those after its day, by one statement."""
    found = await session.execute(_CLOSED, {"territory_ids": list(after), "days": list(after.values())})
    return {(territory_id, day) for territory_id, day in found}


async def closed_before_last_change(session: AsyncSession, triggered_by: str) -> dict[int, date]:
    """By territory id the last day that `triggered_by` closed before the territory was last changed. One statement."""
    found = await session.execute(_CLOSED_BEFORE_LAST_CHANGE, {"triggered_by": triggered_by})
    return {row.id: row.business_date for row in found}
