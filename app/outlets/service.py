"""Use cases of outlets. The reads are on the way of every upload: one statement each."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from app.outlets import queries
from app.outlets.rules import FieldOutlet, MustStock
from app.outlets.upserting import upsert_outlets

__all__ = [
    "FieldOutlet",
    "MustStock",
    "outlets_by_code",
    "outlets_by_id",
    "territories_that_took_over",
    "upsert_outlets",
]


async def outlets_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, FieldOutlet]:
    """Those of the outlets that exist, active or not, by one statement."""
    return {outlet.code: outlet for outlet in await queries.field_outlets_by_code(session, codes)}


async def outlets_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, FieldOutlet]:
    """Those of the outlets that exist, active or not, by one statement."""
    return {outlet.id: outlet for outlet in await queries.field_outlets_by_id(session, ids)}


async def territories_that_took_over(session: AsyncSession, territory_id: int) -> list[int]:
    """The ids of the territories to which outlets of this one have gone and still belong, by one statement.

    What is recorded for such an outlet is recorded under its present territory, its visits of the day stay where they
    were planned.
    """
    return await queries.territories_that_took_over(session, territory_id)
