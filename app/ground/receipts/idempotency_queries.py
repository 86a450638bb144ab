"""The SQL of idempotency keys."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.receipts.models import IdempotencyKey


async def try_lock(session: AsyncSession, lock: int) -> bool:
    """Whether nobody else holds this lock; it is held until the transaction ends."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


async def find(session: AsyncSession, caller: str, route: str, key: str) -> IdempotencyKey | None:
    """What is stored under a key."""
    return await session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.caller == caller, IdempotencyKey.route == route, IdempotencyKey.key == key
        )
    )


async def delete_older(session: AsyncSession, before: datetime) -> int:
    """Delete keys that were first used before; answers how many."""
    result = await session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
    return cast("CursorResult[Any]", result).rowcount
