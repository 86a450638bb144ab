"""The lanes in which uploads of one kind are recorded, group after group, and how many of them wait for that."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from app.doors.handheld.upload.records import Upload, UploadOutcome

MOST_TOGETHER = 32
"""Uploads of one group."""
MOST_EVENTS_TOGETHER = 400
"""Events of one group: groups stay short for those who wait."""
BIG_EVENTS = 100
"""An upload of more goes alone, in a lane of its own kind."""
LINGER_S = 0.01
"""So long a lane waits for more after a group of several, or while several wait: a large part of what a group costs
does not grow with its size. Where one comes after the other nobody waits.
"""


@dataclass(slots=True, eq=False)
class WaitingUpload:
    """An upload that waits to be recorded, with who waits for that."""

    upload: Upload
    done: asyncio.Future[UploadOutcome]
    in_group: bool = False
    """Whether nothing is known yet of what becomes of it in its group."""

    @property
    def rep_id(self) -> int:
        """Its rep's."""
        return self.upload.reporter.rep_id

    @property
    def big(self) -> bool:
        """Whether it goes alone."""
        return len(self.upload.events) > BIG_EVENTS


@dataclass(slots=True)
class Lanes:
    """Uploads of one kind: how many wait, with how many events; and how many groups are being recorded, of which some
    have not taken long.
    """

    big: bool
    most: int
    waiting: int = 0
    events: int = 0
    open: int = 0
    in_time: int = 0
    _sought: int = 0
    _found: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, waiting: WaitingUpload) -> None:
        """One more waits."""
        self.waiting += 1
        self.events += len(waiting.upload.events)
        if self._is_full(self._sought):
            self._found.set()

    def leave(self, waiting: WaitingUpload) -> None:
        """It waits no longer."""
        self.waiting -= 1
        self.events -= len(waiting.upload.events)

    async def linger(self, answered: int) -> None:
        """Wait a moment for as many as were there when the last group ended, with the `answered` of that group.

        Not at all where that was one, or a group is full without them.
        """
        sought = min(answered + self.waiting, MOST_TOGETHER)
        if self.big or sought == 1 or self._is_full(sought):
            return
        self._sought = sought
        self._found.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._found.wait()

    def _is_full(self, uploads: int) -> bool:
        return self.waiting >= uploads or self.events >= MOST_EVENTS_TOGETHER
