"""What open pages cost the API: orders a second with 200 streams and without, in turns, while check-ins arrive."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from urllib.parse import urlsplit

import httpx

from app.doors.console.live.feed import LONGEST_REST_SECONDS
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from benchmarks import servers, world
from benchmarks.forms import Forms, Handheld
from benchmarks.hot_path import ORDERS_A_SECOND, HotPath, Load
from benchmarks.supervisors import COOKIE, sign_in_supervisors

ORDERING, CHECKING_IN, SILENT = range(1, 51), range(51, 76), range(76, 101)
"""The numbers of the territories whose reps send orders, of those where check-ins arrive, and of the others."""
CHECK_INS_A_SECOND = 20
"""Twice what 5,000 reps with 30 visits send on average."""
PAGES = ("today", "map")
PEOPLE = 4
"""Supervisors of each territory that is looked at, who have both pages open."""
STREAMS = len(SILENT) * PEOPLE * len(PAGES)
OPEN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A load of orders, and how many events open pages were told a second meanwhile."""

    load: Load
    events_a_second: float


@dataclass(frozen=True, slots=True)
class StreamsRound:
    """Measured in turns: without streams, with streams that are told nothing, with streams told of check-ins."""

    alone: Turn
    quiet: Turn
    told: Turn


async def measure(
    database: Database, settings: Settings, url: str, postmaster: int, *, port: int, rounds: int, seconds: int
) -> list[StreamsRound]:
    """Rounds of the three in turns; one more before them warms the API up."""
    handhelds = await world.handhelds(database, settings)
    half = len(handhelds) // 2  # those have checked in already (day.sql)
    ordering = [each for rep_id, each in enumerate(handhelds[:half], 1) if _territory(rep_id) in ORDERING]
    checking_in = [each for rep_id, each in enumerate(handhelds[half:], half + 1) if _territory(rep_id) in CHECKING_IN]
    streams = {
        "alone": [],
        "quiet": await _requests(database, settings, SILENT),
        "told": await _requests(database, settings, CHECKING_IN),
    }
    with servers.api(url, settings.home, port) as api:
        path = HotPath(database, url, postmaster, api, settings.home, ordering)
        turns = [await _round(path, checking_in, streams, seconds) for _ in range(rounds + 1)]
    return turns[1:]


def _territory(rep_id: int) -> int:
    """The number of a rep's territory (world.sql)."""
    return 1 + rep_id % world.TERRITORIES


def share(rounds: Sequence[StreamsRound], name: str) -> float:
    """What is left of the throughput beside streams that are `quiet` or `told`: the median of the rounds."""
    shares = [getattr(each, name).load.orders_a_second / each.alone.load.orders_a_second for each in rounds]
    return float(median(shares))


async def _round(
    path: HotPath, checking_in: list[Handheld], streams: dict[str, list[bytes]], seconds: int
) -> StreamsRound:
    turns = {}
    for name, requests in streams.items():
        pages = [OpenPage(request) for request in requests]
        beside = _looked_at(path.api.address, pages, checking_in)
        load = await path.posts(lambda forms: forms.orders(path.handhelds), ORDERS_A_SECOND, 1, seconds, beside)
        turns[name] = Turn(load, sum(page.events for page in pages) / seconds)
        # until the readers have found that nobody looks on: the next day begins with other rows
        await asyncio.sleep(LONGEST_REST_SECONDS)
    return StreamsRound(**turns)


@asynccontextmanager
async def _looked_at(address: str, pages: Sequence["OpenPage"], checking_in: list[Handheld]) -> AsyncIterator[None]:
    """Have pages open and check-ins arrive within the block."""
    arriving = asyncio.create_task(_check_in(address, checking_in))
    try:
        async with _open(address, pages):
            yield
        if arriving.done():
            arriving.result()
            raise RuntimeError("There were not enough check-ins.")
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)


async def _check_in(address: str, handhelds: list[Handheld]) -> None:
    """Send check-ins, so many a second."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        for number, post in enumerate(Forms(clock.now()).check_ins(handhelds)):
            await asyncio.sleep(begun + number / CHECK_INS_A_SECOND - loop.time())
            headers = {"Authorization": f"Bearer {post.token}", "Content-Type": "application/json"}
            answer = await client.post(post.path, content=post.body, headers=headers)
            if answer.raise_for_status().json()["results"][0]["status"] != "accepted":
                raise RuntimeError(f"A check-in was not recorded: {answer.text}")


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


def _itself(page: OpenPage) -> OpenPage:
    return page


@asynccontextmanager
async def _open(address: str, pages: Sequence[OpenPage]) -> AsyncIterator[None]:
    """Have them all open within the block. Raises RuntimeError where one of them does not stay so."""
    loop, server = asyncio.get_running_loop(), urlsplit(address)
    host, port = server.hostname or "", server.port or 0
    transports = []
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            for page in pages:
                transport, _ = await loop.create_connection(partial(_itself, page), host, port)
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
