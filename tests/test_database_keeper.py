"""The private database is kept running for as long as the service runs."""

import asyncio
import os
import signal

from app.ground.private_cluster.cluster import Cluster, ClusterState
from app.processes.database_keeper import kept_running
from tests.cluster_homes import cluster_home
from tests.processes import until

QUICK = {"fsync": "off", "shared_buffers": "16MB"}


async def test_a_database_that_dies_is_started_again_and_one_that_somebody_stops_is_not() -> None:
    with cluster_home() as home:
        cluster = Cluster(home, overrides=QUICK)
        await asyncio.to_thread(cluster.ensure_running)

        async def runs() -> bool:
            return cluster.status().state is ClusterState.RUNNING and cluster.status().pid != killed

        with kept_running(home, look_seconds=0.05):
            killed = cluster.status().pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await until(runs)
            await asyncio.to_thread(cluster.stop)
            await asyncio.sleep(0.3)  # several looks
            assert cluster.status().state is ClusterState.STOPPED
            assert cluster.was_stopped
        await asyncio.to_thread(cluster.ensure_running)
        assert not cluster.was_stopped
