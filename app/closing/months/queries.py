"""All SQL of the question whose month is closed with a territory: the reps who were in it at the month's end."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.places import EVER, places_since
from app.masters.territories.models import Rep


async def reps_then(session: AsyncSession, territory_id: int, at: datetime, made_before: datetime) -> list[int]:
    """The ids of the reps who were in a territory at an instant, active or not, and of those who were made in it since
    then and before another. Two statements, or five.
    """
    changed_since = {spell.id: spell for spell in (await places_since(session, at)).reps if spell.begin == EVER}
    were_here = [rep_id for rep_id, spell in changed_since.items() if spell.territory_id == territory_id]
    are_here = and_(Rep.territory_id == territory_id, Rep.id.not_in(changed_since))
    query = select(Rep.id).where(Rep.created_at < made_before, or_(are_here, Rep.id.in_(were_here)))
    return list(await session.scalars(query.order_by(Rep.id)))
