"""Processes of our own that answer one request after the other over pipes, and the pool that keeps some of them.

A frame is its length (8 bytes, big-endian), then as many bytes. A child ends with its standard input, and so with its
parent, however that one ends.
"""

import asyncio
import contextlib
import os
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

HEAD = struct.Struct(">Q")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class ChildLost(Exception):
    """A process ended, or fell silent, over a request; the next request has a new one."""


class ChildProcess:
    """One process that runs a module, started when it is first asked, and anew where it ended."""

    def __init__(self, module: str, *, longest_answer: int | None = None, quiet: bool = False) -> None:
        self._module, self._longest_answer, self._quiet = module, longest_answer, quiet
        self._child: asyncio.subprocess.Process | None = None
        self.answered = 0
        """Requests that it has answered since it was started."""

    async def answer(self, request: bytes, seconds: float | None = None) -> bytes:
        """The answer to a request. Raises ChildLost where it does not come, or not within so many seconds.

        A caller that is cancelled takes the process along: half an answer lies in the pipe.
        """
        if self._child is None or self._child.returncode is not None:
            self._child, self.answered = await self._start(), 0
        try:
            async with asyncio.timeout(seconds):
                answer = await self._exchange(self._child, request)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await self.end()
            raise ChildLost(repr(error)) from error
        except asyncio.CancelledError:
            await self.end()
            raise
        self.answered += 1
        return answer

    async def _exchange(self, child: asyncio.subprocess.Process, request: bytes) -> bytes:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise OSError("a process without pipes")
        stdin.writelines((HEAD.pack(len(request)), request))
        await stdin.drain()
        (size,) = HEAD.unpack(await stdout.readexactly(HEAD.size))
        if self._longest_answer is not None and size > self._longest_answer:
            raise OSError(f"an answer of {size} bytes")
        return await stdout.readexactly(size)

    async def _start(self) -> asyncio.subprocess.Process:
        """Start it. It gets nothing of this process's environment, which holds secrets, but what finds Python's
        modules. It calculates with one thread: numpy's libraries would take one for each of the machine's processors.
        """
        environment = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL if self._quiet else None,
            env=environment | dict.fromkeys(_THREADS, "1") | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
            start_new_session=True,  # Ctrl-C is for the parent
        )

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


class ChildPool:
    """An async context manager: some processes, each lent to one caller at a time, in the order of asking."""

    def __init__(self, children: list[ChildProcess]) -> None:
        self._idle: asyncio.LifoQueue[ChildProcess] = asyncio.LifoQueue()
        self._all = children
        for child in children:
            self._idle.put_nowait(child)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes. Whoever asks after that starts them anew."""
        await asyncio.gather(*(child.end() for child in self._all))

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[ChildProcess]:
        """A process that nobody else has, until the block ends."""
        child = await self._idle.get()
        try:
            yield child
        finally:
            self._idle.put_nowait(child)
