"""The API's worker processes, forked from one that has loaded everything, replaced where they die (decision 44).

uvicorn's own supervisor starts each anew, with all imports, and asks a worker that has just died whether it lives, for
as long as a worker may keep silent: meanwhile nobody looks after the others.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection
from multiprocessing.context import ForkServerContext, ForkServerProcess

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE

log = structlog.get_logger()

LOOK_SECONDS = 0.1
SILENT_SECONDS = 60.0
"""How long a worker's event loop may stand still, its start included, before the worker is taken for hung."""
BEAT_SECONDS = 5
SHORT_LIFE_SECONDS = 5.0
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 0.1, 2.0
STOP_SECONDS = 15.0
ORPHAN_SECONDS = 12.0
"""How long a worker whose parent was killed finishes what it has begun; it takes nothing new."""

PRELOADED = ("app.processes.preloaded",)
"""What workers hold, and their parent does not."""

EndOfWorker = Callable[[int], None]
"""Told of the pid of each worker that has ended."""


def rest_after(short_lives: int) -> float:
    """Seconds before a worker is replaced: none, but for those that die as soon as they live."""
    return min(FIRST_REST_SECONDS * 2.0 ** min(short_lives - 1, 10), LONGEST_REST_SECONDS) if short_lives else 0.0


class Worker:
    """One place among the workers: the process that holds it now, and how its predecessors fared."""

    def __init__(self, context: ForkServerContext, config: uvicorn.Config, listener: socket.socket) -> None:
        self._context, self._config, self._listener = context, config, listener
        self.process: ForkServerProcess | None = None
        self.was_ready = False
        self._short_lives = 0
        self._start_at = self._started_at = self._heard_at = 0.0
        self._beats: connection.Connection | None = None

    def start_when_due(self) -> None:
        """Start a process, unless one runs or its turn has not come."""
        now = time.monotonic()
        if self.process is not None or now < self._start_at:
            return
        self._beats, beating = self._context.Pipe(duplex=False)
        self.process = self._context.Process(target=serve_as_worker, args=(self._config, self._listener, beating))
        self.process.start()
        beating.close()
        self.was_ready, self._started_at, self._heard_at = False, now, now

    def listen(self) -> None:
        """Take note of its heartbeats; end it where they have stopped."""
        if self.process is None or self._beats is None:
            return
        with contextlib.suppress(EOFError, OSError):
            while self._beats.poll():
                self._beats.recv_bytes()
                self.was_ready, self._heard_at = True, time.monotonic()
        if time.monotonic() - self._heard_at > SILENT_SECONDS:
            log.error("worker_hangs", pid=self.process.pid)
            self.process.kill()
            self.process.join()

    def buried(self) -> tuple[int, int] | None:
        """The pid and exit code of the process that has ended here; None where none has."""
        if self.process is None or self.process.exitcode is None:
            return None
        ended = (self.process.pid or 0, self.process.exitcode)
        now = time.monotonic()
        self._short_lives = self._short_lives + 1 if now - self._started_at < SHORT_LIFE_SECONDS else 0
        self._start_at = now + rest_after(self._short_lives)
        if self._beats is not None:
            self._beats.close()
        self.process = None
        return ended


class ApiWorkers:
    """Runs so many workers until a signal comes. The parent holds the port: while one is replaced, callers wait."""

    def __init__(
        self,
        config: uvicorn.Config,
        count: int,
        *,
        on_end: EndOfWorker,
        prepare: Callable[[], None] | None = None,
        preload: Sequence[str] = PRELOADED,
    ) -> None:
        """`preload`: modules that the fork server loads, with all that they import: a fork of it serves at once.

        `prepare` is run in a fork before there are workers: this process holds nothing of the service.
        """
        self._context = context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(preload))
        self._prepare = prepare
        self._listener, self._on_end = config.bind_socket(), on_end
        self._workers = [Worker(context, config, self._listener) for _ in range(count)]
        self._stopping = self._has_served = False

    def run(self) -> int:
        """Serve until SIGINT, SIGTERM or SIGHUP. Answers the exit code: that of a worker which could not begin."""
        if threading.current_thread() is threading.main_thread():  # no other hears signals
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._stop)
        failure = self._prepare_apart()
        while not self._stopping and not failure:
            for worker in self._workers:
                worker.start_when_due()
            connection.wait([w.process.sentinel for w in self._workers if w.process], timeout=LOOK_SECONDS)
            failure = max(self._look_after(worker) for worker in self._workers)
        self._end()
        return failure

    def _prepare_apart(self) -> int:
        """Prepare; the exit code of the process that did."""
        if self._prepare is None:
            return 0
        process = self._context.Process(target=self._prepare)
        process.start()
        while process.is_alive() and not self._stopping:
            process.join(LOOK_SECONDS)
        process.kill()
        process.join()
        return 0 if self._stopping else abs(process.exitcode or 0)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _look_after(self, worker: Worker) -> int:
        worker.listen()
        self._has_served |= worker.was_ready
        ended = worker.buried()
        if ended is None or self._stopping:
            return 0
        pid, exit_code = ended
        self._on_end(pid)
        log.warning("worker_died", pid=pid, exit_code=exit_code)
        # one that gave up by itself before any has ever served will do so again: a wrong setting, a broken installation
        if exit_code == STARTUP_FAILURE or (exit_code > 0 and not self._has_served):
            log.error("worker_cannot_begin", exit_code=exit_code)
            return exit_code
        return 0

    def _end(self) -> None:
        self._listener.close()
        processes = [worker.process for worker in self._workers if worker.process is not None]
        for process in processes:
            process.terminate()
        give_up = time.monotonic() + STOP_SECONDS
        for process in processes:
            process.join(max(0.0, give_up - time.monotonic()))
            process.kill()
            process.join()


def serve_as_worker(config: uvicorn.Config, listener: socket.socket, beating: connection.Connection) -> None:
    """What a worker process does: serve on the parent's port, for as long as there is a parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until uvicorn listens to it: the parent hears Ctrl-C, too
    signal.signal(signal.SIGTERM, _leave)  # uvicorn sends it again when all is done: the last log lines leave
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()

    async def beat() -> None:
        with contextlib.suppress(OSError):
            beating.send_bytes(b"")

    config.callback_notify, config.timeout_notify = beat, BEAT_SECONDS
    uvicorn.Server(config).run([listener])


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _end_with_parent() -> None:
    """Nobody else would end it: its parent for the kernel is the fork server, which outlives a killed parent."""
    parent = multiprocessing.parent_process()
    if parent is None:
        raise RuntimeError("nobody has started this process")
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)  # the port is let go of at once
    too_late = threading.Timer(ORPHAN_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
    too_late.daemon = True  # a worker that ends in time takes it along
    too_late.start()
