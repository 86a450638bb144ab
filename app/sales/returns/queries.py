"""What a batch of returns is judged by: deliveries that they name, and what is here already, under lock."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, maker_of
from app.ground.receipts.forms import RecordKey
from app.sales.returns.models import ReturnLine
from app.sales.returns.rules import NamedDelivery, StandingReturn

_DELIVERIES = DirectStatement(
    text("""
    SELECT d.business_date, d.id, d.outlet_id, d.delivered_date
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM deliveries WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS d
""")
)
_LOCK_RETURNS = DirectStatement(
    text("""
    SELECT locked.id
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT r.id FROM returns AS r WHERE r.business_date = asked.business_date AND r.id = asked.id
        FOR NO KEY UPDATE
    ) AS locked
""")
)
_STANDING = DirectStatement(
    text("""
    SELECT r.business_date, r.id, r.territory_id, r.outlet_id, r.version, r.digest,
        ARRAY(
            SELECT earlier.digest FROM return_versions AS earlier
            WHERE earlier.business_date = asked.business_date AND earlier.return_id = asked.id
        ) AS earlier
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS asked (business_date, id)
    CROSS JOIN LATERAL (
        SELECT * FROM returns WHERE business_date = asked.business_date AND id = asked.id OFFSET 0
    ) AS r
""")
)
_delivery, _standing = maker_of(NamedDelivery), maker_of(StandingReturn)


async def named_deliveries(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, NamedDelivery]:
    """Deliveries by id, not locked: one statement, none without keys."""
    if not keys:
        return {}
    return {row["id"]: _delivery(row) for row in await _DELIVERIES.rows(session, _of_keys(keys))}


async def standing_returns(session: AsyncSession, keys: Collection[RecordKey]) -> dict[UUID, StandingReturn]:
    """Returns that are here, by id, locked until the transaction ends. Two statements, none without keys.

    The second one reads: whoever held a lock before may have corrected the return, and what it said until then is a
    version that no statement sees that began before.
    """
    if not keys:
        return {}
    parameters = _of_keys(keys)
    await _LOCK_RETURNS.rows(session, parameters)
    return {row["id"]: _standing(row) for row in await _STANDING.rows(session, parameters)}


async def products_of(session: AsyncSession, key: RecordKey) -> set[int]:
    """The ids of a return's products."""
    query = select(ReturnLine.product_id).where(ReturnLine.business_date == key[0], ReturnLine.return_id == key[1])
    return set(await session.scalars(query))


def _of_keys(keys: Collection[RecordKey]) -> dict[str, Any]:
    """In one order for all, so that two batches wait for each other in one direction only."""
    in_order = sorted(keys)
    return {"days": [day for day, _ in in_order], "ids": [id_ for _, id_ in in_order]}
