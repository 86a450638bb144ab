"""Fieldproof itself, measured like its peers, in the world of the benchmarks."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from app.ground import clock
from app.ground.db.migrations import upgrade
from app.ground.db.session import Database
from app.ground.private_cluster.roles import DATABASE, SERVICE_ROLE
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.forms import Forms, Handheld, Post
from benchmarks.peers.peer import PORT, WORKERS, Peer, Place
from benchmarks.servers import Served

_SECRET = "benchmark" * 5


class Fieldproof(Peer):
    """POST /v1/orders: each outlet of each rep once, on a day that begins anew."""

    name = "Fieldproof"
    database = DATABASE
    orders_recorded = "orders"

    def install(self, installed: Path) -> None:
        """Nothing: this environment has it."""

    def set_up(self, place: Place) -> None:
        """The benchmarks' world."""
        os.environ["FIELDPROOF_TOKEN_SECRET"] = _SECRET
        asyncio.run(upgrade(place.cluster.owner_url, service_role=SERVICE_ROLE))
        _with_database(place, world.fill)

    def begin(self, place: Place) -> None:
        """A fresh day."""
        _with_database(place, world.begin_day)

    def serve(self, place: Place) -> AbstractContextManager[Served]:
        """As `fieldproof serve` does."""
        return servers.api(place.cluster.url, place.home, PORT, WORKERS)

    def posts(self, place: Place) -> Iterator[Post]:
        """Of the reps who have checked in at their outlets."""
        settings = Settings(home=place.home, token_secret=_SECRET)  # type: ignore[arg-type]  # parsed into a SecretStr
        reps: list[Handheld] = []

        async def read(database: Database) -> None:
            reps.extend(await world.handhelds(database, settings))

        _with_database(place, read)
        return Forms(clock.now()).orders(reps[: len(reps) // 2])


def _with_database(place: Place, work: Callable[[Database], Awaitable[None]]) -> None:
    """Work with connections that end afterwards: what they did is counted by then."""

    async def run() -> None:
        database = Database(
            place.cluster.owner_url, pool_size=2, server_settings={"idle_in_transaction_session_timeout": "0"}
        )
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())
