"""Databases that a test has to itself, made and dropped on the tests' own cluster."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.ground.db.migrations import upgrade
from app.ground.db.session import Database, asyncpg_url
from app.ground.private_cluster.configuration import ADMINISTRATOR_ROLE
from app.ground.private_cluster.roles import OWNER_ROLE, SERVICE_ROLE


async def create_database(cluster_url: str, *, migrated: bool = True, postgis: bool = True) -> str:
    """The URL of a new database: a copy of the migrated one, or one with PostGIS and nothing else, or with nothing."""
    template = asyncpg_url(cluster_url).database if migrated else "template1"
    return await _create(cluster_url, f"own_{uuid.uuid4().hex[:12]}", template if postgis else "template0")


async def copy_database(url: str) -> str:
    """The URL of a copy of a database that nobody is connected to."""
    return await _create(url, f"copy_{uuid.uuid4().hex[:12]}", asyncpg_url(url).database)


async def _create(url: str, name: str, template: str | None) -> str:
    async with _administrating(url) as connection:
        # block by block, as PostgreSQL does it from 15 on, takes twice as long; before that there is no choice
        how = "STRATEGY FILE_COPY" if (connection.dialect.server_version_info or ()) >= (15,) else ""
        await connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER_ROLE} {how}'))
    return asyncpg_url(url).set(database=name).render_as_string(hide_password=False)


async def drop_database(url: str) -> None:
    """Drop a database that `create_database` made, whoever is still connected to it."""
    name = asyncpg_url(url).database
    async with _administrating(url) as connection:
        await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def as_owner(url: str) -> str:
    """The database at `url` for the role that owns its tables."""
    return _as(OWNER_ROLE, url)


def as_administrator(url: str) -> str:
    """The database at `url` for the cluster's superuser."""
    return _as(ADMINISTRATOR_ROLE, url)


def as_service(url: str) -> str:
    """The database at `url` for the role that serves from it."""
    return _as(SERVICE_ROLE, url)


async def migrate(url: str) -> None:
    """Bring the database at `url` up to date, by its owner, and grant the service what it needs."""
    await upgrade(as_owner(url), service_role=SERVICE_ROLE)


def _as(role: str, url: str) -> str:
    return asyncpg_url(url).set(username=role).render_as_string(hide_password=False)


@asynccontextmanager
async def by_the_owner(session: AsyncSession) -> AsyncIterator[None]:
    """Within the block the test's session may do what the service never does, such as change what is append-only."""
    await session.execute(text("SET LOCAL ROLE fieldproof_owner"))
    yield
    await session.flush()
    await session.execute(text("SET LOCAL ROLE fieldproof"))


async def rows(url: str, statement: str) -> list[Any]:
    """What the database at `url` answers, each row as a tuple."""
    async with connected(url) as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]


async def scalars(url: str, statement: str) -> list[Any]:
    """The first column of what the database at `url` answers."""
    return [row[0] for row in await rows(url, statement)]


async def execute(url: str, statement: str) -> None:
    """Do it in the database at `url`, and commit."""
    async with connected(url) as connection:
        await connection.execute(text(statement))
        await connection.commit()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection of its own to the database at `url`."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def _administrating(url: str) -> AsyncIterator[AsyncConnection]:
    administrators = asyncpg_url(as_administrator(url)).set(database="postgres")
    engine = create_async_engine(administrators, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def until_somebody_waits(database: Database) -> None:
    """Until a backend of this database waits for another one's transaction to end."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while True:
            async with database.read_only() as session:
                if await session.scalar(waiting):
                    return
