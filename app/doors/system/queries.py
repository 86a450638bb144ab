"""What the database says of itself."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def size_bytes(session: AsyncSession) -> int:
    """How much room the database takes on its disk."""
    return int((await session.execute(select(func.pg_database_size(func.current_database())))).scalar_one())
