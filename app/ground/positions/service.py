"""Keeping positions: where a database stands, and what is known of it for the next one."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def keep_positions(session: AsyncSession) -> bool:
    """Note how far positions are known, or begin an epoch where this is not the database it was. One statement.

    Answers whether an epoch began. Raises DBAPIError where writers do not leave within seconds: try again.
    """
    return bool(await session.scalar(select(func.keep_positions())))
