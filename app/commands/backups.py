"""`fieldproof database backup` and `restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.ground import clock
from app.ground.db.migrations import note_positions, upgrade
from app.ground.db.session import asyncpg_url
from app.ground.errors import Invalid
from app.ground.private_cluster import backups
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.roles import SERVICE_ROLE
from app.ground.settings import Settings

BackupFile = Annotated[Path, typer.Argument(help="the backup's file", metavar="FILE")]


def back_up(file: BackupFile) -> None:
    """Write the database as it stands into a new FILE, or one in a folder, and read it back. The service may go on."""
    cluster, file = _private_cluster(), file.expanduser().resolve()
    if file.is_dir():
        file /= f"fieldproof-{clock.now():%Y%m%dT%H%M%SZ}.dump"
    asyncio.run(note_positions(cluster.owner_url))
    size = backups.back_up(cluster, file)
    typer.echo(f"{file}: {size:,} bytes. Keep FIELDPROOF_HOME/token_secret with it: it signs the tokens of handhelds.")


def restore(
    file: BackupFile,
    *,
    replace: Annotated[
        str | None, typer.Option(metavar="DATABASE", help="replace the database of this name, which is not empty")
    ] = None,
) -> None:
    """Restore the database from a backup's FILE, bring it up to date, and let readers go on where they were.

    The service must be stopped. Where anything fails, nothing was changed.
    """
    cluster = _private_cluster()

    def finish(database: str) -> None:
        url = asyncpg_url(cluster.owner_url).set(database=database).render_as_string(hide_password=False)
        asyncio.run(upgrade(url, service_role=SERVICE_ROLE))

    old_name = backups.restore(cluster, file.expanduser().resolve(), clock.now(), replaced=replace, finish=finish)
    typer.echo(f"Restored from {file}." + (f" The database of before is kept as {old_name}." if old_name else ""))


def _private_cluster() -> Cluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Invalid(
            "FIELDPROOF_DATABASE_URL is set: this is for the private cluster. docs/backups.md has the others."
        )
    cluster = Cluster(settings.home)
    cluster.ensure_running()
    return cluster
