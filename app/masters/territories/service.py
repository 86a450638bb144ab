"""Use cases of territories and reps. One statement each where it says so: uploads and cutoffs ask here."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.upserts import upsert_by_code
from app.ground.errors import FieldProblem
from app.ground.web.upserts import Batch, Upserted
from app.masters.territories import queries
from app.masters.territories.calendar import RepFacts, TerritoryFacts
from app.masters.territories.errors import TerritoryNotFound
from app.masters.territories.models import Rep, Territory
from app.masters.territories.schemas import RepBody, TerritoryBody

__all__ = [
    "RepFacts",
    "TerritoryFacts",
    "active_reps",
    "all_territory_facts",
    "reps_by_code",
    "reps_by_id",
    "territories_by_code",
    "territory_facts",
    "unknown_territory",
    "upsert_reps",
    "upsert_territories",
]

TERRITORIES = cast(Table, Territory.__table__)
REPS = cast(Table, Rep.__table__)


async def upsert_territories(
    session: AsyncSession, rows: Sequence[tuple[str, TerritoryBody]], at: datetime
) -> list[Upserted]:
    """Make or replace territories by code, by a fixed number of statements; each row's fate, in the order given."""
    batch = Batch(rows)
    waiting = list(batch.waiting())
    columns = [
        body.model_dump(mode="json", exclude={"warehouse_code"} - body.model_fields_set) | {"code": rows[place][0]}
        for place, body in waiting
    ]
    masters = await upsert_by_code(session, TERRITORIES, columns, at, optional=("warehouse_code",))
    for place, _ in waiting:
        master = masters[rows[place][0]]
        batch.settle(place, created=master.created, changed=master.changed, version=master.version)
    return batch.outcomes()


async def upsert_reps(session: AsyncSession, rows: Sequence[tuple[str, RepBody]], at: datetime) -> list[Upserted]:
    """Make or replace reps by code; a rep of an unknown territory is rejected. See `upsert_territories`."""
    batch = Batch(rows)
    territories = await territories_by_code(session, {body.territory_code for _, body in rows})
    columns = []
    for place, body in batch.waiting():
        territory = territories.get(body.territory_code)
        if territory is None:
            batch.reject(place, [unknown_territory()])
        else:
            columns.append(
                body.model_dump(include={"name", "active"})
                | ({"emails": body.emails or []} if "emails" in body.model_fields_set else {})
                | {"code": rows[place][0], "territory_id": territory.id}
            )
    masters = await upsert_by_code(session, REPS, columns, at, optional=("emails",))
    for place, _ in list(batch.waiting()):
        master = masters[rows[place][0]]
        batch.settle(place, created=master.created, changed=master.changed, version=master.version)
    return batch.outcomes()


def unknown_territory() -> FieldProblem:
    """What is wrong with a row whose territory does not exist."""
    return FieldProblem("/territory_code", "unknown_territory", "There is no such territory.")


async def territory_facts(session: AsyncSession, territory_id: int) -> TerritoryFacts:
    """One territory, by one statement. Raises TerritoryNotFound."""
    territories = await queries.territories_by_id(session, [territory_id])
    if not territories:
        raise TerritoryNotFound
    return territories[0]


async def territories_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, TerritoryFacts]:
    """Those of the territories that exist, by one statement."""
    return {territory.id: territory for territory in await queries.territories_by_id(session, list(ids))}


async def all_territory_facts(session: AsyncSession) -> list[TerritoryFacts]:
    """Every territory, by id, by one statement."""
    return await queries.all_territories(session)


async def territories_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, TerritoryFacts]:
    """Those of the territories that exist, by one statement."""
    return {territory.code: territory for territory in await queries.territories_by_code(session, codes)}


async def reps_by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {rep.code: rep for rep in await queries.reps_by_code(session, codes)}


async def active_reps(session: AsyncSession, territory_id: int) -> Sequence[RepFacts]:
    """The active reps of a territory, by code, by one statement."""
    return await queries.active_reps(session, territory_id)


async def reps_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, RepFacts]:
    """Those of the reps that exist, active or not, by one statement."""
    return {rep.id: rep for rep in await queries.reps_by_id(session, ids)}
