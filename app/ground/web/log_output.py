"""Where log lines leave the process: by a thread of their own, so that no reader can stop the work.

A pipe whose reader is gone raises, one whose reader sleeps blocks, a full disk raises, and a closed standard error is
whatever file was opened next. None of that is the business of whoever has something to tell: `write` only puts the line
into a queue. What cannot leave is dropped and counted.
"""

import io
import os
import select
import sys
import threading
import time
from multiprocessing.util import Finalize
from typing import TextIO

from prometheus_client import Counter

MOST_WAITING_BYTES = 4 * 1024 * 1024
"""What waits for a slow reader before lines are dropped."""

GATHERING_SECONDS = 0.05
"""So long lines gather before they leave together: the thread takes the interpreter from those who work."""
MANY_BYTES = 64 * 1024
"""So much gathers at the most."""

LAST_WORDS_SECONDS = 1.0
"""What a process that ends gives its reader to take the last lines."""

LOST = Counter("fieldproof_log_lines_lost", "Log lines of this process that nobody could take")


class LineOutput:
    """A file descriptor that lines are written to, in their order; None: there is nowhere to write."""

    def __init__(self, descriptor: int | None, *, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._descriptor, self._most_waiting_bytes = descriptor, most_waiting_bytes
        self._changed = threading.Condition()  # its lock may be taken again by a signal handler that logs
        self._lines: list[bytes] = []
        self._waiting_bytes = 0
        self._is_idle = False
        self._flushing = 0
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """Hand in a line, with its line end; several in one where a record has several. Never blocks, never raises."""
        line = text.encode("utf-8", "backslashreplace")
        with self._changed:
            if self._descriptor is None or self._waiting_bytes + len(line) > self._most_waiting_bytes:
                LOST.inc()
                return
            if not self._is_writing():
                LOST.inc()
                return
            self._lines.append(line)
            self._waiting_bytes += len(line)
            if self._is_idle or self._waiting_bytes >= MANY_BYTES:
                self._changed.notify_all()

    def flush(self, seconds: float = LAST_WORDS_SECONDS) -> None:
        """Wait until everything has left, but no longer than that."""
        give_up = time.monotonic() + seconds
        with self._changed:
            self._flushing += 1
            self._changed.notify_all()
            while self._waiting_bytes and (left := give_up - time.monotonic()) > 0:
                self._changed.wait(left)
            self._flushing -= 1

    def _is_writing(self) -> bool:
        """Whether the thread runs; it is started with the first line, and again in a process that was forked."""
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._write_on, name="log output", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread can be had: none is left, or the interpreter ends
                return False
            self._thread = thread
        return True

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._is_idle = True
                self._changed.wait_for(lambda: self._lines)
                self._is_idle = False
                self._changed.wait_for(self._is_in_a_hurry, GATHERING_SECONDS)
                lines, self._lines = self._lines, []
            try:
                self._write_all(b"".join(lines))
            except OSError:
                LOST.inc(len(lines))
            with self._changed:
                self._waiting_bytes -= sum(map(len, lines))
                self._changed.notify_all()

    def _is_in_a_hurry(self) -> bool:
        return self._flushing > 0 or self._waiting_bytes >= MANY_BYTES

    def _write_all(self, text: bytes) -> None:
        rest = memoryview(text)
        while rest and self._descriptor is not None:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # somebody else has made the pipe non-blocking: its reader sleeps
                _wait_until_writable(self._descriptor)


def _wait_until_writable(descriptor: int) -> None:
    """Wait until a descriptor takes text again, or its reader has gone: the next write tells that."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    waiting.poll()


def standard_error() -> LineOutput:
    """Standard error as an output, flushed where the process ends."""
    output = LineOutput(_descriptor_of(sys.stderr))
    Finalize(None, output.flush, exitpriority=0)  # children of multiprocessing end without what atexit knows
    return output


def _descriptor_of(stream: TextIO | None) -> int | None:
    """The stream's descriptor, 2 where it has none; None where standard error was closed when the process began."""
    if stream is None:
        return None
    try:
        return stream.fileno()
    except (io.UnsupportedOperation, ValueError):
        return 2
