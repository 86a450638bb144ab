"""Uploads that are there at once share a transaction: one commit and one set of statements for all of them.

An upload that comes alone is recorded at once; those that come while others are being recorded go together next. No
upload is harmed by its company: a group waits for no lock that a rep's upload takes, and for any other not long; where
it fails as a whole each of it is recorded alone. And none is held up by another rep's: big ones, and those that wait
for a lock, have ways of their own, and each rep has one at a time (decisions 16, 59).
"""

import asyncio
from collections import Counter, deque
from collections.abc import Coroutine, Sequence
from contextvars import Context
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog

from app.doors.handheld.reporters import reporter_of
from app.doors.handheld.upload.day_limits import DAY_LIMIT_EVENTS
from app.doors.handheld.upload.errors import TooManyEvents
from app.doors.handheld.upload.lanes import MOST_EVENTS_TOGETHER, MOST_TOGETHER, Lanes, WaitingUpload
from app.doors.handheld.upload.records import Sending, Upload, UploadOutcome
from app.doors.handheld.upload.schemas import UnreadEvent, read_event
from app.doors.handheld.upload.service import record_upload, record_uploads
from app.doors.order_taking.events import CheckInEvent, OrderEvent
from app.doors.order_taking.results import Result
from app.ground.db.session import Database
from app.ground.errors import TooManyAtOnce, Unavailable
from app.ground.web.access import Caller

MOST_WAITING = 2_000
"""Uploads that may wait in one process: whoever comes later is told to try again."""
MOST_WAITING_OF_REP = 100
"""And those of one rep: a handheld sends one and waits for its answer."""
LANES = 3
"""Groups that are recorded at the same time in one process, where each takes long."""
BIG_LANES = 2
"""Big uploads that are, likewise."""
PATIENT = 2
"""Uploads that wait for a lock at the same time, each on a connection of its own."""
PATIENCE_S = 0.25
"""So long those who come wait for the group that is being recorded, to go together next: a third of a group's cost does
not grow with its size.
"""
GROUP_LOCK_TIMEOUT = "1s"
"""So long a group waits for a lock, which keeps its lane: whoever is blocked waits apart from the others."""
SINGLE_LOCK_TIMEOUT = "100ms"
"""The same for each of a group that was kept waiting, to find out which are blocked."""
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's state for `lock_timeout`."""

T = TypeVar("T")

log = structlog.get_logger()


