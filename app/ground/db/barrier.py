"""The cutoff barrier: makes `received_at ≤ cutoff` mean exactly "committed by the cutoff" (T5, decision 2).

Whoever records field events of a territory holds its barrier shared from before the time is read until the commit. Who
closes the day takes it exclusively for a moment, at or after the cutoff: by then every transaction that could have read
a time up to the cutoff has ended, and what it wrote is visible to the next statement.
"""

from collections.abc import Collection

from sqlalchemy import ARRAY, ColumnElement, Integer, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

BARRIER_CLASS = 0x4650  # "FP": the first key of the two-key advisory locks of this module

LEADER_LOCK = 0x4C45_4144
"""The second key of the leading scheduler's lock ("LEAD"), beside the territories' barriers: ids never come near it."""


async def enter(session: AsyncSession, territory_id: int) -> None:
    """Hold the territory's barrier shared until the transaction ends. Read the clock after this, not before."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(BARRIER_CLASS, territory_id)))


async def enter_all(session: AsyncSession, territory_ids: Collection[int]) -> None:
    """Hold the barriers of several territories shared, by one statement. See `enter`."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(BARRIER_CLASS, _each(territory_ids))))


async def wait_for_all(session: AsyncSession, territory_ids: Collection[int]) -> None:
    """Wait until every transaction that is inside of these territories' barriers has ended. One statement.

    Each lock is given back at once, so that new orders do not queue behind a long run.
    """
    keys = _each(territory_ids)
    # Evaluated from left to right: nothing can come between the two and leave the lock behind.
    await session.execute(
        select(func.pg_advisory_lock(BARRIER_CLASS, keys), func.pg_advisory_unlock(BARRIER_CLASS, keys))
    )


async def hold_alone(session: AsyncSession, territory_ids: Collection[int]) -> None:
    """Hold these barriers exclusively until the transaction ends: latecomers wait, and see what was committed.

    For the last, short step of a run. One statement. Raises DBAPIError where those inside do not leave within
    `lock_timeout`.
    """
    await session.execute(select(func.pg_advisory_xact_lock(BARRIER_CLASS, _each(territory_ids))))


def _each(territory_ids: Collection[int]) -> ColumnElement[int]:
    """A row for each territory, in the order of their ids: whoever takes several locks takes them in the same order."""
    ids = bindparam(None, sorted(territory_ids), type_=ARRAY(Integer))
    return func.unnest(ids).column_valued("territory_id")
