"""Instructions of the API's process for each hot request, counted by valgrind: other load does not change them.

`instructions.json` keeps what they were, and whoever makes them grow by a tenth is told. They hang on the interpreter
and its libraries, so those are kept with them; and a little on which uploads meet in a group, so a twentieth says
nothing.
"""

import asyncio
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

import httpx

from app.demo.server_starts import wait_until_ready
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.forms import Forms, Post

CONNECTIONS = 16
"""Each sends its next request when its last one was answered: so many uploads are there at once at the most."""
ORDERS, UPLOADS = 640, 64
START_SECONDS = 900
SEED = 17


KEPT = Path(__file__).with_name("instructions.json")
MOST_GROWTH = 1.10


@dataclass(frozen=True, slots=True)
class Counted:
    """Instructions of the process a request, and by which interpreter."""

    order: int
    upload: int
    python: str


def kept() -> Counted:
    """What was counted when the file was written."""
    return Counted(**json.loads(KEPT.read_text()))


def keep(counted: Counted) -> None:
    """Write the file anew."""
    KEPT.write_text(json.dumps(asdict(counted), indent=2) + "\n")


async def measure(database: Database, settings: Settings, url: str, port: int) -> Counted:
    """Orders and uploads, each on a fresh day, after as many that warm the process up."""
    handhelds = await world.handhelds(database, settings)
    half = len(handhelds) // 2
    output = settings.home / "callgrind.out"
    with _counted_api(url, settings.home, port, output) as (address, pid):
        counts = []
        for number, kind in ((ORDERS, "orders"), (UPLOADS, "uploads")):
            await world.begin_day(database)
            forms = Forms(clock.now(), Random(SEED))
            posts = forms.orders(handhelds[:half]) if kind == "orders" else forms.uploads(handhelds[half:])
            await _send(address, list(islice(posts, number)))
            _control("--instr=on", pid)
            _control("--zero", pid)
            await _send(address, list(islice(posts, number)))
            _control("--dump", pid)
            _control("--instr=off", pid)
            counts.append(round(_newest_total(output) / number))
    order, upload = counts
    return Counted(order, upload, platform.python_version())


@contextmanager
def _counted_api(url: str, home: Path, port: int, output: Path) -> Iterator[tuple[str, int]]:
    env = os.environ | {"FIELDPROOF_DATABASE_URL": url, "FIELDPROOF_HOME": str(home)}
    command = [
        *("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={output}"),
        *(sys.executable, "-m", "app.cli", "serve", "--port", str(port)),
    ]
    with (home / "counted.log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(server, partial(servers.is_ready, address), START_SECONDS)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(60)


async def _send(address: str, posts: list[Post]) -> None:
    """Send requests over so many connections; raises RuntimeError where one is not answered with 2xx."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    waiting = iter(posts)

    async def work(client: httpx.AsyncClient) -> None:
        for post in waiting:
            headers = {"Authorization": f"Bearer {post.token}", "Content-Type": "application/json"}
            answer = await client.post(post.path, content=post.body, headers=headers)
            if not answer.is_success:
                raise RuntimeError(f"{post.path} was answered {answer.status_code}: {answer.text}")

    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=120) as client:
        await asyncio.gather(*(work(client) for _ in range(CONNECTIONS)))


def _control(what: str, pid: int) -> None:
    subprocess.run(["callgrind_control", what, str(pid)], check=True, capture_output=True)


def _newest_total(output: Path) -> int:
    """The instructions of the last dump: each dump has a number after the file's name."""
    newest = max(output.parent.glob(f"{output.name}.*"), key=lambda path: path.stat().st_mtime_ns)
    found = re.search(r"^(?:summary|totals): (\d+)", newest.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"valgrind told no total in {newest}")
    return int(found[1])
