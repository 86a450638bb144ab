"""The process. SIGTERM and SIGINT end it once what runs has ended.

With `--while-stdin-is-open` the end of its standard input does, too: a parent that was killed leaves none behind.
"""

import asyncio
import os
import signal
import sys
from functools import partial

import uvloop
from prometheus_client import start_http_server

from app.ground.db.address import database_url
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.ground.standard_descriptors import keep_standard_descriptors
from app.ground.web import logs
from app.processes.scheduler_beside import WHILE_STDIN_IS_OPEN
from scheduler.jobs import all_jobs
from scheduler.leadership import CONNECTION_SETTINGS
from scheduler.runner import run_scheduler

POOL_SIZE = 8


async def serve(settings: Settings, url: str, *, while_stdin_is_open: bool = False) -> None:
    """Run the scheduler over the database at `url` until a signal, or the end of standard input, ends it."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    if settings.scheduler_metrics_port is not None:
        start_http_server(settings.scheduler_metrics_port, addr=settings.scheduler_metrics_host)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if while_stdin_is_open:
        loop.add_reader(sys.stdin.fileno(), _read_stdin, stop)
    database = Database(url, pool_size=POOL_SIZE, server_settings=CONNECTION_SETTINGS)
    try:
        await run_scheduler(database, stop, partial(all_jobs, settings))
    finally:
        await database.close()


def _read_stdin(stop: asyncio.Event) -> None:
    """Set `stop` at the end of standard input; whatever comes before it means nothing."""
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def main() -> None:
    """Read the settings, then serve."""
    keep_standard_descriptors()
    settings = Settings()
    logs.configure(settings)
    uvloop.run(serve(settings, database_url(settings), while_stdin_is_open=WHILE_STDIN_IS_OPEN in sys.argv[1:]))
