"""Processes that tests start: they end with the tests, also where those are killed."""

import asyncio
import contextlib
import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Awaitable, Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

ENDING_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")
"""Before a command: the kernel ends it when the process that has started it is gone."""

PATIENCE = 30.0

_PRELOADED = (
    "scheduler.process",
    "tests.doors.order_inbox.mail.killed_door",
    "tests.ground.outbox.killed_worker",
)
"""What the fork server imports once: what is forked from it starts at once, instead of after seconds of imports."""


def start_fork(target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start a process that runs a function of a preloaded module. It ends with the tests, however those end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    process = context.Process(target=_run_until_orphaned, args=(target, *arguments), daemon=True)
    process.start()
    return process


def _run_until_orphaned(target: Callable[..., None], *arguments: Any) -> None:
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    target(*arguments)


def _end_with_the_tests() -> None:
    """The kernel would not do it: this process's parent is the fork server, which lives as long as its children."""
    tests = multiprocessing.parent_process()
    if tests is None:
        raise RuntimeError("nobody has started this process")
    tests.join()
    os.kill(os.getpid(), signal.SIGKILL)


async def exit_code_of(process: ForkServerProcess) -> int:
    """Wait for its end; how it ended: minus the signal that killed it."""
    await asyncio.to_thread(process.join)
    if process.exitcode is None:
        raise RuntimeError("it has not ended")
    return process.exitcode


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Ask until it holds: what other processes do sets no event here. Raises TimeoutError where it takes longer."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 # see above
            await asyncio.sleep(0.05)


def end_with(pid: int) -> None:
    """End this process as soon as another one has ended, however that ends."""

    def watch() -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            ended = os.pidfd_open(pid)
            waiting = select.poll()
            waiting.register(ended, select.POLLIN)
            waiting.poll()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="end", daemon=True).start()


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that ended and that nobody waits for does not."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
