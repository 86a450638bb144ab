"""Reps and territories that a path names, where the caller may see them."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.territories import service
from app.territories.errors import RepNotFound, TerritoryNotFound
from app.territories.rules import RepFacts, TerritoryFacts
from app.web.access import Caller


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
