"""Servers that are started as processes of their own: a port for them, and waiting until they answer."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable

ASK_AGAIN_SECONDS = 0.05


class NotStarted(Exception):
    """A server ended, or was silent for too long, before it answered."""


def unused_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(server: "subprocess.Popen[bytes]", is_ready: Callable[[], bool], seconds: float) -> None:
    """Ask until the server is ready. Raises NotStarted where it ends before, which is noticed at once, or takes longer.

    A server that comes up tells nobody: it can only be asked again. Between two questions its end is waited for.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(ASK_AGAIN_SECONDS)
        if server.returncode is not None:
            raise NotStarted(f"it ended with status {server.returncode}")
        if time.monotonic() > deadline:
            raise NotStarted(f"it did not answer within {seconds:.0f} s")
