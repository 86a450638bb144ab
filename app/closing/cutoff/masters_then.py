"""What a day is judged by: outlets and reps as they were at its cutoff, however late it is closed (C6, decision 19)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import finality_queries
from app.closing.cutoff.places import EVER, Spell, places_since
from app.closing.cutoff.rules import ClosingDay
from app.masters.outlets import service as outlets
from app.motivation.points.rules import PROVISIONAL_FOR


async def closing_day(
    session: AsyncSession, territory_id: int, business_date: date, as_of: datetime, at: datetime
) -> ClosingDay:
    """What a territory's day is judged by as of an instant, its cutoff or earlier; `at` is now. Three
    statements where no rep has told everything, and no outlet and no rep has changed since; else up to seven.
    """
    synced = await finality_queries.synced_reps(session, territory_id, as_of)
    # whose colleagues are silent matters to those alone who are not
    silent = await finality_queries.silent_reps(session, as_of) if synced else ()
    places = await places_since(session, as_of)
    elsewhere = await outlets.exceptions(session, territory_id)
    elsewhere |= {spell.id: spell.territory_id if spell.active else None for spell in _first(places.outlets)}
    reps = _first(places.reps)
    then = {
        "outlet_ids_elsewhere": list(elsewhere),
        "outlet_territories_elsewhere": list(elsewhere.values()),
        "rep_ids_then": [spell.id for spell in reps],
        "rep_actives_then": [spell.active for spell in reps],
        "rep_territories_then": [spell.territory_id for spell in reps],
    }
    return ClosingDay(territory_id, business_date, as_of, at <= as_of + PROVISIONAL_FOR, then, synced, silent)


def _first(spells: Collection[Spell]) -> list[Spell]:
    """The spells that held at the instant: of each of these masters the first one."""
    return [spell for spell in spells if spell.begin == EVER]
