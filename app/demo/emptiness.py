"""Whether there is room for the demo."""

from sqlalchemy import select

from app.ground.db.session import Database
from app.masters.territories.models import Territory


async def is_empty(database: Database) -> bool:
    """Whether the database has no territory yet."""
    async with database.read_only() as session:
        return await session.scalar(select(Territory.id).limit(1)) is None
