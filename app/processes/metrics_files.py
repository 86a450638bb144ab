"""Where the API's workers keep their counters: a directory of files, so that any of them answers for all.

In memory where that can be: a counter whose file is on a full disk ends its process with SIGBUS.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import multiprocess

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "fieldproof-metrics-"
_MEMORY = Path("/dev/shm")  # noqa: S108 # names that nobody can guess, see mkdtemp


@contextmanager
def shared_metrics() -> Iterator[None]:
    """Within the block, processes that are started share their metrics. What killed ones have left is removed."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for leftover in place.glob(f"{_PREFIX}*"):
        if not _is_in_use(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
    directory = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=place)
    os.environ[VARIABLE] = directory
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        shutil.rmtree(directory, ignore_errors=True)


def forget_process(pid: int) -> None:
    """A worker has ended: what it counted stays counted, what it only showed goes."""
    with contextlib.suppress(OSError):
        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _is_in_use(directory: Path) -> bool:
    pid = directory.name.removeprefix(_PREFIX).partition("-")[0]
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
