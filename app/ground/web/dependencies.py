"""The unit of work of a request: opened here, committed here, before the answer leaves.

Dependencies are coroutines even where they await nothing: FastAPI runs plain functions in a thread pool, one hop each.
"""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.session import Database
from app.ground.settings import Settings


async def database(request: Request) -> Database:
    """This process's database."""
    return cast(Database, request.app.state.database)


async def settings(request: Request) -> Settings:
    """This process's settings."""
    return cast(Settings, request.app.state.settings)


async def transaction(database: Annotated[Database, Depends(database)]) -> AsyncIterator[AsyncSession]:
    """A session whose transaction is committed before the answer leaves, or rolled back with the error."""
    async with database.transaction() as session:
        yield session


async def read_only(database: Annotated[Database, Depends(database)]) -> AsyncIterator[AsyncSession]:
    """A session in which PostgreSQL refuses every write."""
    async with database.read_only() as session:
        yield session


async def snapshot(database: Annotated[Database, Depends(database)]) -> AsyncIterator[AsyncSession]:
    """The same, all of whose statements see the records as they were at one moment."""
    async with database.snapshot() as session:
        yield session


# scope="function": the default would commit after the answer has left, and report a failing commit as a success.
WriteSession = Annotated[AsyncSession, Depends(transaction, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(read_only, scope="function")]
SnapshotSession = Annotated[AsyncSession, Depends(snapshot, scope="function")]
AppDatabase = Annotated[Database, Depends(database)]
AppSettings = Annotated[Settings, Depends(settings)]
