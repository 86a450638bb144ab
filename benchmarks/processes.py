"""What processes have used of the processor, as Linux tells it."""

import os
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PARENT, _FIRST, _LAST = 1, 11, 15
"""Fields of `/proc/PID/stat` after the name: the parent; user and system time, own and of children that have ended."""


def cpu_seconds(root: int) -> float:
    """Seconds of CPU that a process and all below it have used since they began, those that have ended included.

    Raises FileNotFoundError where there is no such process.
    """
    stats = _stats()
    if root not in stats:
        raise FileNotFoundError(f"/proc/{root}")
    family, waiting = set(), [root]
    while waiting:
        parent = waiting.pop()
        family.add(parent)
        waiting += [pid for pid, stat in stats.items() if int(stat[_PARENT]) == parent]
    return sum(int(ticks) for pid in family for ticks in stats[pid][_FIRST:_LAST]) * _TICK_S


def nanoseconds_running(pid: int) -> int:
    """How long a process has been running on a processor since it began. Raises FileNotFoundError."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def _stats() -> dict[int, list[str]]:
    stats = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = (folder / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                continue
            stats[int(folder.name)] = told.rpartition(")")[2].split()
    return stats
