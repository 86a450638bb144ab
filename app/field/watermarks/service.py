"""What the server has of devices, and what they told of their clocks: noted at first use, written after each upload."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.watermarks import queries
from app.field.watermarks.queries import (
    DeviceUpload,
    boots_of,
    hear_download,
    lock_state,
    note_first_use,
    ranges_of,
    save_states,
    state_of,
)

__all__ = [
    "DAYS_KEPT",
    "DeviceUpload",
    "boots_of",
    "forget_boots",
    "forget_day_counts",
    "hear_download",
    "lock_state",
    "note_first_use",
    "ranges_of",
    "save_states",
    "state_of",
]

BOOTS_KEPT = timedelta(days=90)
BOOTS_A_TURN = 10_000
DAYS_KEPT = timedelta(days=35)
DAYS_A_TURN = 10_000


async def forget_boots(session: AsyncSession, at: datetime) -> int:
    """Forget boots that nothing has been heard of for 90 days, some at a time; answers how many."""
    return await queries.forget_boots(session, at - BOOTS_KEPT, BOOTS_A_TURN)


async def forget_day_counts(session: AsyncSession, at: datetime) -> int:
    """Forget how many events handhelds had on days 35 days ago, some at a time; answers how many counts."""
    return await queries.forget_days(session, (at - DAYS_KEPT).date(), DAYS_A_TURN)
