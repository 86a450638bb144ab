"""`fieldproof database …`: the private PostgreSQL cluster, its backups, and the roles of any database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.ground import clock
from app.ground.db import roles
from app.ground.db.migrations import note_positions, upgrade
from app.ground.db.session import asyncpg_url
from app.ground.errors import Invalid
from app.ground.private_cluster import backups
from app.ground.private_cluster.cluster import Cluster
from app.ground.private_cluster.roles import SERVICE_ROLE
from app.ground.settings import Settings

commands = typer.Typer(no_args_is_help=True, help="The private PostgreSQL cluster, and its backups.")

BackupFile = Annotated[Path, typer.Argument(help="the backup's file", metavar="FILE")]


@commands.command("start")
def start() -> None:
    """Start it, and make it where there is none."""
    typer.echo(Cluster(Settings().home).ensure_running())


@commands.command("stop")
def stop() -> None:
    """Stop it."""
    typer.echo("stopped" if Cluster(Settings().home).stop() else "it did not run")


@commands.command("status")
def status() -> None:
    """Tell whether it runs."""
    typer.echo(Cluster(Settings().home).status())


@commands.command("url")
def address() -> None:
    """Print its address, for psql and others."""
    typer.echo(Cluster(Settings().home).url)


@commands.command("backup")
def back_up(file: BackupFile) -> None:
    """Write the database as it stands into a new FILE, or one in a folder, and read it back. The service may go on."""
    cluster, file = _private_cluster(), file.expanduser().resolve()
    if file.is_dir():
        file /= f"fieldproof-{clock.now():%Y%m%dT%H%M%SZ}.dump"
    asyncio.run(note_positions(cluster.owner_url))
    size = backups.back_up(cluster, file)
    typer.echo(f"{file}: {size:,} bytes. Keep FIELDPROOF_HOME/token_secret with it: it signs the tokens of handhelds.")


@commands.command("restore")
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


@commands.command("roles")
def make_roles() -> None:
    """Make the roles of FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL in a server of one's own.

    By the superuser of FIELDPROOF_ADMINISTRATOR_DATABASE_URL. What that one, or
    the service's role, owns there goes to the owner. `fieldproof migrate` grants
    the service's rights. May be repeated.
    """
    settings = Settings()
    urls = (settings.administrator_database_url, settings.owner_database_url, settings.database_url)
    administrator, owner, service = (url.get_secret_value() if url else "" for url in urls)
    if not (administrator and owner and service):
        names = "FIELDPROOF_ADMINISTRATOR_DATABASE_URL, FIELDPROOF_OWNER_DATABASE_URL and FIELDPROOF_DATABASE_URL"
        raise Invalid(f"Set {names}: they name the roles.")
    asyncio.run(roles.make_roles(administrator, owner, service))
    typer.echo("The roles are there. Next: fieldproof migrate")


def _private_cluster() -> Cluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Invalid(
            "FIELDPROOF_DATABASE_URL is set: this is for the private cluster. docs/backups.md has the others."
        )
    cluster = Cluster(settings.home)
    cluster.ensure_running()
    return cluster
