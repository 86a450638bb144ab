"""`fieldproof serve`."""

from typing import Annotated

import typer

from app.commands.options import Host, Port
from app.ground.db.address import database_url
from app.ground.settings import Settings
from app.ground.web import logs
from app.processes import serving

Workers = Annotated[int, typer.Option(help="API processes", min=1, max=64)]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    *,
    with_scheduler: Annotated[bool, typer.Option("--with-scheduler", help="run the scheduler beside the API")] = False,
) -> None:
    """Serve the API; the schema must be migrated."""
    settings = Settings()
    logs.configure(settings)  # for this process: what becomes of workers and scheduler is told by it
    url = database_url(settings)
    raise typer.Exit(
        serving.serve(url, host, port, workers, with_scheduler=with_scheduler, cluster_home=settings.cluster_home)
    )
