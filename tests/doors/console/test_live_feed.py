"""The reader of the live pages: it rests for longer where reading, and telling, takes longer."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.doors.console.live import feed
from app.doors.console.live.feed import LONGEST_REST_SECONDS, SHARE, TICK_SECONDS, LiveFeed, Watcher


class Rests:
    """Time that passes only when somebody says so; the reader's rests are noted."""

    def __init__(self, live: LiveFeed, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.taken: list[float] = []
        self.telling_seconds: list[float] = []
        self.live = live
        self.watcher = Watcher(territory_id=1)
        self.ended = asyncio.Event()
        monkeypatch.setattr(feed, "monotonic", lambda: self.now)
        monkeypatch.setattr(feed, "asyncio", SimpleNamespace(create_task=asyncio.create_task, sleep=self._sleep))
        monkeypatch.setattr(live, "_tell_since", self._read)

    async def _read(self, position: Any) -> Any:
        return position

    async def _sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        if not self.telling_seconds:
            self.live._watchers.clear()
            self.ended.set()
            return
        with self.live.telling():
            self.now += self.telling_seconds.pop(0)


async def rests_after(telling_seconds: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    live = LiveFeed(lambda: None)  # type: ignore[arg-type, return-value] # nothing is read
    rests = Rests(live, monkeypatch)
    rests.telling_seconds = telling_seconds
    async with live.watching(rests.watcher):
        await rests.ended.wait()
    return rests.taken


async def test_it_reads_once_a_second_where_telling_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await rests_after([0, 0], monkeypatch) == [TICK_SECONDS] * 3


async def test_it_rests_for_so_many_times_as_long_as_the_streams_have_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await rests_after([0.1, 0], monkeypatch) == [TICK_SECONDS, 0.1 * SHARE, TICK_SECONDS]


async def test_it_never_rests_for_longer_than_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await rests_after([9.0], monkeypatch) == [TICK_SECONDS, LONGEST_REST_SECONDS]
