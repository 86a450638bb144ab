"""What is looked after before the service begins to serve from a database."""

import asyncio

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.ground.db.outages import DRIVER_ERRORS
from app.ground.db.session import Database

log = structlog.get_logger()

PATIENCE_SECONDS = 5.0

_KEEP_POSITIONS = text("SELECT keep_positions()")
_IS_WIDE = text("SELECT has_table_privilege('points_entries', 'UPDATE')")


async def begin(url: str) -> None:
    """Let readers' positions go on in a database that has come from elsewhere, and warn of a role that may too much.

    A database that is away, or not migrated, keeps nobody from starting: that is told by whoever needs it.
    """
    database = Database(url, pool_size=1)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), database.transaction() as session:
            await session.execute(_KEEP_POSITIONS)
            if await session.scalar(_IS_WIDE):
                log.warning("service_owns_tables", advice="set FIELDPROOF_OWNER_DATABASE_URL, see docs/backups.md")
    except (DBAPIError, *DRIVER_ERRORS) as error:
        log.info("database_not_ready", reason=str(error).partition("\n")[0])
    finally:
        await database.close()
