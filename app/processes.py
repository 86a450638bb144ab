"""The processes behind the command line: the API's workers, the scheduler beside them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import structlog
import uvicorn

from app.ground.errors import Conflict

log = structlog.get_logger()

RESTART_SECONDS = 2.0
STOP_SECONDS = 15.0
AGAIN_SECONDS = 0.1
WORKER_SECONDS = 60
"""How long a worker may keep silent, its start included. uvicorn's own 5 s are less than a start takes on a busy
machine: there it killed each worker before it served, and started the next."""
WHILE_STDIN_IS_OPEN = "--while-stdin-is-open"
"""What a scheduler is told that must end when its parent does."""


def serve(url: str, host: str, port: int, workers: int, *, with_scheduler: bool) -> None:
    """Serve the API over the database at `url` until a signal ends it."""
    os.environ["FIELDPROOF_DATABASE_URL"] = url  # the workers, and the scheduler, are processes of their own
    with _ended_by_signals(), _scheduler_beside() if with_scheduler else contextlib.nullcontext():
        uvicorn.run(
            "app.main:from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            loop="uvloop",
            http="app.ground.web.protocol:BoundedHeads",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=10,
            timeout_worker_healthcheck=WORKER_SECONDS,
        )


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


@contextlib.contextmanager
def _scheduler_beside() -> Iterator[None]:
    """Run the scheduler as a child for as long as the block lasts; one that dies is started again.

    It ends with this process, also where this one is killed: its standard input is a pipe that is closed then.
    """
    stopping = threading.Event()
    child = _start_scheduler()

    def keep_alive() -> None:
        nonlocal child
        while True:
            status = child.wait()
            if stopping.wait(RESTART_SECONDS):
                return
            log.warning("scheduler_died", status=status)
            try:
                child = _start_scheduler()
            except OSError:  # no memory or no process left just now: tried again
                log.exception("scheduler_not_started")

    keeper = threading.Thread(target=keep_alive, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        child.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
        child.kill()
        keeper.join(STOP_SECONDS)


def _start_scheduler() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "scheduler", WHILE_STDIN_IS_OPEN],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for this process: a child that still starts would answer with a traceback
    )


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
