"""Backups of the private cluster's database: one file, consistent, read back before it counts, restored beside and then
put in the old one's place.

A backup is `pg_dump`'s custom format: it goes into any later PostgreSQL, of any cluster. What is not in it are roles
and rights (`fieldproof migrate` grants them) and PostGIS (the administrator makes it).
"""

import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.postgres_binaries import ClusterError
from app.ground.private_cluster.roles import DATABASE, OWNER_ROLE

RESTORING = f"{DATABASE}_restoring"

_NOT_OURS = re.compile(r"\s(SCHEMA|EXTENSION)\s|\sspatial_ref_sys\s")
"""What an administrator makes before: the schema `public`, PostGIS and its own table."""

_USERS = """
    SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), usename), ', ') FROM pg_stat_activity
    WHERE datname = 'fieldproof' AND backend_type = 'client backend'
"""


def back_up(cluster: Cluster, file: Path, *, database: str = DATABASE) -> int:
    """Write `database` as it stands at this moment into a new file; its size in bytes.

    The service may go on meanwhile. The file is its owner's alone, and appears when it is whole and was read back.
    Raises ClusterError where it cannot be written, or is there already.
    """
    if file.exists():
        raise ClusterError(f"{file} is there already: a backup overwrites nothing")
    if not file.parent.is_dir():
        raise ClusterError(f"there is no folder {file.parent}")
    draft = file.with_name(f".{file.name}.part")
    try:
        cluster.run("pg_dump", "--format=custom", "--schema=public", f"--file={draft}", database=database)
        cluster.run("pg_restore", "--file=/dev/null", str(draft))
        draft.chmod(0o600)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(
    cluster: Cluster, file: Path, at: datetime, *, replaced: str | None, finish: Callable[[str], None]
) -> str | None:
    """Put what a backup holds in the place of the cluster's database; the name under which the old one is kept.

    It is restored beside the old one, and `finish` is called with the new database's name: it brings the schema up to
    date and grants the rights. Then they change places, at once. Where anything fails, the old one stays as it is. A
    database that is not empty is replaced only where `replaced` is its name. Raises ClusterError.
    """
    if not file.is_file():
        raise ClusterError(f"there is no backup {file}")
    empty = _is_empty(cluster, DATABASE)
    if not empty and replaced != DATABASE:
        raise ClusterError(
            f"The database {DATABASE} is not empty. If the backup is to take its place: --replace {DATABASE}"
            " (the old one is kept beside it, under another name)."
        )
    _refuse_users(cluster)
    cluster.ask(f"DROP DATABASE IF EXISTS {RESTORING}")
    cluster.ask(f"CREATE DATABASE {RESTORING} TEMPLATE template1 OWNER {OWNER_ROLE}")
    try:
        _fill(cluster, file)
        finish(RESTORING)
        _refuse_users(cluster)
    except BaseException:
        cluster.ask(f"DROP DATABASE {RESTORING} WITH (FORCE)")
        raise
    old_name = None if empty else f"{DATABASE}_until_{at:%Y%m%d_%H%M%S}"
    cluster.ask(f"ALTER DATABASE {DATABASE} RENAME TO {old_name}" if old_name else f"DROP DATABASE {DATABASE}")
    cluster.ask(f"ALTER DATABASE {RESTORING} RENAME TO {DATABASE}")
    return old_name


def _fill(cluster: Cluster, file: Path) -> None:
    """One transaction: all that the backup holds, or nothing."""
    contents = cluster.run("pg_restore", "--list", str(file)).splitlines()
    folder = Path(tempfile.mkdtemp(prefix="fieldproof-restore-"))
    try:
        listed = folder / "contents"
        listed.write_text("\n".join(line for line in contents if not _NOT_OURS.search(line)) + "\n")
        whose = ("--no-owner", "--no-privileges", f"--role={OWNER_ROLE}")
        how = ("--exit-on-error", "--single-transaction", f"--use-list={listed}", f"--dbname={RESTORING}")
        cluster.run("pg_restore", *whose, *how, str(file), database=RESTORING)
    finally:
        shutil.rmtree(folder)
    if _is_empty(cluster, RESTORING):
        raise ClusterError(f"{file} is a backup of something else: it has no table alembic_version")


def _is_empty(cluster: Cluster, database: str) -> bool:
    return cluster.ask("SELECT to_regclass('alembic_version') IS NULL", database=database) == "t"


def _refuse_users(cluster: Cluster) -> None:
    users = cluster.ask(_USERS)
    if users:
        raise ClusterError(f"The database is in use by {users}: stop the service first.")
