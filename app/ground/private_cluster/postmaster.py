"""Is the server of a data directory alive? Answered from the processes; a pid file alone proves nothing.

PostgreSQL refuses to start while the pid in `postmaster.pid`, or in a socket's lock file, belongs to any living process
of the same account. After `kill -9`, a crash or a reboot that may be a stranger.
"""

import contextlib
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server process of one data directory, if there is one."""

    data: Path

    @property
    def pid(self) -> int | None:
        """The pid of the living server of this data directory, ready or still starting; None where there is none."""
        pid = _pid_in(self.data / "postmaster.pid")
        return pid if pid is not None and self._is_ours(pid) else None

    @property
    def ready(self) -> bool:
        """Whether the server says that it takes connections (line 8 of its pid file)."""
        lines = _lines_of(self.data / "postmaster.pid")
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def wait_until_ready(self, pid: int, seconds: float) -> bool:
        """Wait until the process `pid` serves this data directory; False when it died or `seconds` have passed."""
        give_up = time.monotonic() + seconds
        pause = threading.Event()  # never set: there is nothing to wait on but the file's next state
        while _arguments_of(pid) and time.monotonic() < give_up:
            if self.pid == pid and self.ready:
                return True
            pause.wait(_POLL_SECONDS)
        return False

    def discard_locks_of_strangers(self, socket_lock: Path) -> None:
        """Remove lock files whose pid now belongs to another program.

        Locks of dead processes are left to PostgreSQL; its shared memory still guards against orphaned backends.
        """
        for path in (self.data / "postmaster.pid", socket_lock):
            pid = _pid_in(path)
            if pid is not None and _exists(pid) and not self._is_ours(pid):
                path.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        arguments = _arguments_of(pid)
        if not arguments or Path(arguments[0]).name != "postgres":
            return False
        with contextlib.suppress(OSError):  # not Linux, or not ours to look at: the arguments decide
            return (Path("/proc") / str(pid) / "cwd").samefile(self.data)
        return str(self.data) in arguments


def _lines_of(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def _pid_in(path: Path) -> int | None:
    first = _lines_of(path)[:1]
    return int(first[0]) if first and first[0].strip().isdigit() else None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _arguments_of(pid: int) -> list[str]:
    """The command line of a process; empty for none, and for one that is dead but not yet reaped."""
    if Path("/proc/self").exists():
        try:
            return (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            return []
    answer = subprocess.run(["/bin/ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.split()
