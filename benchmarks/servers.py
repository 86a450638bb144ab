"""Real processes for the benchmarks: a durable private cluster, the API with two workers, pgbench, wrk."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from app.demo.server_starts import NotStarted, wait_until_ready
from app.ground.db.session import asyncpg_url
from app.ground.private_cluster.postgres_binaries import binaries_for

HERE = Path(__file__).parent
CONNECTIONS = 32
START_SECONDS = 120
ORDER = HERE / "order.pgbench.sql"
"""One order of 12 lines a transaction."""


@dataclass(frozen=True, slots=True)
class Served:
    """The API as it runs: its address, and the process that all its workers descend from."""

    address: str
    pid: int


@contextmanager
def api(url: str, home: Path, port: int, workers: int = 2) -> Iterator[Served]:
    """Serve the API over `url` with its default settings."""
    env = os.environ | {
        "FIELDPROOF_DATABASE_URL": url,
        "FIELDPROOF_HOME": str(home),
        "FIELDPROOF_DATABASE_POOL_SIZE": "16",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", str(workers)]
    with (home / "api.log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        try:
            wait_until_ready(server, partial(is_ready, address), START_SECONDS)
        except NotStarted as error:
            raise RuntimeError(f"the API: {error}: {(home / 'api.log').read_text()}") from error
        yield Served(address, server.pid)
    finally:
        server.terminate()
        server.wait(30)


def is_ready(address: str) -> bool:
    """Whether the API at an address says that it is ready."""
    try:
        return httpx.get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def pgbench(url: str, seconds: int, script: Path = ORDER) -> float:
    """Orders a second that pgbench writes by the script: prepared statements, 32 clients."""
    address = asyncpg_url(url)
    command = [
        str(binaries_for(None).program("pgbench")),
        *("--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=2", f"--time={seconds}"),
        f"--file={script}",
        str(address.database),
    ]
    # as for Fieldproof's: planning over all months costs more than writing
    options = "-c plan_cache_mode=force_generic_plan"
    env = os.environ | {"PGHOST": str(address.query["host"]), "PGUSER": str(address.username), "PGOPTIONS": options}
    if "port" in address.query:
        env["PGPORT"] = str(address.query["port"])
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", told)
    if found is None:
        raise RuntimeError(f"pgbench told no rate: {told}")
    return float(found[1])


def wrk(address: str, requests: Path, seconds: float, *, scheme: str = "Bearer") -> float:
    """Requests of a file a second that a server answers with 2xx; raises RuntimeError where any was refused.

    `scheme` is the Authorization header's.
    """
    command = [
        *("wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s"),
        *("-s", str(HERE / "requests.lua"), address),
    ]
    env = os.environ | {"BENCH_REQUESTS": str(requests), "BENCH_SCHEME": scheme}
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"not every request was answered well:\n{told}")
    return float(found[1])
