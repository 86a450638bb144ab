"""`fieldproof database start`, `stop`, `status`, `url`: the private PostgreSQL cluster. They need no driver."""

import typer

from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings


def start() -> None:
    """Start it, and make it where there is none."""
    typer.echo(Cluster(Settings().home).ensure_running())


def stop() -> None:
    """Stop it."""
    typer.echo("stopped" if Cluster(Settings().home).stop() else "it did not run")


def status() -> None:
    """Tell whether it runs."""
    typer.echo(Cluster(Settings().home).status())


def address() -> None:
    """Print its address, for psql and others."""
    typer.echo(Cluster(Settings().home).url)
