"""The two requests that matter: orders one by one, and uploads of whole days, against pgbench, each on a fresh day."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.forms import EVENTS, Forms, Handheld, Post, write
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Served

WARM_UP_S = 2
ORDERS_A_SECOND, UPLOADS_A_SECOND = 3_000, 170
"""So many requests are made for each second: more than are sent."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came through a door: orders a second, and milliseconds of CPU a request, of the API and of PostgreSQL."""

    orders_a_second: float
    api_ms: float
    database_ms: float


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured in turns."""

    pgbench: Load
    orders: Load
    uploads: Load


@dataclass(frozen=True, slots=True)
class HotPath:
    """Where it is measured: the database, the pid of its server, the API, and the handhelds.

    Every measurement has a fresh day, and connections and plans that are warm.
    """

    database: Database
    url: str
    postmaster: int
    api: Served
    home: Path
    handhelds: list[Handheld]

    async def round(self, seconds: int) -> Round:
        """Each of the three once."""
        half = len(self.handhelds) // 2
        one_by_one, whole_days = self.handhelds[:half], self.handhelds[half:]
        return Round(
            await self._pgbench(seconds),
            await self.posts(lambda forms: forms.orders(one_by_one), ORDERS_A_SECOND, 1, seconds),
            await self.posts(lambda forms: forms.uploads(whole_days), UPLOADS_A_SECOND, EVENTS, seconds),
        )

    async def _pgbench(self, seconds: int) -> Load:
        await world.begin_day(self.database)
        await asyncio.to_thread(servers.pgbench, self.url, WARM_UP_S)
        before = cpu_seconds(self.postmaster)
        rate = await asyncio.to_thread(servers.pgbench, self.url, seconds)
        return Load(rate, 0, (cpu_seconds(self.postmaster) - before) * 1e3 / (rate * seconds))

    async def posts(
        self,
        made: Callable[[Forms], Iterator[Post]],
        most_a_second: int,
        orders: int,
        seconds: int,
        beside: AbstractAsyncContextManager[object] | None = None,
    ) -> Load:
        """What the API does with requests of so many orders each. `beside`: what goes on while it is measured."""
        await world.begin_day(self.database)
        posts = made(Forms(clock.now()))
        warming, measured = self.home / "warming.tsv", self.home / "measured.tsv"
        write(warming, posts, most_a_second * WARM_UP_S)
        write(measured, posts, most_a_second * seconds)
        await asyncio.to_thread(servers.wrk, self.api.address, warming, WARM_UP_S)
        async with beside or nullcontext():
            api, database = cpu_seconds(self.api.pid), cpu_seconds(self.postmaster)
            rate = await asyncio.to_thread(servers.wrk, self.api.address, measured, seconds)
            requests = rate * seconds
            return Load(
                rate * orders,
                (cpu_seconds(self.api.pid) - api) * 1e3 / requests,
                (cpu_seconds(self.postmaster) - database) * 1e3 / requests,
            )


async def measure(
    database: Database, settings: Settings, url: str, postmaster: int, *, port: int, rounds: int, seconds: int
) -> list[Round]:
    """Rounds of pgbench, orders and uploads in turns; one more before them warms the API up."""
    handhelds = await world.handhelds(database, settings)
    with servers.api(url, settings.home, port) as api:
        path = HotPath(database, url, postmaster, api, settings.home, handhelds)
        return [await path.round(seconds) for _ in range(rounds + 1)][1:]
