"""Keeps the private cluster running for as long as the service does: nobody else would start it after a crash."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from app.ground.private_cluster.cluster import Cluster, ClusterState

log = structlog.get_logger()

LOOK_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0


@contextmanager
def kept_running(home: Path, *, look_seconds: float = LOOK_SECONDS) -> Iterator[None]:
    """Within the block the cluster of `home` is started again where it has died; not where somebody has stopped it."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(Cluster(home), over, look_seconds), name="database", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()


def _keep(cluster: Cluster, over: threading.Event, look_seconds: float) -> None:
    rest = look_seconds
    while not over.wait(rest):
        try:
            if cluster.status().state is not ClusterState.STOPPED or cluster.was_stopped:
                rest = look_seconds
                continue
            log.error("database_died")
            if cluster.restart():
                log.warning("database_started_again")
            rest = look_seconds
        except Exception:  # a full disk, for one: it may have room again a moment later
            log.exception("database_not_started")
            rest = min(rest * 2, LONGEST_REST_SECONDS)
