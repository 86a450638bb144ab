"""What a day is judged by: outlets and reps as they were at its cutoff, however late it is closed (C6, decision 19)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import finality_queries
from app.closing.cutoff.places import EVER, Spell, places_since
from app.closing.cutoff.rules import ClosingDay
from app.motivation.points.rules import PROVISIONAL_FOR


async def closing_day(
    session: AsyncSession, territory_id: int, business_date: date, as_of: datetime, at: datetime
) -> ClosingDay:
    """What a territory's day is judged by as of an instant, its cutoff or earlier; `at` is now. Two statements where
    no outlet and no rep has changed since, else five.
    """
    synced = await finality_queries.synced_reps(session, territory_id, as_of)
    places = await places_since(session, as_of)
    then = _then("outlet", places.outlets) | _then("rep", places.reps)
    return ClosingDay(territory_id, business_date, as_of, at <= as_of + PROVISIONAL_FOR, then, tuple(synced))


def _then(name: str, spells: Collection[Spell]) -> dict[str, Any]:
    """Those that were otherwise at the instant, as arrays for statements."""
    first = [spell for spell in spells if spell.begin == EVER]
    return {
        f"{name}_ids_then": [spell.id for spell in first],
        f"{name}_actives_then": [spell.active for spell in first],
        f"{name}_territories_then": [spell.territory_id for spell in first],
    }
