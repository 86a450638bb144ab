"""The reads of orders."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.orders.models import NoOrderReason


async def active_reasons(session: AsyncSession) -> dict[str, str]:
    """Code → label of the active reasons, by code."""
    found = await session.execute(
        select(NoOrderReason.code, NoOrderReason.label).where(NoOrderReason.active).order_by(NoOrderReason.code)
    )
    return {row.code: row.label for row in found}
