"""What tests leave behind: nothing, also where they are killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cluster_homes import REPOSITORY

PATIENCE = 60.0

RUN = """
from app.ground.private_cluster.cluster import Cluster
from tests.cluster_homes import cluster_home
with cluster_home() as home:
    cluster = Cluster(home, overrides={"fsync": "off", "shared_buffers": "16MB"})
    cluster.ensure_running()
    print(home, cluster.status().pid, flush=True)
    input()
"""


def test_a_killed_run_leaves_no_server_and_no_files() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        home, pid = run.stdout.readline().split()
        assert Path(f"/proc/{pid}").exists()
        run.send_signal(signal.SIGKILL)
    give_up = time.monotonic() + PATIENCE
    while (Path(home).exists() or Path(f"/proc/{pid}").exists()) and time.monotonic() < give_up:
        time.sleep(0.05)  # another process removes them, and sets no event here
    assert not Path(home).exists()
    assert not Path(f"/proc/{pid}").exists()
