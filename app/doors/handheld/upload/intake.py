"""Uploads that are there at once share a transaction: one commit and one set of statements for all of them.

An upload that comes alone is recorded at once; those that come while others are being recorded go together next. No
upload is harmed by its company: a group waits for no lock, and where it fails as a whole each of it is recorded alone.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog

from app.doors.handheld.reporters import reporter_of
from app.doors.handheld.upload.records import Sending, Upload, UploadOutcome
from app.doors.handheld.upload.schemas import UnreadEvent, read_event
from app.doors.handheld.upload.service import record_upload, record_uploads
from app.doors.order_taking.events import CheckInEvent, OrderEvent
from app.doors.order_taking.results import Result
from app.ground.db.session import Database
from app.ground.errors import Unavailable
from app.ground.web.access import Caller

MOST_TOGETHER = 32
"""Uploads of one group."""
MOST_EVENTS_TOGETHER = 400
"""Events of one group, unless one upload alone has more: groups stay short for those who wait."""
MOST_WAITING = 2_000
"""Uploads that may wait in one process: whoever comes later is told to try again."""
LANES = 2
"""Groups that are recorded at the same time in one process, where one takes long."""
PATIENCE_S = 0.25
"""So long those who come wait for the group that is being recorded, to go together next: a third of a group's cost does
not grow with its size.
"""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    upload: Upload
    done: asyncio.Future[UploadOutcome]


class Intake:
    """Where the uploads of one process come together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._lanes = 0
        self._in_time = 0  # lanes whose group has not taken long
        self._running: set[asyncio.Task[Any]] = set()

    async def record(self, upload: Upload) -> UploadOutcome:
        """Record an upload; it is committed when this returns.

        Raises Unavailable where too many wait, and whatever kept the upload from being recorded.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("Too many uploads wait. Try again.")
        waiting = _Waiting(upload, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._open_lane()
        return await waiting.done

    async def record_event(
        self, caller: Caller, event: CheckInEvent | OrderEvent, sent_at: datetime | None, sent_monotonic_ms: int | None
    ) -> Result:
        """Record an upload of one event, with the clocks of its sending; it is committed when this returns."""
        sending = Sending(sent_at, sent_monotonic_ms, event.clock.boot_id, with_event=True)
        outcome = await self.record(Upload(reporter_of(caller), sending, [event]))
        return outcome.results[0]

    async def keep_unread(self, caller: Caller, event: dict[str, Any]) -> None:
        """Keep one event that cannot be read, as an upload of its own (T7); nothing where it can be read after all."""
        unread = read_event(event)
        if isinstance(unread, UnreadEvent):
            await self.record(Upload(reporter_of(caller), Sending(None, None, None), [unread]))

    def _open_lane(self) -> None:
        """Have those who wait recorded, unless a lane will soon do it."""
        if self._waiting and self._in_time == 0 and self._lanes < LANES:
            self._lanes += 1
            self._in_time += 1
            self._start(self._work())

    async def _work(self) -> None:
        """Record groups until nobody waits; while one takes long, others are recorded beside it."""
        try:
            while group := self._next_group():
                await self._record_patiently(group)
        finally:
            self._lanes -= 1
            self._in_time -= 1

    async def _record_patiently(self, group: list[_Waiting]) -> None:
        late = False

        def grow_impatient() -> None:
            nonlocal late
            late = True
            self._in_time -= 1
            self._open_lane()

        overdue = asyncio.get_running_loop().call_later(PATIENCE_S, grow_impatient)
        try:
            await self._record_together(group)
        finally:
            overdue.cancel()
            self._in_time += late

    def _next_group(self) -> list[_Waiting]:
        """Those who wait longest, each rep once: an upload of a rep builds on the one before."""
        group: list[_Waiting] = []
        reps: set[int] = set()
        events = 0
        later: list[_Waiting] = []
        while self._waiting and len(group) < MOST_TOGETHER:
            waiting = self._waiting.popleft()
            size = len(waiting.upload.events)
            if waiting.done.cancelled():
                continue
            if waiting.upload.reporter.rep_id in reps:
                later.append(waiting)
            elif group and events + size > MOST_EVENTS_TOGETHER:
                later.append(waiting)
                break
            else:
                group.append(waiting)
                reps.add(waiting.upload.reporter.rep_id)
                events += size
        self._waiting.extendleft(reversed(later))
        return group

    async def _record_together(self, group: list[_Waiting]) -> None:
        outcomes: list[UploadOutcome | None] = [None] * len(group)
        try:
            async with self._database.planned_once() as session:
                recorded = await record_uploads(session, [waiting.upload for waiting in group])
            # only here: a commit fails, too, where the database goes away, and then nothing of it may be acknowledged
            outcomes = recorded
        except Exception as error:
            log.warning("uploads_recorded_apart", uploads=len(group), exc_info=error)
        for waiting, outcome in zip(group, outcomes, strict=True):
            if outcome is None:
                self._start(self._record_alone(waiting.upload)).add_done_callback(partial(_hand_over, waiting.done))
            elif not waiting.done.done():
                waiting.done.set_result(outcome)

    async def _record_alone(self, upload: Upload) -> UploadOutcome:
        async with self._database.planned_once() as session:
            return await record_upload(session, upload)

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        # a context of its own: what is logged here belongs to no single request
        task = asyncio.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _hand_over(done: asyncio.Future[UploadOutcome], task: asyncio.Task[UploadOutcome]) -> None:
    """Tell what became of an upload, its failure too, to the request that waits for it, if it still does."""
    error = None if task.cancelled() else task.exception()
    if done.done():
        return
    if task.cancelled():
        done.cancel()
    elif error is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())
