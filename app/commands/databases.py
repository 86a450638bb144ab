"""The database, for a command's work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.ground.db.session import Database

T = TypeVar("T")


def with_database(url: str, work: Callable[[Database], Awaitable[T]], pool_size: int = 1) -> T:
    """What comes of `work` on the database at `url`, which is closed after it."""

    async def run() -> T:
        database = Database(url, pool_size=pool_size)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
