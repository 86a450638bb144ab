"""Brings the schema up or down with Alembic, one process at a time."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.ground.db.session import asyncpg_url

FOLDER = Path(__file__).resolve().parents[3] / "migrations"
MIGRATION_LOCK = 0x4650_4D49  # "FPMI"


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; the connection is handed to `migrations/env.py`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`. Two at once: the second waits, then finds nothing to do."""
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Bring the database at `url` down to `revision` ("base" for an empty one)."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def _run(url: str, step: Callable[[Config], None]) -> None:
    engine = create_async_engine(asyncpg_url(url))
    try:
        async with engine.begin() as connection:
            # Wait for another migration, but fail fast on a table that a running service holds.
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            await connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            await connection.run_sync(lambda sync: step(alembic_config(sync)))
    finally:
        await engine.dispose()
