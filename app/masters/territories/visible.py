"""Reps and territories that a path names, where the caller may see them."""

from collections.abc import Collection
from datetime import UTC, tzinfo

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


async def clocks_of(session: AsyncSession, caller: Caller, territory_code: str | None) -> tzinfo:
    """By whose clocks a file is to be read: those of the territory that is asked for, or of the only one that the
    caller sees; UTC where they are several, or none. One statement at the most.
    """
    territories: Collection[TerritoryFacts] = ()
    if territory_code is not None:
        territories = (await service.territories_by_code(session, [territory_code])).values()
    elif caller.territory_ids is not None and len(caller.territory_ids) == 1:
        territories = [await service.territory_facts(session, *caller.territory_ids)]
    seen = caller.territory_ids
    return next((territory.zone for territory in territories if seen is None or territory.id in seen), UTC)
