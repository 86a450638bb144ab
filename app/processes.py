"""The processes behind the command line: the API's workers, the scheduler beside them, the demo day before them."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator

import structlog
import uvicorn
from rich.console import Console

from app.demo import day as demo_day
from app.demo.guide import guide
from app.ground.db.session import Database
from app.ground.errors import Conflict
from app.ground.settings import Settings
from app.ground.web import logs

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
        while not stopping.is_set():
            status = child.wait()
            if stopping.wait(RESTART_SECONDS):
                return
            log.warning("scheduler_died", status=status)
            child = _start_scheduler()

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


def play_demo(settings: Settings, url: str, seed: int) -> None:
    """Play the demo day on the database at `url`, and print its table. Raises Conflict where it is not empty."""
    _log_only_trouble(settings)
    asyncio.run(_with_database(url, lambda database: demo_day.play(settings, database, seed)))


def play_demo_where_empty(settings: Settings, url: str) -> None:
    """Play the demo day if the database has no territory yet and the settings want it."""
    _log_only_trouble(settings)

    async def play(database: Database) -> None:
        if settings.demo and await demo_day.is_empty(database):
            await demo_day.play(settings, database, seed=1)

    asyncio.run(_with_database(url, play))


def _log_only_trouble(settings: Settings) -> None:
    """A line for each of the demo's requests would bury its table."""
    logs.configure(settings.model_copy(update={"log_level": "warning", "log_format": "console"}))


async def _with_database(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    database = Database(url, pool_size=4)
    try:
        await work(database)
    finally:
        await database.close()


def greet(settings: Settings, host: str, port: int) -> None:
    """Say what runs where, and what to look at next."""
    at = f"http://{host}:{port}"
    console = Console()
    console.print(f"\n[bold]Fieldproof[/bold] serves on {at}  (Ctrl-C ends it)")
    for line in guide(settings, at):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
