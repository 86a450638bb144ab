"""Brings the schema up or down with Alembic, one process at a time, and says in words where it cannot (decision 30).

A migration is one transaction: where it fails, nothing was changed.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.ground.db import privileges
from app.ground.db.revisions import FOLDER, NEWEST, MigrationRefused, Revision, Revisions
from app.ground.db.session import asyncpg_url

MIGRATION_LOCK = 0x4650_4D49  # "FPMI"
LOCK_TIMEOUT_SECONDS = 4
OLDEST_POSTGRESQL = 15


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done: the revisions before and after; the same where nothing was done."""

    before: str
    after: str
    is_newest: bool

    def __str__(self) -> str:
        """In a line: empty → 0015 (baseline)."""
        if self.before != self.after:
            return f"{self.before} → {self.after}"
        position = "is empty" if self.after == "empty" else f"is at {self.after}"
        return f"Nothing to do: the database {position}{', the newest' if self.is_newest else ''}."


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Where a database stands, and which revisions it does not have yet."""

    database: str
    current: str
    pending: tuple[Revision, ...]

    def __str__(self) -> str:
        """In lines for the terminal."""
        position = "is empty" if self.current == "empty" else f"is at {self.current}"
        if not self.pending:
            return f"The database {self.database} {position}, the newest."
        pending = [f"  {revision.number}  {revision.title}" for revision in self.pending]
        return "\n".join([f"The database {self.database} {position}. Pending:", *pending])


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; the connection is handed to `migrations/env.py`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


async def upgrade(
    url: str, revision: str = NEWEST, *, service_role: str | None = None, tell: Callable[[str], None] | None = None
) -> Migration:
    """Bring the database at `url` up to `revision`. Two at once: the second waits, then finds nothing to do.

    `service_role` is granted what the service needs, and nothing else; None: it is the owner itself. `tell` is called
    where it has to wait. Raises MigrationRefused.
    """
    async with _alone(url, tell) as connection:
        migration = await connection.run_sync(_go_up, revision)
        await connection.run_sync(_grant, service_role)
        await connection.run_sync(_keep_positions)
        return migration


async def downgrade(
    url: str,
    revision: str | None = None,
    *,
    emptied: str | None = None,
    service_role: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> Migration:
    """Bring the database at `url` down to `revision`, or one revision down.

    What the abandoned revisions stored is lost. Below the first one is an empty database: `emptied` must be the
    database's name then. `tell` is called where it has to wait. Raises MigrationRefused.
    """
    async with _alone(url, tell) as connection:
        migration = await connection.run_sync(_go_down, revision, emptied)
        await connection.run_sync(_grant, service_role)
        return migration


async def note_positions(url: str) -> None:
    """Note how far positions are known in the database at `url`, for a backup that is made now (decision 46)."""
    async with _transaction(url) as connection:
        await connection.run_sync(_keep_positions)


async def schema_state(url: str) -> SchemaState:
    """Where the database at `url` stands. Waits for nobody, changes nothing. Raises MigrationRefused."""
    async with _transaction(url) as connection:
        return await connection.run_sync(_state)


def _grant(connection: Connection, service_role: str | None) -> None:
    if service_role is not None:
        privileges.grant(connection, service_role)


def _keep_positions(connection: Connection) -> None:
    """A database that has come from elsewhere begins an epoch of positions (decision 46)."""
    if connection.scalar(text("SELECT to_regproc('keep_positions') IS NOT NULL")):
        connection.execute(text("SELECT keep_positions()"))


def _go_up(connection: Connection, revision: str) -> Migration:
    config = alembic_config(connection)
    revisions = Revisions()
    before, after = _position(connection, revisions), revisions.position_asked_for(revision)
    if after < before:
        raise MigrationRefused(
            f"The database is at {revisions.name(before)}, past {revisions.name(after)}. The way down, on which data is"
            f" lost, has to be asked for: fieldproof migrate --down --to {revisions.target(after)}"
        )
    if before == 0:
        _refuse_unfit_server(connection)
    if before < after:
        command.upgrade(config, revisions.target(after))
    return _migration(revisions, before, after)


def _go_down(connection: Connection, revision: str | None, emptied: str | None) -> Migration:
    config = alembic_config(connection)
    revisions = Revisions()
    before = _position(connection, revisions)
    after = max(before - 1, 0) if revision is None else revisions.position_asked_for(revision)
    if after > before:
        raise MigrationRefused(
            f"The database is at {revisions.name(before)}: {revisions.name(after)} is up from there, without --down."
        )
    if after == 0 < before:
        _refuse_to_empty_another(_database(connection), revisions.name(before), emptied)
    if after < before:
        command.downgrade(config, revisions.target(after))
    return _migration(revisions, before, after)


def _migration(revisions: Revisions, before: int, after: int) -> Migration:
    return Migration(revisions.name(before), revisions.name(after), is_newest=after == revisions.newest)


def _state(connection: Connection) -> SchemaState:
    revisions = Revisions()
    position = _position(connection, revisions)
    return SchemaState(_database(connection), revisions.name(position), revisions.after(position))


def _position(connection: Connection, revisions: Revisions) -> int:
    return revisions.position_of_database(MigrationContext.configure(connection).get_current_revision())


def _database(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT current_database()")))


def _refuse_unfit_server(connection: Connection) -> None:
    version, has_postgis = connection.execute(
        text("SELECT current_setting('server_version_num')::int / 10000, to_regtype('geography') IS NOT NULL")
    ).one()
    if version < OLDEST_POSTGRESQL:
        raise MigrationRefused(f"This is PostgreSQL {version}: Fieldproof needs {OLDEST_POSTGRESQL} or newer.")
    if not has_postgis:
        raise MigrationRefused(
            "The database has no PostGIS. Let a superuser make it there: CREATE EXTENSION postgis;"
            " (the server's package is called postgresql-…-postgis-3, or postgis)"
        )


def _refuse_to_empty_another(database: str, current: str, emptied: str | None) -> None:
    if emptied is None:
        raise MigrationRefused(
            f"Below {current} there is nothing: every table of the database {database} would be dropped, with all rows."
            f" If that is what you want: fieldproof migrate --down --to base --drop-all-data {database}"
        )
    if emptied != database:
        raise MigrationRefused(f"This is the database {database}, not {emptied}. Nothing was dropped.")


@asynccontextmanager
async def _alone(url: str, tell: Callable[[str], None] | None) -> AsyncIterator[AsyncConnection]:
    """A transaction in which no other migration runs, and which waits for no table that somebody uses."""
    async with _transaction(url) as connection:
        # whatever limits the role has: another migration, and this one, take as long as they take
        await connection.execute(text("SET LOCAL lock_timeout = 0"))
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        lock = {"key": MIGRATION_LOCK}
        if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), lock):
            if tell:
                tell("Another migration is running: this one waits until it has ended.")
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
        await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
        yield connection


@asynccontextmanager
async def _transaction(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(asyncpg_url(url))
    try:
        async with engine.begin() as connection:
            yield connection
    except CommandError as error:
        raise MigrationRefused(f"{error} Nothing was changed.") from error
    except DBAPIError as error:
        refusal = await _refusal(engine, error)
        if refusal is None:
            raise
        raise MigrationRefused(f"{refusal} Nothing was changed.") from error
    finally:
        await engine.dispose()


async def _refusal(engine: AsyncEngine, error: DBAPIError) -> str | None:
    """What PostgreSQL's error means to an operator; None for what nobody foresaw."""
    words = _in_words(error)
    match getattr(error.orig, "sqlstate", None):
        case "55P03" | "40P01":  # lock not available, deadlock
            return (
                f"A table is in use, and a migration waits for {LOCK_TIMEOUT_SECONDS} s at most. {await _users(engine)}"
            )
        case "42501":
            return f"The database's role may not do that: {words}. Migrate as the role that owns the tables."
        case "25006":
            return f"The database takes no changes: {words}. Is it a standby?"
        case "2BP01":
            return f"Something that is not Fieldproof's stands on its tables: {words}. Drop it first."
        case "42P07" | "42723" | "42710":  # a table, function or object of that name
            return (
                f"The database is at no revision, and yet it is not empty: {words}. Take an empty one; a backup is"
                " restored with its table alembic_version."
            )
    return None


def _in_words(error: DBAPIError) -> str:
    """The server's message with its detail, in one line."""
    cause = error.orig.__cause__ if error.orig else None
    parts = [getattr(cause, "message", None) or str(error.orig), getattr(cause, "detail", None)]
    return "; ".join(part.replace("\n", "; ") for part in parts if part)


_USERS = text("""
    SELECT pid, coalesce(nullif(application_name, ''), backend_type, 'another role''s'),
           string_agg(DISTINCT relname, ', ' ORDER BY relname)
    FROM pg_locks
    JOIN pg_class ON pg_class.oid = relation AND relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
    JOIN pg_stat_activity USING (pid)
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND granted AND pid <> pg_backend_pid()
    GROUP BY 1, 2 ORDER BY 1 LIMIT 5
""")


async def _users(engine: AsyncEngine) -> str:
    """Who holds tables just now, and what to do about it."""
    async with engine.connect() as connection:
        users = (await connection.execute(_USERS)).all()
    if not users:
        return "By now nobody uses one: try again."
    holders = ", ".join(f"process {pid} ({program}) uses {tables}" for pid, program, tables in users)
    return f"Just now {holders}. Let it end, or stop the service, then try again."
