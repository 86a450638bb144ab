"""The database goes away under load and comes back: no acknowledged order is lost, none is there twice or by half.

Real processes: a durable cluster, `fieldproof serve` with two workers, and handhelds that repeat an order by the same
id until it is acknowledged.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.demo.server_starts import unused_port
from app.ground import clock
from app.ground.db.session import Database
from app.ground.private_cluster.cluster import Cluster
from app.ground.settings import Settings
from app.main import create_app
from tests.cluster_homes import cluster_home
from tests.databases import migrate
from tests.factories.catalogue import make_product
from tests.factories.handheld import make_order
from tests.factories.identity import bearer, make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.processes import ENDING_WITH_US, until

PATIENCE = 60.0
REPS = 6
AGAIN_SECONDS = 0.02
LINES = 12
BETWEEN_OUTAGES = 60
"""Orders acknowledged before an outage, and again after it."""
SECRET = "restart" * 8

_ORDERS_WITH_LINES = """
    SELECT orders.id::text, orders.line_count, count(line.line_number)
    FROM orders LEFT JOIN order_lines line ON (line.business_date, line.order_id) = (orders.business_date, orders.id)
    GROUP BY orders.business_date, orders.id, orders.line_count
"""
_STRAY_LINES = """
    SELECT count(*) FROM order_lines line
    WHERE NOT EXISTS (SELECT FROM orders WHERE (business_date, id) = (line.business_date, line.order_id))
"""


@dataclass
class Day:
    """What the handhelds send, and what became of it."""

    outlet: str = ""
    products: list[str] = field(default_factory=list)
    devices: list[dict[str, str]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    is_over: bool = False


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    """A durable cluster of the test's own: what it acknowledges, a crash must not take back."""
    with cluster_home() as home:
        cluster = Cluster(home)
        await migrate(await asyncio.to_thread(cluster.ensure_running))
        yield cluster


@pytest.fixture
async def day(cluster: Cluster, tmp_path: Path, the_clock: clock.SetClock) -> Day:
    """A territory with its reps, as the served processes' clock has it: theirs is the wall's."""
    the_clock.move_to(datetime.now(UTC))
    database = Database(cluster.url, pool_size=1)
    app = create_app(Settings(home=tmp_path, token_secret=SECRET), database)  # type: ignore[arg-type] # parsed
    day = Day()
    async with database.transaction() as session:
        territory = await make_territory(session)
        day.outlet = (await make_outlet(session, territory)).code
        day.products = [(await make_product(session)).code for _ in range(LINES)]
        reps = [await make_rep(session, territory) for _ in range(REPS)]
        day.devices = [bearer(app, await make_device(session, rep)) for rep in reps]
    await database.close()
    return day


@contextlib.asynccontextmanager
async def served(url: str, home: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `fieldproof serve` over the database at `url`; the server and its workers end with the block."""
    port = unused_port()
    own = {"DATABASE_URL": url, "HOME": str(home), "TOKEN_SECRET": SECRET, "LOG_LEVEL": "error"}
    process = await asyncio.create_subprocess_exec(
        *(*ENDING_WITH_US, sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", "2"),
        env=os.environ | {f"FIELDPROOF_{name}": value for name, value in own.items()},
        start_new_session=True,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            async with asyncio.TaskGroup() as waiting:
                started = waiting.create_task(until(lambda: is_ready(client), PATIENCE))
                ended = waiting.create_task(process.wait())
                await asyncio.wait({started, ended}, return_when=asyncio.FIRST_COMPLETED)
                assert not ended.done(), "the server ended instead of serving"
                ended.cancel()
            yield client
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def orders_counted(client: httpx.AsyncClient) -> float:
    """How many orders were answered as recorded, as /metrics has it."""
    lines = (await client.get("/metrics", headers={"Connection": "close"})).text.splitlines()
    counted = [line for line in lines if line.startswith("fieldproof_http_requests_total") and '"/v1/orders"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in counted if 'status="20' in line)


async def keep_ordering(client: httpx.AsyncClient, day: Day, headers: dict[str, str]) -> None:
    """A rep's handheld: order after order, each sent until it is acknowledged."""
    while not day.is_over:
        order = make_order(day.outlet, *day.products, time=clock.now())
        while not await is_acknowledged(client, day, headers, order):  # noqa: ASYNC110 # a pause, not a wait
            await asyncio.sleep(AGAIN_SECONDS)
        day.acknowledged.append(order["id"])


async def is_acknowledged(client: httpx.AsyncClient, day: Day, headers: dict[str, str], order: dict[str, Any]) -> bool:
    try:
        answer = await client.post("/v1/orders", json=order, headers=headers)
    except httpx.TransportError as error:
        day.dropped[type(error).__name__] += 1
        return False
    day.statuses[answer.status_code] += 1
    return answer.status_code in {200, 201}


async def more_orders(day: Day) -> None:
    """Wait until as many orders more are acknowledged as lie between two outages."""
    enough = len(day.acknowledged) + BETWEEN_OUTAGES

    async def are_there() -> bool:
        return len(day.acknowledged) >= enough

    await until(are_there, PATIENCE)


async def was_refused(day: Day) -> bool:
    return day.statuses[503] > 0


async def stop(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.stop)


async def kill(cluster: Cluster) -> None:
    postmaster = cluster.status().pid
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)


@pytest.mark.parametrize("end", [stop, kill])
async def test_a_database_that_restarts_under_load_loses_no_acknowledged_order_and_keeps_no_half_one(
    cluster: Cluster, day: Day, tmp_path: Path, end: Callable[[Cluster], Awaitable[None]]
) -> None:
    async with served(cluster.url, tmp_path) as client:
        async with asyncio.TaskGroup() as handhelds:
            for headers in day.devices:
                handhelds.create_task(keep_ordering(client, day, headers))
            await more_orders(day)
            await end(cluster)
            await until(lambda: was_refused(day), PATIENCE)
            await asyncio.to_thread(cluster.ensure_running)
            await more_orders(day)
            day.is_over = True
        assert await is_ready(client)
        counts = [await orders_counted(client) for _ in range(6)]

    assert min(counts) == max(counts) >= len(day.acknowledged)  # whichever of the two workers is asked
    assert set(day.statuses) <= {200, 201, 503}, (day.statuses, day.dropped)
    await assert_each_order_is_there_once_and_whole(cluster, day)


async def assert_each_order_is_there_once_and_whole(cluster: Cluster, day: Day) -> None:
    database = Database(cluster.url, pool_size=1)
    async with database.read_only() as session:
        found = {order: (told, lines) for order, told, lines in await session.execute(text(_ORDERS_WITH_LINES))}
        rows = await session.scalar(text("SELECT count(*) FROM orders"))
        receipts = set(await session.scalars(text("SELECT id::text FROM event_receipts")))
        stray = await session.scalar(text(_STRAY_LINES))
    await database.close()
    assert set(found) == set(day.acknowledged) == receipts
    assert rows == len(day.acknowledged)
    assert set(found.values()) == {(LINES, LINES)}
    assert stray == 0
