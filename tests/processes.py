"""Processes that tests start: they end with the tests, also where those are killed."""

from pathlib import Path

ENDING_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")
"""Before a command: the kernel ends it when the process that has started it is gone."""


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that ended and that nobody waits for does not."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
