"""Use cases of territories and reps. One statement each where it says so: uploads and cutoffs ask here."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from app.territories import queries
from app.territories.errors import TerritoryNotFound
from app.territories.rules import RepFacts, TerritoryFacts

__all__ = [
    "RepFacts",
    "TerritoryFacts",
    "all_territory_facts",
    "reps_by_code",
    "reps_by_id",
    "territories_by_code",
    "territory_facts",
]


async def territory_facts(session: AsyncSession, territory_id: int) -> TerritoryFacts:
    """One territory, by one statement. Raises TerritoryNotFound."""
    found = await queries.territories_by_id(session, [territory_id])
    if not found:
        raise TerritoryNotFound
    return found[0]


async def all_territory_facts(session: AsyncSession) -> list[TerritoryFacts]:
    """Every territory, by id, by one statement."""
    return await queries.all_territories(session)


async def territories_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, TerritoryFacts]:
    """Those of the territories that exist, by one statement."""
    return {found.code: found for found in await queries.territories_by_code(session, codes)}


async def reps_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {found.code: found for found in await queries.reps_by_code(session, codes)}


async def reps_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {found.id: found for found in await queries.reps_by_id(session, ids)}
