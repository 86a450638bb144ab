"""The scheduler as a child of the API's process, for installations on one machine."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import structlog

from app.processes.metrics_files import VARIABLE

log = structlog.get_logger()

RESTART_SECONDS = 2.0
STOP_SECONDS = 15.0
WHILE_STDIN_IS_OPEN = "--while-stdin-is-open"
"""What a scheduler is told that must end when its parent does."""


@contextlib.contextmanager
def scheduler_beside() -> Iterator[None]:
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
        # its metrics are scraped at an address of its own
        env={name: value for name, value in os.environ.items() if name != VARIABLE},
        start_new_session=True,  # Ctrl-C is for this process: a child that still starts would answer with a traceback
    )
