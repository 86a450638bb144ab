"""One reader a process asks about once a second what has changed, while anybody looks, and tells whom it concerns.

It reads the service of reps' days itself, and not by the API as pages do: once for all streams, in a fixed number of
statements, whatever their number.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import structlog

from app.closing.rep_days import service as rep_days
from app.closing.rep_days.changes import ChangesPosition, DayChanges, changes_since
from app.closing.rep_days.records import RepDay, TerritoryDay
from app.doors.call_centre import service as call_centre
from app.ground.db.session import Database

log = structlog.get_logger()

TICK_SECONDS = 1.0
LONGEST_REST_SECONDS = 5.0
SHARE = 20
"""The reader rests for so many times as long as it has read, and as all streams have told of what it read before: a
busy process is not kept busier by who looks on.
"""


@dataclass(frozen=True, slots=True)
class LiveLine:
    """A rep's day as a reading found it, within its territory's.

    `parts`: what was made of it for pages, by what they differ in. Streams of one language and one sight are told the
    same, which is made once.
    """

    line: RepDay
    day: TerritoryDay
    parts: dict[Hashable, str] = field(default_factory=dict)


@dataclass(eq=False)
class Watcher:
    """A stream: which territory, or which call task, it is about, and what it has not told yet."""

    territory_id: int | None = None
    call_task_id: UUID | None = None
    lines: dict[int, LiveLine] = field(default_factory=dict)
    whole_day: bool = False
    call_task: bool = False
    is_needless: bool | None = None
    """Whether no call is needed any more; None: not known yet."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def happening(self, seconds: float) -> bool:
        """Wait until there is something to tell, so long at most; whether there is."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def taken(self) -> "Watcher":
        """What was not told yet; it is told now."""
        untold = Watcher(lines=self.lines, whole_day=self.whole_day, call_task=self.call_task)
        self.lines, self.whole_day, self.call_task = {}, False, False
        return untold

    def wake(self) -> None:
        """Have the stream tell."""
        self._woken.set()


class LiveFeed:
    """Reads changes while there are watchers. `database`: the process's, whichever that is by now."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._watchers: set[Watcher] = set()
        self._reader: asyncio.Task[None] | None = None
        self._told_seconds = 0.0

    @contextmanager
    def telling(self) -> Iterator[None]:
        """A stream tells of what was read within the block: what that costs counts as the reading does."""
        begun = monotonic()
        yield
        self._told_seconds += monotonic() - begun

    @asynccontextmanager
    async def watching(self, watcher: Watcher) -> AsyncIterator[Watcher]:
        """Tell a watcher of what happens within the block."""
        self._watchers.add(watcher)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def _read(self) -> None:
        position: ChangesPosition | None = None
        try:
            while self._watchers:
                begun = monotonic()
                try:
                    position = await self._tell_since(position)
                except Exception as error:  # the database is away, for one: the next reading tells of what was missed
                    log.warning("live_feed_not_read", exc_info=error)
                cost = monotonic() - begun + self._told_seconds
                self._told_seconds = 0.0
                await asyncio.sleep(min(max(TICK_SECONDS, cost * SHARE), LONGEST_REST_SECONDS))
        finally:
            self._reader = None

    async def _tell_since(self, position: ChangesPosition | None) -> ChangesPosition:
        territories = {each.territory_id for each in self._watchers if each.territory_id and not each.call_task_id}
        calls = {watcher.call_task_id for watcher in self._watchers if watcher.call_task_id is not None}
        async with self._database().snapshot() as session:
            changes = await changes_since(session, position)
            if calls and (position is None or changes.reps or changes.territories or changes.call_tasks):
                self._note_needless(await call_centre.needless_tasks(session, calls))
            if territories and changes.reps:
                days = await rep_days.rep_days(session, territories, rep_ids=changes.reps)
                for line in days.lines:
                    self._note(LiveLine(line, days.territories[line.line.territory_id]))
        for watcher in self._watchers:
            if _concerns(watcher, changes):
                watcher.whole_day |= watcher.territory_id in changes.territories
                watcher.call_task |= watcher.call_task_id in changes.call_tasks
                watcher.wake()
        return changes.position

    def _note_needless(self, needless: frozenset[UUID]) -> None:
        """An order that comes changes no claimed task: what it means for one is asked for."""
        for watcher in self._watchers:
            if watcher.call_task_id is not None:
                was, watcher.is_needless = watcher.is_needless, watcher.call_task_id in needless
                if was is not None and was != watcher.is_needless:
                    watcher.call_task = True
                    watcher.wake()

    def _note(self, live: LiveLine) -> None:
        for watcher in self._of_territory(live.day.territory.id):
            watcher.lines[live.line.line.rep_id] = live
            watcher.wake()

    def _of_territory(self, territory_id: int) -> Iterable[Watcher]:
        return (watcher for watcher in self._watchers if watcher.territory_id == territory_id)


def _concerns(watcher: Watcher, changes: DayChanges) -> bool:
    return watcher.territory_id in changes.territories or watcher.call_task_id in changes.call_tasks
