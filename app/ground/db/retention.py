"""What has been kept for as long as `stored_tables` says, goes: by the owner's functions, in batches (decision 47)."""

from datetime import datetime

from sqlalchemy import Integer, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.partitions import hold_partitions

ROWS_A_TURN = 20_000

_FORGET_EXPIRED = select(func.forget_expired(bindparam("most", type_=Integer)))
_DROP_EXPIRED_MONTHS = select(func.drop_expired_months(bindparam("most", type_=Integer)))
_FAIL_FAST = text("SET LOCAL lock_timeout = '2s'")


async def forget_expired(session: AsyncSession, _: datetime) -> int:
    """Take away up to `ROWS_A_TURN` rows of each table that is pruned by time, by the database's clock; how many."""
    return int((await session.execute(_FORGET_EXPIRED, {"most": ROWS_A_TURN})).scalar_one())


async def drop_expired_months(session: AsyncSession, _: datetime) -> int:
    """Drop the months that are over for two years; how many partitions and stray rows went.

    Raises DBAPIError where a table is in use for long: the next turn tries again.
    """
    await session.execute(_FAIL_FAST)
    await hold_partitions(session)
    return int((await session.execute(_DROP_EXPIRED_MONTHS, {"most": ROWS_A_TURN})).scalar_one())
