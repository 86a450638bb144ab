"""Databases that a test has to itself, made and dropped on the tests' own cluster."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.ground.db.session import asyncpg_url


async def create_database(cluster_url: str, *, migrated: bool = True, postgis: bool = True) -> str:
    """The URL of a new database: a copy of the migrated one, or one with PostGIS and nothing else, or with nothing."""
    name = f"own_{uuid.uuid4().hex[:12]}"
    template = asyncpg_url(cluster_url).database if migrated else "template1"
    async with _administrating(cluster_url) as connection:
        await connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template if postgis else "template0"}"'))
    return asyncpg_url(cluster_url).set(database=name).render_as_string(hide_password=False)


async def drop_database(url: str) -> None:
    """Drop a database that `create_database` made, whoever of ours is still connected to it.

    `WITH (FORCE)` would not do: with an autovacuum worker inside, PostgreSQL 15 refuses it to a role that is no
    superuser. A plain DROP ends that worker by itself.
    """
    name = asyncpg_url(url).database
    async with _administrating(url) as connection:
        ours = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name AND usename = user"
        await connection.execute(text(ours), {"name": name})
        await connection.execute(text(f'DROP DATABASE "{name}"'))


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
    engine = create_async_engine(
        asyncpg_url(url).set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()
