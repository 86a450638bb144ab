"""Serving: everything that runs until a signal ends it."""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from app.ground.errors import Conflict
from app.ground.loading import loaded
from app.processes.api_workers import ApiWorkers
from app.processes.beginning import begin, begin_apart
from app.processes.database_keeper import kept_running
from app.processes.metrics_files import forget_process, shared_metrics
from app.processes.scheduler_beside import scheduler_beside

AGAIN_SECONDS = 0.1

_UVICORN: dict[str, Any] = {
    "factory": True,
    "loop": "uvloop",
    "http": "app.ground.web.protocol:BoundedHeads",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 10,
}


def serve(
    url: str, host: str, port: int, workers: int, *, with_scheduler: bool, cluster_home: Path | None = None
) -> int:
    """Serve the API over the database at `url` until a signal ends it. Answers the exit code.

    `cluster_home`: where the database is the private cluster of that home, which is kept running then.
    """
    os.environ["FIELDPROOF_DATABASE_URL"] = url  # the workers, and the scheduler, are processes of their own
    app, options = "app.main:from_environment", _UVICORN | {"host": host, "port": port}
    with contextlib.ExitStack() as running:
        running.enter_context(_ended_by_signals())
        if cluster_home is not None:
            running.enter_context(kept_running(cluster_home))
        if with_scheduler:
            running.enter_context(scheduler_beside())
        if workers == 1:
            loaded(app)
            begin(url)
            uvicorn.run(app, **options)
            return 0
        running.enter_context(shared_metrics())
        config = uvicorn.Config(app, **options)
        return ApiWorkers(config, workers, on_end=forget_process, prepare=partial(begin_apart, url)).run()


def become_scheduler(url: str) -> None:
    """Turn this process into the scheduler."""
    os.environ["FIELDPROOF_DATABASE_URL"] = url
    os.execv(sys.executable, [sys.executable, "-m", "scheduler"])  # noqa: S606  # no shell is what is wanted


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Keep SIGINT and SIGTERM for uvicorn, until it listens to them: each comes again until it is heard.

    Left alone, SIGTERM would skip what ends the scheduler, and SIGINT end a start with a page of tracebacks; so would
    an exception of our own, wherever it met an event loop that is being made.
    """
    if threading.current_thread() is not threading.main_thread():  # no other hears signals
        yield
        return
    over, sending = threading.Event(), threading.Lock()

    def come_again(number: int, _: object) -> None:
        def send() -> None:
            over.wait(AGAIN_SECONDS)
            with sending:
                if not over.is_set():
                    os.kill(os.getpid(), number)

        threading.Thread(target=send, daemon=True).start()

    before = {
        signal_number: signal.signal(signal_number, come_again) for signal_number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        with sending:
            over.set()
        for signal_number, handler in before.items():
            signal.signal(signal_number, handler)


def refuse_taken_port(host: str, port: int) -> None:
    """Raises Conflict where nobody can listen on `host` and `port`."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Conflict(f"Cannot listen on {host}:{port}: {reason}. Another port: make run PORT=8001") from error
