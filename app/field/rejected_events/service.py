"""Use cases of rejected and lost events: keep them, give them up, forget them."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.rejected_events import queries
from app.field.rejected_events.queries import by_id, give_up, page, save

__all__ = ["by_id", "forget_rejections", "give_up", "page", "save"]

KEPT = timedelta(days=90)
A_TURN = 10_000


async def forget_rejections(session: AsyncSession, at: datetime) -> int:
    """Forget what came 90 days ago (T7), some at a time; answers how many."""
    return await queries.forget(session, at - KEPT, A_TURN)
