"""Reps and territories that a path names, where the caller may see them."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller
from app.masters.territories import service
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.errors import RepNotFound, TerritoryNotFound


async def rep_in_sight(session: AsyncSession, code: str, caller: Caller) -> tuple[TerritoryFacts, RepFacts]:
    """The rep, and its territory. Raises RepNotFound, also where the caller may not see it."""
    rep = (await service.reps_by_code(session, [code])).get(code)
    if rep is None or not caller.may_see(rep.territory_id, rep.id):
        raise RepNotFound
    return await service.territory_facts(session, rep.territory_id), rep


async def territory_in_sight(session: AsyncSession, code: str, caller: Caller) -> TerritoryFacts:
    """The territory. Raises TerritoryNotFound, also where the caller may not see it."""
    territory = (await service.territories_by_code(session, [code])).get(code)
    if territory is None or not caller.may_see(territory.id):
        raise TerritoryNotFound
    return territory
