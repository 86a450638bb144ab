"""The database: which one, whether it answers, what it is, where its schema stands, who leads, what its clock shows.

Nothing is started or changed: a private cluster that does not run is told, and left alone.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.due_days import DueDays
from app.closing.months import service as months
from app.ground import clock
from app.ground.db.migrations import OLDEST_POSTGRESQL
from app.ground.db.revisions import MigrationRefused, Revisions
from app.ground.db.session import Database, NoAddress, asyncpg_url
from app.ground.db.statements import records_of
from app.ground.findings import Finding, fine, note, unusual, wrong
from app.ground.private_cluster.cluster import Cluster, ClusterState
from app.ground.private_cluster.postgres_binaries import ClusterError, installed_versions
from app.ground.settings import Settings
from app.ground.web.months import month_text
from app.ground.web.readiness import CheckStatus, Look, closing_check, scheduler_check, taken
from app.motivation.assortment_mix.closing_job import QuarterCloser

CLOSE_TOGETHER = timedelta(seconds=2)
DOUBTED = timedelta(hours=1)
"""From here on the scheduler does nothing by its clock (decision 43)."""
BESIDE_THE_POOL = 2
"""A worker's connections that are not of its pool: to ask how the database is, and to hear what it tells."""
OF_THE_SCHEDULER = 10


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself."""

    version: str
    major: int
    postgis: str | None
    role: str
    is_superuser: bool
    may_rewrite_ledger: bool
    may_keep_tables: bool
    not_durable: list[str]
    connections: int
    in_recovery: bool
    size_mib: int
    at: datetime


_FACTS = text("""
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::int / 10000 AS major,
           (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis,
           current_user::text AS role,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
           coalesce(has_table_privilege(to_regclass('points_entries'), 'UPDATE'), false) AS may_rewrite_ledger,
           has_database_privilege(current_database(), 'TEMPORARY') AS may_keep_tables,
           array_remove(ARRAY[
               CASE current_setting('fsync') WHEN 'off' THEN 'fsync' END,
               CASE current_setting('full_page_writes') WHEN 'off' THEN 'full_page_writes' END,
               CASE current_setting('synchronous_commit') WHEN 'off' THEN 'synchronous_commit' END
           ], NULL) AS not_durable,
           current_setting('max_connections')::int
               - current_setting('superuser_reserved_connections')::int AS connections,
           pg_is_in_recovery() AS in_recovery,
           (pg_database_size(current_database()) / 1048576)::int AS size_mib,
           clock_timestamp() AS at
""")


def look_at_cluster(settings: Settings) -> Iterator[Finding]:
    """Which database it is, and of the private one the programs and whether it runs."""
    if settings.database_url is not None:
        yield note("database", f"FIELDPROOF_DATABASE_URL names {address(settings.database_url.get_secret_value())}.")
        return
    versions = installed_versions()
    with_postgis = [version for version in versions if version.has_postgis]
    if not with_postgis:
        lack = f"PostgreSQL {versions[0].major} has no PostGIS" if versions else "no PostgreSQL was found"
        yield wrong("programs", f"For a private cluster {lack}: requirements/system.sh installs it.")
    else:
        names = ", ".join(f"{version.major} in {version.directory}" for version in with_postgis)
        yield fine("programs", f"PostgreSQL with PostGIS: {names}.")
    try:
        status = Cluster(settings.home).status()
    except ClusterError as error:
        yield wrong("database", str(error))
        return
    detail = f"The private cluster is {status}"
    yield (
        fine("database", f"{detail}.")
        if status.state is ClusterState.RUNNING
        else note(
            "database",
            f"{detail}: `fieldproof serve`, or `database start`, starts it. Nothing else of it was looked at.",
        )
    )


def address(url: str) -> str:
    """A database's address as people may read it: without a password, and without what comes after the name."""
    try:
        parts = asyncpg_url(url)
    except NoAddress:
        return "what is no address"
    host = parts.host or parts.query.get("host") or "this machine"
    port = f":{parts.port}" if parts.port else ""
    return f"the database {parts.database} on {host}{port}{f', as {parts.username}' if parts.username else ''}"


def reachable_url(settings: Settings) -> str | None:
    """The database's address; None of a private cluster that does not run."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    try:
        cluster = Cluster(settings.home)
        return cluster.url if cluster.status().state is ClusterState.RUNNING else None
    except ClusterError:
        return None


async def look_at_database(settings: Settings, url: str) -> AsyncIterator[Finding]:
    """What the database says. Raises what the driver does where it does not answer."""
    database = Database(url, pool_size=1)
    try:
        async with database.read_only() as session:
            asked_at = clock.wall()
            [facts] = records_of(ServerFacts, await session.execute(_FACTS))
            for finding in (*of_server(facts), *of_room(facts, settings), of_clocks(facts.at, asked_at, clock.wall())):
                yield finding
            look = await taken(session)
            schema = of_schema(look.revision)
            yield schema
            yield of_scheduler(look)
            if look.revision == Revisions().newest_number:
                yield await _of_closing(session)
                yield await of_months(session, settings)
    finally:
        await database.close()


def of_server(facts: ServerFacts) -> Iterator[Finding]:
    """The server's version, its extension, the role, and whether it keeps what it acknowledged."""
    name = f"PostgreSQL {facts.version}, {facts.size_mib:,} MiB of data, PostGIS {facts.postgis or 'missing'}"
    if facts.major < OLDEST_POSTGRESQL:
        yield wrong("server", f"{name}: Fieldproof needs {OLDEST_POSTGRESQL} or newer.")
    elif facts.postgis is None:
        yield wrong("server", f"{name}: let a superuser make it there, CREATE EXTENSION postgis;")
    else:
        yield fine("server", f"{name}.")
    if not facts.may_keep_tables:
        yield wrong("server", f"The role {facts.role} lacks TEMPORARY on the database: without it no day is closed.")
    if facts.in_recovery:
        yield wrong("server", "It is a standby, which takes no changes.")
    if facts.not_durable:
        yield unusual("server", f"{', '.join(facts.not_durable)} is off: what was acknowledged may be lost.")
    if facts.is_superuser or facts.may_rewrite_ledger:
        may = "is a superuser" if facts.is_superuser else "may change the ledger"
        yield unusual("server", f"The service's role {facts.role} {may}: docs/backups.md has roles that may not.")


def of_room(facts: ServerFacts, settings: Settings) -> Iterator[Finding]:
    """How many workers the server has connections for."""
    each = settings.database_pool_size + BESIDE_THE_POOL
    workers = (facts.connections - OF_THE_SCHEDULER) // each
    detail = f"The server has connections for a scheduler and {max(workers, 0)} API workers of {each} each"
    yield (
        wrong("connections", f"{detail}: raise max_connections.") if workers < 1 else fine("connections", f"{detail}.")
    )


def of_clocks(theirs: datetime, asked_at: datetime, answered_at: datetime) -> Finding:
    """This machine's clock against the database's, as near as the answer's way allows."""
    before, after = asked_at - theirs.astimezone(UTC), answered_at - theirs.astimezone(UTC)
    difference = before if before > timedelta() else min(timedelta(), after)
    words = f"{abs(difference).total_seconds():.1f} s {'ahead of' if difference > timedelta() else 'behind'}"
    if abs(difference) > DOUBTED:
        return wrong("clock", f"This machine's is {words} the database's: the scheduler closes and expires nothing.")
    if abs(difference) > CLOSE_TOGETHER:
        return unusual("clock", f"This machine's is {words} the database's: look at NTP on both.")
    return fine("clock", "This machine's and the database's agree.")


def of_schema(revision: str | None) -> Finding:
    """Where the schema stands, and what is pending."""
    revisions = Revisions()
    try:
        position = revisions.position_of_database(revision)
    except MigrationRefused as refusal:
        return wrong("schema", str(refusal))
    where = "It is empty" if position == 0 else f"It is at {revisions.name(position)}"
    pending = revisions.after(position)
    if pending:
        names = ", ".join(map(str, pending))
        return wrong("schema", f"{where}; pending: {names}. Run `fieldproof migrate`.")
    return fine("schema", f"{where}, the newest.")


def of_scheduler(look: Look) -> Finding:
    """Who leads, and when it was heard last."""
    check = scheduler_check(look)
    if check.status is not CheckStatus.OK:
        return unusual("scheduler", check.detail)
    return fine("scheduler", f"{check.detail[:-1]}; it asked {look.silent_seconds or 0:.0f} s ago.")


async def _of_closing(session: AsyncSession) -> Finding:
    check = closing_check(await DueDays().overdue(session))
    return (fine if check.status is CheckStatus.OK else unusual)("closing", check.detail)


async def of_months(session: AsyncSession, settings: Settings) -> Finding:
    """Which months and quarters should be closed by themselves, and are not."""
    due = [f"{territory.code} {month_text(month)}" for territory, month in await months.due_now(session)]
    if settings.assortment_closing_day is not None:
        quarters = await QuarterCloser(settings.assortment_closing_day).due(session, clock.now())
        due += [f"{territory.code} {quarter}" for territory, quarter in quarters]
    if not due:
        return fine("months", "Every month and quarter that is due is closed.")
    return unusual("months", f"Due and not closed, though tried every hour: {', '.join(sorted(due))}.")