class Intake:
    """Where the uploads of one process come together."""

    def __init__(self, database: Database, day_limit: int = DAY_LIMIT_EVENTS) -> None:
        self._database = database
        self._day_limit = day_limit
        self._waiting: deque[WaitingUpload] = deque()
        self._blocked: deque[WaitingUpload] = deque()
        self._patient = 0
        self._of_reps: Counter[int] = Counter()
        self._busy: set[int] = set()
        self._lanes = (Lanes(big=False, most=LANES), Lanes(big=True, most=BIG_LANES))
        self._running: set[asyncio.Task[Any]] = set()

    async def record(self, upload: Upload) -> UploadOutcome:
        """Record an upload; it is committed when this returns.

        Raises Unavailable where too many wait, TooManyAtOnce where too many of its rep do, TooManyEvents where its
        rep's day is full, and whatever kept the upload from being recorded.
        """
        rep_id = upload.reporter.rep_id
        if len(self._waiting) >= MOST_WAITING:
            raise Unavailable("Too many uploads wait. Try again.")
        if self._of_reps[rep_id] >= MOST_WAITING_OF_REP:
            raise TooManyAtOnce("Too many uploads of this rep wait. Send one, and wait for its answer.")
        waiting = WaitingUpload(upload, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._lanes[waiting.big].enter(waiting)
        self._of_reps[rep_id] += 1
        self._open_lanes()
        try:
            return await waiting.done
        finally:
            self._of_reps[rep_id] -= 1
            if not self._of_reps[rep_id]:
                del self._of_reps[rep_id]

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

    def _open_lanes(self) -> None:
        """Have those who wait recorded, unless a lane will soon do it."""
        for lanes in self._lanes:
            if lanes.in_time == 0 and lanes.open < lanes.most and (group := self._next_group(lanes)):
                lanes.open += 1
                lanes.in_time += 1
                self._start(self._work(lanes, group))

    async def _work(self, lanes: Lanes, group: list[WaitingUpload]) -> None:
        """Record groups until nobody waits; while one takes long, others are recorded beside it.

        Between two groups it lingers for those who are about to come again, so that there are fewer and larger ones.
        """
        try:
            while group:
                await self._record_patiently(lanes, group)
                await lanes.linger(len(group))
                group = self._next_group(lanes)
        except BaseException:  # nobody foresaw it, or the process ends: no rep may stay busy for ever
            self._give_up(group)
            raise
        finally:
            lanes.open -= 1
            lanes.in_time -= 1

    def _give_up(self, group: list[WaitingUpload]) -> None:
        asyncio.get_running_loop().call_soon(self._open_lanes)
        for waiting in group:
            if waiting.in_group:
                waiting.in_group = False
                self._busy.discard(waiting.rep_id)
                if not waiting.done.done():
                    waiting.done.set_exception(Unavailable("This could not be recorded. Send it again."))

    async def _record_patiently(self, lanes: Lanes, group: list[WaitingUpload]) -> None:
        late = False

        def grow_impatient() -> None:
            nonlocal late
            late = True
            lanes.in_time -= 1
            self._open_lanes()

        overdue = asyncio.get_running_loop().call_later(PATIENCE_S, grow_impatient)
        try:
            await self._record_together(group)
        finally:
            overdue.cancel()
            lanes.in_time += late

    def _next_group(self, lanes: Lanes) -> list[WaitingUpload]:
        """Those who wait longest, each rep once and none that is being recorded: an upload builds on the one before.

        Their reps are busy from now on.
        """
        group: list[WaitingUpload] = []
        if not lanes.waiting:
            return group
        passed: set[int] = set(self._busy)
        events = 0
        later: list[WaitingUpload] = []
        while self._waiting and len(group) < (1 if lanes.big else MOST_TOGETHER):
            waiting = self._waiting.popleft()
            size = len(waiting.upload.events)
            if waiting.done.cancelled():
                self._lanes[waiting.big].leave(waiting)
                continue
            if waiting.rep_id in passed or waiting.big is not lanes.big:
                later.append(waiting)
            elif group and events + size > MOST_EVENTS_TOGETHER:
                later.append(waiting)
                break
            else:
                group.append(waiting)
                events += size
            passed.add(waiting.rep_id)
        self._waiting.extendleft(reversed(later))
        for waiting in group:
            lanes.leave(waiting)
            waiting.in_group = True
            self._busy.add(waiting.rep_id)
        return group

    async def _record_together(self, group: list[WaitingUpload]) -> None:
        """Record a group, or have each of it recorded apart."""
        outcomes, error = await self._try(group, GROUP_LOCK_TIMEOUT)
        if error is not None and _is_lock_timeout(error) and len(group) > 1:
            for waiting in group:
                (outcome,), error = await self._try([waiting], SINGLE_LOCK_TIMEOUT)
                self._settle(waiting, outcome, error)
        else:
            for waiting, outcome in zip(group, outcomes, strict=True):
                self._settle(waiting, outcome, error)
        self._open_lanes()

    async def _try(
        self, group: list[WaitingUpload], lock_timeout: str
    ) -> tuple[Sequence[UploadOutcome | TooManyEvents | None], Exception | None]:
        """The outcome of each, None where it was not recorded; and why none was."""
        try:
            async with self._database.planned_once() as session:
                uploads = [waiting.upload for waiting in group]
                recorded = await record_uploads(session, uploads, self._day_limit, lock_timeout)
        except Exception as error:
            log.warning("uploads_recorded_apart", uploads=len(group), exc_info=error)
            return [None] * len(group), error
        # only here: a commit fails, too, where the database goes away, and then nothing of it may be acknowledged
        return recorded, None

    def _settle(
        self, waiting: WaitingUpload, outcome: UploadOutcome | TooManyEvents | None, error: Exception | None
    ) -> None:
        """Answer an upload, or have it recorded apart: at once where its group failed, else when its lock is free."""
        waiting.in_group = False
        if outcome is not None:
            self._busy.discard(waiting.rep_id)
            if waiting.done.done():
                return
            if isinstance(outcome, TooManyEvents):
                waiting.done.set_exception(outcome)
            else:
                waiting.done.set_result(outcome)
        elif error is None or _is_lock_timeout(error):
            self._blocked.append(waiting)
            self._wait_for_locks()
        else:
            self._record_apart(waiting)

    def _wait_for_locks(self) -> None:
        """Have some of those wait whom a lock keeps: the others need no connections meanwhile."""
        while self._blocked and self._patient < PATIENT:
            self._patient += 1
            self._record_apart(self._blocked.popleft()).add_done_callback(self._grow_patient)

    def _grow_patient(self, _: asyncio.Task[UploadOutcome]) -> None:
        """One has its lock, or has given up: so may others, who try again together."""
        self._patient -= 1
        for waiting in reversed(self._blocked):
            self._busy.discard(waiting.rep_id)
            self._waiting.appendleft(waiting)
            self._lanes[waiting.big].enter(waiting)
        self._blocked.clear()
        self._open_lanes()

    def _record_apart(self, waiting: WaitingUpload) -> asyncio.Task[UploadOutcome]:
        task = self._start(self._record_alone(waiting.upload))
        task.add_done_callback(partial(self._hand_over, waiting))
        return task

    async def _record_alone(self, upload: Upload) -> UploadOutcome:
        async with self._database.planned_once() as session:
            return await record_upload(session, upload, self._day_limit)

    def _hand_over(self, waiting: WaitingUpload, task: asyncio.Task[UploadOutcome]) -> None:
        """Tell what became of an upload, its failure too, to the request that waits for it, if it still does."""
        self._busy.discard(waiting.rep_id)
        self._open_lanes()
        error = None if task.cancelled() else task.exception()
        if waiting.done.done():
            return
        if task.cancelled():
            waiting.done.cancel()
        elif error is not None:
            waiting.done.set_exception(error)
        else:
            waiting.done.set_result(task.result())

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        # a context of its own: what is logged here belongs to no single request
        task = asyncio.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _is_lock_timeout(error: Exception) -> bool:
    """Whether PostgreSQL gave up because a lock was not free in time."""
    driver_error = getattr(error, "orig", None) or error
    return getattr(driver_error, "sqlstate", None) == LOCK_NOT_AVAILABLE
