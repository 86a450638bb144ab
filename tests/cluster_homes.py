"""Homes of clusters that tests start: in memory where there is room, and gone with the tests, however these end."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.ground.private_cluster.cluster import Cluster

REPOSITORY = Path(__file__).resolve().parents[1]
MEMORY = Path("/dev/shm")
LEAST_FREE_BYTES = 4 * 1024**3


@contextmanager
def cluster_home() -> Iterator[Path]:
    """A directory that every account can enter. The clusters within it are removed at the end, with what is outside.

    By a process of its own, which also outlives tests that are killed: a server is nobody's child, and would stay.
    """
    home = Path(tempfile.mkdtemp(prefix="fieldproof-test-", dir=_roomy()))
    home.chmod(0o755)
    remover = subprocess.Popen(
        [sys.executable, "-m", __name__, str(home)], stdin=subprocess.PIPE, cwd=REPOSITORY, start_new_session=True
    )
    try:
        yield home
    finally:
        remover.communicate()
    assert remover.returncode == 0, f"{home} could not be removed"


def _roomy() -> Path | None:
    """Where files cost least: a copy of a database has a thousand."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= LEAST_FREE_BYTES else None


def remove(home: Path) -> None:
    """Remove a home with the clusters in it."""
    for place in sorted(home.rglob("postgres/place.json")):
        Cluster(place.parent.parent).remove()
    shutil.rmtree(home)


if __name__ == "__main__":
    sys.stdin.buffer.read()  # ends with the process that holds the other end
    remove(Path(sys.argv[1]))
