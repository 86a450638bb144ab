"""What tests leave behind: nothing, also where they are killed."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster_homes import REPOSITORY
from tests.processes import is_alive

PATIENCE = 60.0
MAKEFILE = REPOSITORY / "Makefile"

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
        assert is_alive(int(pid))
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=PATIENCE)  # the remover has the run's output, which ends with it
    assert not Path(home).exists()
    assert not is_alive(int(pid))


MAIL = """
import os
from pathlib import Path
from app.demo.mail_server import mail_server
with mail_server("orders@example.test"):
    print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    input()
"""


def test_a_killed_run_leaves_no_mail_server() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAIL], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        server = os.pidfd_open(int(run.stdout.readline()))
        run.send_signal(signal.SIGKILL)
        ended, _, _ = select.select([server], [], [], PATIENCE)
    os.close(server)
    assert ended


def test_tests_end_soon_after_whoever_started_them() -> None:
    program = "import sys; from tests.processes import end_with; end_with(int(sys.argv[1])); sys.stdin.read()"
    with subprocess.Popen(["sleep", "60"]) as starter:
        command = [sys.executable, "-c", program, str(starter.pid)]
        with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE) as tests:
            starter.kill()
            starter.wait()
            assert tests.wait(PATIENCE) == -signal.SIGKILL


def test_make_says_that_the_tests_end_with_it() -> None:
    assert "ENDS_WITH=$$PPID $(BIN)/python -m pytest" in MAKEFILE.read_text()
