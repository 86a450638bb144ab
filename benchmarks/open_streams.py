"""What open pages cost the API: orders a second with 200 streams and without, in turns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.hot_path import ORDERS_A_SECOND, HotPath, Load
from benchmarks.supervisors import COOKIE, sign_in_supervisors

ORDERING, ELSEWHERE = range(1, 51), range(51, 101)
"""The numbers of the territories whose reps send orders, and of those where nothing happens meanwhile."""
PAGES = ("today", "map")
PEOPLE = 2
"""Supervisors of each territory, who have both pages open."""
STREAMS = len(ORDERING) * PEOPLE * len(PAGES)
OPEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A load, and how many events open pages were told a second meanwhile."""

    load: Load
    events_a_second: float = 0


@dataclass(frozen=True, slots=True)
class StreamsRound:
    """Measured in turns: without streams, with streams that are told nothing, with streams told of every order."""

    alone: Turn
    quiet: Turn
    told: Turn


async def measure(
    database: Database, settings: Settings, url: str, postmaster: int, *, port: int, rounds: int, seconds: int
) -> list[StreamsRound]:
    """Rounds of the three in turns; one more before them warms the API up."""
    handhelds = await world.handhelds(database, settings)
    # the other half has checked in nowhere (day.sql); world.sql says where each rep works
    half = enumerate(handhelds[: len(handhelds) // 2], 1)
    ordering = [handheld for rep_id, handheld in half if 1 + rep_id % world.TERRITORIES in ORDERING]
    told = await _requests(database, settings, ORDERING)
    quiet = await _requests(database, settings, ELSEWHERE)
    with servers.api(url, settings.home, port) as api:
        path = HotPath(database, url, postmaster, api, settings.home, ordering)
        turns = [await _round(path, {"alone": [], "quiet": quiet, "told": told}, seconds) for _ in range(rounds + 1)]
    return turns[1:]


def share(rounds: Sequence[StreamsRound], name: str) -> float:
    """What is left of the throughput beside streams that are `quiet` or `told`: the median of the rounds."""
    return median(getattr(each, name).load.orders_a_second / each.alone.load.orders_a_second for each in rounds)


async def _round(path: HotPath, streams: dict[str, list[bytes]], seconds: int) -> StreamsRound:
    turns = {}
    for name, requests in streams.items():
        pages = [OpenPage(request) for request in requests]
        load = await path.posts(
            lambda forms: forms.orders(path.handhelds), ORDERS_A_SECOND, 1, seconds, _open(path.api.address, pages)
        )
        turns[name] = Turn(load, sum(page.events for page in pages) / seconds)
    return StreamsRound(**turns)


async def _requests(database: Database, settings: Settings, numbers: range) -> list[bytes]:
    """What browsers of the territories' supervisors ask for to follow what happens."""
    codes = [f"T{number}" for number in numbers for _ in range(PEOPLE)]
    cookies = await sign_in_supervisors(database, settings, codes)
    return [
        f"GET /console/{page}/live?territory_code={code} HTTP/1.1\r\nHost: localhost\r\n"
        f"Accept: text/event-stream\r\nCookie: {COOKIE}={cookie}\r\n\r\n".encode()
        for code, cookie in zip(codes, cookies, strict=True)
        for page in PAGES
    ]


class OpenPage(asyncio.Protocol):
    """A page with its stream: reads and counts events, and nothing else, for it uses the cores that are measured."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._answer = b""
        self._opened = asyncio.Event()
        self.events = 0
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        transport.write(self._request)  # type: ignore[attr-defined] # a socket's is a Transport

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._answer = self._answer or data
        self._opened.set()
        self.events += data.count(b"event: ")

    def connection_lost(self, _: Exception | None) -> None:
        """The server has ended it, or we have."""
        self.is_lost = True
        self._opened.set()

    async def opened(self) -> None:
        """Wait for the answer. Raises RuntimeError where that is no stream."""
        await self._opened.wait()
        if self.is_lost or not self._answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"No stream was opened: {self._answer[:200]!r}")


@asynccontextmanager
async def _open(address: str, pages: Sequence[OpenPage]) -> AsyncIterator[None]:
    """Have them all open within the block. Raises RuntimeError where one of them does not stay so."""
    loop, server = asyncio.get_running_loop(), urlsplit(address)
    transports = []
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            for page in pages:
                transport, _ = await loop.create_connection(lambda page=page: page, server.hostname, server.port)
                transports.append(transport)
                await page.opened()
        for page in pages:
            page.events = 0
        yield
        if any(page.is_lost for page in pages):
            raise RuntimeError("Not every stream stayed open.")
    finally:
        for transport in transports:
            transport.close()
