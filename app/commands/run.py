"""`fieldproof run`."""

import asyncio
import os
import subprocess
import sys

import typer

from app.commands.databases import with_database
from app.commands.options import Host, Port
from app.demo.emptiness import is_empty
from app.demo.guide import greet
from app.ground.db.address import database_url
from app.ground.db.migrations import upgrade
from app.ground.db.owners import owners_address
from app.ground.settings import Settings
from app.ground.web import logs
from app.processes import serving

PLAY_DEMO = (sys.executable, "-m", "app.cli", "demo")
"""In a process of its own: the one that serves for days does not hold what plays a day once."""


def run_everything(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start the database, migrate, play the demo day on an empty database, and serve API, docs and scheduler."""
    # at a terminal, what goes wrong is worth a line; whoever wants every request sets the level
    os.environ.setdefault("FIELDPROOF_LOG_LEVEL", "warning")
    os.environ.setdefault("FIELDPROOF_LOG_FORMAT", "console")
    settings = Settings()
    logs.configure(settings)
    serving.refuse_taken_port(host, port)  # before the day is played, not after
    url, owners = database_url(settings), owners_address(settings)
    asyncio.run(upgrade(owners.url, service_role=owners.service_role))
    if settings.demo and with_database(url, is_empty):
        played = subprocess.run(PLAY_DEMO, check=False)
        if played.returncode:
            raise typer.Exit(1)
    greet(settings, host, port)
    serving.serve(url, host, port, workers=1, with_scheduler=True, cluster_home=settings.cluster_home)
