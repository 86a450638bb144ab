"""The API's workers: replaced where they die or hang, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn

from app.demo.server_starts import unused_port
from app.processes import api_workers, metrics_files
from app.processes.api_workers import ApiWorkers, rest_after
from tests.cluster_homes import REPOSITORY
from tests.processes import PATIENCE, is_alive, until
from tests.served_apps import note_pid

PARENT = """
import sys, uvicorn
from app.processes.api_workers import ApiWorkers
config = uvicorn.Config("tests.served_apps:tell_pid", port=int(sys.argv[1]), log_config=None)
sys.exit(ApiWorkers(config, 2, on_end=print, preload=[]).run())
"""


@asynccontextmanager
async def running(app: str, count: int) -> AsyncIterator[tuple[ApiWorkers, httpx.AsyncClient, list[int]]]:
    """Workers of `app`, a client, the pids of those that ended, and last the exit code."""
    port = unused_port()
    ended: list[int] = []
    config = uvicorn.Config(f"tests.served_apps:{app}", port=port, log_config=None, lifespan="on", loop="asyncio")
    workers = ApiWorkers(config, count, on_end=ended.append)
    thread = threading.Thread(target=lambda: ended.append(-workers.run()))
    thread.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield workers, client, ended
    finally:
        workers._stop()
        await asyncio.to_thread(thread.join, PATIENCE)
    assert not thread.is_alive()


async def serving_pids(workers: ApiWorkers) -> set[int]:
    """The pids of all workers, once all serve."""

    async def all_serve() -> bool:
        return all(worker.process is not None and worker.was_ready for worker in workers._workers)

    await until(all_serve)
    return {worker.process.pid for worker in workers._workers if worker.process and worker.process.pid}


@pytest.fixture(autouse=True)
def _quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_workers, "BEAT_SECONDS", 0.1)


async def test_workers_that_are_killed_are_replaced_at_once_and_callers_only_wait() -> None:
    async with running("tell_pid", 2) as (workers, client, ended):
        before = await serving_pids(workers)
        for _ in range(2):  # all of them, twice in a row
            for pid in await serving_pids(workers):
                os.kill(pid, signal.SIGKILL)
            assert int((await client.get("/", headers={"Connection": "close"})).text) not in before
        assert len(await serving_pids(workers) - before) == 2
        assert len(ended) == 4
    assert ended[-1] == 0


async def test_a_worker_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running("tell_pid", 1) as (workers, client, _):
        [hung] = await serving_pids(workers)
        monkeypatch.setattr(api_workers, "SILENT_SECONDS", 1.0)
        os.kill(hung, signal.SIGSTOP)
        assert int((await client.get("/")).text) != hung
        monkeypatch.setattr(api_workers, "SILENT_SECONDS", PATIENCE)


async def test_workers_that_cannot_begin_end_the_parent_with_their_code() -> None:
    async with running("fail_to_begin", 2) as (_, _, ended):

        async def gave_up() -> bool:
            return len(ended) > 0 and ended[-1] < 0

        await until(gave_up)
    assert ended[-1] == -3


@pytest.mark.parametrize(("path", "code"), [("told", 0), ("nowhere/told", 1)])
async def test_what_is_prepared_is_prepared_apart_and_where_it_fails_nobody_serves(
    tmp_path: Path, path: str, code: int
) -> None:
    config = uvicorn.Config("tests.served_apps:tell_pid", port=unused_port(), log_config=None)
    workers = ApiWorkers(config, 1, on_end=print, prepare=partial(note_pid, tmp_path / path))
    running = asyncio.create_task(asyncio.to_thread(workers.run))
    if code == 0:
        [serving] = await serving_pids(workers)
        assert int((tmp_path / path).read_text()) not in {serving, os.getpid()}
        workers._stop()
    async with asyncio.timeout(PATIENCE):
        assert await running == code
    assert [worker.process is None for worker in workers._workers] == [code == 1]


async def test_a_parent_that_is_killed_leaves_no_worker_and_the_port_is_free() -> None:
    port = unused_port()
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(port), cwd=REPOSITORY)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        pids: set[int] = set()

        async def both_serve() -> bool:
            try:
                pids.add(int((await client.get("/", headers={"Connection": "close"})).text))
            except httpx.TransportError:
                return False
            return len(pids) == 2

        await until(both_serve)
    parent.kill()
    await parent.wait()

    async def all_have_ended() -> bool:
        return not any(is_alive(pid) for pid in pids)

    await until(all_have_ended)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


def test_only_workers_that_die_young_wait_for_their_turn() -> None:
    assert [round(rest_after(lives), 1) for lives in (0, 1, 2, 5, 60)] == [0.0, 0.1, 0.2, 1.6, 2.0]


def test_metrics_of_runs_that_were_killed_are_removed_and_those_of_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_files, "_MEMORY", tmp_path)
    gone = subprocess.Popen(["true"])
    gone.wait()
    places = {pid: tmp_path / f"fieldproof-metrics-{pid}-x" for pid in (gone.pid, os.getppid())}
    for place in places.values():
        place.mkdir()
    with metrics_files.shared_metrics():
        own = Path(os.environ[metrics_files.VARIABLE])
        assert own.parent == tmp_path
        assert [place.exists() for place in places.values()] == [False, True]
    assert not own.exists()
    assert metrics_files.VARIABLE not in os.environ
