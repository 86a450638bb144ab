"""All SQL of the question whose month is closed with a territory: the reps who were in it at the month's end."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.places import EVER, places_since
from app.masters.territories.models import Rep


async def reps_then(session: AsyncSession, territory_id: int, at: datetime) -> list[int]:
    """The ids of the reps who were in a territory at an instant, active or not. Two statements, or five."""
    spells = {spell.id: spell for spell in (await places_since(session, at)).reps if spell.begin == EVER}
    rows = await session.execute(select(Rep.id, Rep.territory_id).where(Rep.created_at < at))
    then = {row.id: spells[row.id].territory_id if row.id in spells else row.territory_id for row in rows}
    return sorted(rep_id for rep_id, territory in then.items() if territory == territory_id)
