"""All SQL of receipts and idempotency keys."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement
from app.ground.receipts.models import EventReceipt, IdempotencyKey

_INSERT_NEW = DirectStatement(
    text("""
    INSERT INTO event_receipts (id, kind, digest, business_date, received_at)
    SELECT id, kind, digest, business_date, CAST(:received_at AS timestamptz)
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:digests AS bytea[]), CAST(:days AS date[]))
        AS claimed (id, kind, digest, business_date)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
""")
)

_FIRST_CONTENTS = DirectStatement(
    text("SELECT id, digest, business_date FROM event_receipts WHERE id = ANY(CAST(:ids AS uuid[]))")
)

_FILINGS = DirectStatement(
    text("SELECT id, kind, business_date FROM event_receipts WHERE id = ANY(CAST(:ids AS uuid[]))")
)


class Filing(NamedTuple):
    """What an id is the id of, and the business date under which that is filed."""

    kind: str
    business_date: date


class FirstContent(NamedTuple):
    """What an id had first."""

    digest: bytes
    business_date: date


async def insert_new(
    session: AsyncSession,
    ids: Sequence[UUID],
    kinds: Sequence[str],
    digests: Sequence[bytes],
    days: Sequence[date],
    received_at: datetime,
) -> set[UUID]:
    """Insert the receipts of ids that have none; answers those. Waits for whoever is inserting the same id just now."""
    parameters = {"ids": ids, "kinds": kinds, "digests": digests, "days": days, "received_at": received_at}
    return {row["id"] for row in await _INSERT_NEW.rows(session, parameters)}


async def first_contents(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, FirstContent]:
    """The first content of each id that has a receipt."""
    rows = await _FIRST_CONTENTS.rows(session, {"ids": ids})
    return {row["id"]: FirstContent(row["digest"], row["business_date"]) for row in rows}


async def filings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Filing]:
    """What each id that has a receipt is the id of."""
    rows = await _FILINGS.rows(session, {"ids": list(ids)})
    return {row["id"]: Filing(row["kind"], row["business_date"]) for row in rows}


async def business_dates_of(session: AsyncSession, ids: Collection[UUID], kind: str) -> dict[UUID, date]:
    """The business date under which each id of this kind is filed; without those that have no such receipt."""
    rows = await session.execute(
        select(EventReceipt.id, EventReceipt.business_date).where(EventReceipt.id.in_(ids), EventReceipt.kind == kind)
    )
    return {row.id: row.business_date for row in rows}


async def business_dates_between(
    session: AsyncSession, first: UUID, last: UUID, kind: str, most: int
) -> dict[UUID, date]:
    """The same for `most` ids at the most that lie between two, both included: a part of the primary key is read."""
    between = EventReceipt.id.between(first, last), EventReceipt.kind == kind
    query = select(EventReceipt.id, EventReceipt.business_date).where(*between)
    return {row.id: row.business_date for row in await session.execute(query.order_by(EventReceipt.id).limit(most))}


async def try_key_lock(session: AsyncSession, lock: int) -> bool:
    """Whether nobody else holds this lock; it is held until the transaction ends."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


async def stored_answer(session: AsyncSession, caller: str, route: str, key: str) -> IdempotencyKey | None:
    """What is stored under a key."""
    return await session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.caller == caller, IdempotencyKey.route == route, IdempotencyKey.key == key
        )
    )


async def delete_keys_before(session: AsyncSession, before: datetime) -> int:
    """Delete keys that were first used before; answers how many."""
    result = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
    return cast("CursorResult[Any]", result).rowcount
