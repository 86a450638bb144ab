"""Real processes for the benchmarks: a durable private cluster, the API with two workers, pgbench, wrk."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.ground.db.session import asyncpg_url
from app.ground.private_cluster.postgres_binaries import binaries_for

HERE = Path(__file__).parent
CONNECTIONS = 32
ORDER = HERE / "order.pgbench.sql"
"""One order of 12 lines a transaction."""


@contextmanager
def api(url: str, home: Path, port: int, workers: int = 2) -> Iterator[str]:
    """Serve the API over `url` with its default settings; yields its address."""
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
        _wait_until_ready(address, server, home / "api.log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_ready(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the API ended with status {server.returncode}: {log.read_text()}")
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.1)  # a process is starting: there is nothing to wait on but its answer
    raise RuntimeError("the API did not become ready")


def pgbench(url: str, seconds: int, script: Path = ORDER) -> float:
    """Orders a second that pgbench writes by the script: prepared statements, 32 clients."""
    address = asyncpg_url(url)
    command = [
        str(binaries_for(None).program("pgbench")),
        *("--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=2", f"--time={seconds}"),
        f"--file={script}",
        str(address.database),
    ]
    # without generic plans the foreign key's look-ups in a partitioned table are planned anew, line by line
    options = "-c plan_cache_mode=force_generic_plan"
    env = os.environ | {"PGHOST": str(address.query["host"]), "PGUSER": str(address.username), "PGOPTIONS": options}
    if "port" in address.query:
        env["PGPORT"] = str(address.query["port"])
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", told)
    if found is None:
        raise RuntimeError(f"pgbench told no rate: {told}")
    return float(found[1])


def wrk(address: str, script: str, seconds: int, env: Mapping[str, str]) -> float:
    """Requests a second that the API answers with 2xx; raises RuntimeError where any was refused."""
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", "-s", str(HERE / script), address]
    told = subprocess.run(
        command, env=os.environ | env | {"BENCH_FOLDER": str(HERE)}, check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"not every request was answered well:\n{told}")
    return float(found[1])
