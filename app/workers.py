"""Calculations off the event loop: a pool of processes, each started when it is first needed."""

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar, TypeVarTuple, cast

import structlog

from app.worker_process import HEAD

log = structlog.get_logger()

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerLost(Exception):
    """A process ended over a calculation, by a signal or for want of memory."""


class Workers:
    """An async context manager: `processes` of them. Who calculates waits for its turn, in the order of asking."""

    def __init__(self, processes: int) -> None:
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._all = [_Worker() for _ in range(processes)]
        for worker in self._all:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """What `function`, one of a module, makes of its arguments; raises what it raises, or WorkerLost.

        A caller that is cancelled takes the calculation's process along.
        """
        worker = await self._idle.get()
        try:
            succeeded, outcome = await worker.call(pickle.dumps((function, arguments)))
        finally:
            self._idle.put_nowait(worker)
        if isinstance(outcome, BaseException) and not succeeded:
            raise outcome
        return cast(T, outcome)

    async def close(self) -> None:
        """End the processes. Who calculates after that starts them anew."""
        await asyncio.gather(*(worker.end() for worker in self._all))


class _Worker:
    """One process, started anew where it ended."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None

    async def call(self, request: bytes) -> tuple[bool, object]:
        if self._child is None or self._child.returncode is not None:
            self._child = await _start()
        try:
            return await _exchange(self._child, request)
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.end()
            log.warning("worker_lost", reason=repr(error))
            raise WorkerLost("A calculation's process ended before it was done.") from error
        except asyncio.CancelledError:
            await self.end()  # half an answer lies in the pipe
            raise

    async def end(self) -> None:
        """End the process, whatever it does."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        if child.stdin is not None:
            child.stdin.close()


async def _exchange(child: asyncio.subprocess.Process, request: bytes) -> tuple[bool, object]:
    stdin, stdout = child.stdin, child.stdout
    if stdin is None or stdout is None:
        raise OSError("a worker without pipes")
    stdin.writelines((HEAD.pack(len(request)), request))
    await stdin.drain()
    (size,) = HEAD.unpack(await stdout.readexactly(HEAD.size))
    answer: tuple[bool, object] = pickle.loads(await stdout.readexactly(size))  # noqa: S301 # our own
    return answer


async def _start() -> asyncio.subprocess.Process:
    """Start one. It gets nothing of this process's environment, which holds secrets, but what finds Python's modules.

    Each calculates with one thread: how many there are is how many processors the work may take.
    """
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.worker_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=kept | dict.fromkeys(_THREADS, "1") | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        start_new_session=True,  # Ctrl-C is for the parent
    )
