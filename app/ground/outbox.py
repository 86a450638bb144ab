"""What has to leave, at least once: claimed, delivered, tried again later, given up, by any number of processes.

The tables are their owners', who write the two statements of an `Outbox`; what is common to all stands here. A message
is claimed by a commit, which counts the attempt and puts it off until nobody can be at it any more; it is delivered in
no transaction, and marked by the next. Whoever is killed in between leaves it to others (decision 37).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground import clock
from app.ground.db.session import Database
from app.ground.errors import Told

log = structlog.get_logger()

M = TypeVar("M")

_MARGIN = timedelta(minutes=1)
"""By so much the clocks of two processes may differ, and so long may the marking take."""


class NotDelivered(Told):
    """A message could not be delivered: why, in words. `for_good`: trying again would not help."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a message is tried again, and for how long.

    The first time after `first_delay`, then after twice as long each time, up to `longest_delay`; given up after
    `most_attempts`. An attempt that takes longer than `longest_delivery` has failed. `one_way_out`: all messages leave
    by the same server, so that the first failure that is not for good ends the turn: it says nothing about the others.
    """

    first_delay: timedelta
    longest_delay: timedelta
    most_attempts: int
    longest_delivery: timedelta
    one_way_out: bool = False

    @property
    def claim_lasts(self) -> timedelta:
        """How long a message is its claimant's alone, who may have been killed."""
        return self.longest_delivery + _MARGIN

    def delay_after(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        return min(self.first_delay * (1 << min(attempts - 1, 20)), self.longest_delay)


@dataclass(frozen=True, slots=True)
class ClaimedMessage(Generic[M]):
    """A message that is this process's for a while, and the number of this attempt, from 1 on."""

    message: M
    attempt: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message has left."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """A message has not left; `due_at`: when it is tried again, None where it is given up."""

    reason: str
    due_at: datetime | None


Outcome = Delivered | Failed


class Outbox(Protocol[M]):
    """The statements of a table's owner."""

    async def claim(self, session: AsyncSession, at: datetime, until: datetime) -> ClaimedMessage[M] | None:
        """Count an attempt at the message that is due the longest, and put it off `until` then; None where none is due.

        A message that another process is claiming just then is passed by (`SKIP LOCKED`).
        """

    async def mark(self, session: AsyncSession, claimed: ClaimedMessage[M], outcome: Outcome) -> None:
        """Write down what came of an attempt: a delivery always, a failure unless a later attempt was begun."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one turn: how many messages have left, and how many attempts failed."""

    delivered: int
    failed: int


async def deliver_due(
    database: Database,
    outbox: Outbox[M],
    deliver: Callable[[M], Awaitable[None]],
    policy: RetryPolicy,
    stopping: asyncio.Event,
) -> Turn:
    """Deliver what is due, one message after the other, until nothing is due or this process is to stop.

    `deliver` raises NotDelivered. Several turns may run at once, in one process or many. One transaction marks a
    message and claims the next: a commit for each, as there would be without claims.
    """
    delivered = failed = 0
    ended: tuple[ClaimedMessage[M], Outcome] | None = None
    shut = False
    while True:
        async with database.transaction() as session:
            if ended is not None:
                await outbox.mark(session, *ended)
            at = clock.now()
            idle = shut or stopping.is_set()
            claimed = None if idle else await outbox.claim(session, at, at + policy.claim_lasts)
        if claimed is None:
            return Turn(delivered, failed)
        failure = await _attempt(deliver, claimed, policy)
        ended = claimed, _outcome(failure, claimed.attempt, policy)
        delivered, failed = delivered + (failure is None), failed + (failure is not None)
        shut = failure is not None and not failure.for_good and policy.one_way_out


async def _attempt(
    deliver: Callable[[M], Awaitable[None]], claimed: ClaimedMessage[M], policy: RetryPolicy
) -> NotDelivered | None:
    """What went wrong. A bug is the failure of its message, which must keep no others, nor be tried for ever."""
    if claimed.attempt > policy.most_attempts:
        return NotDelivered("the last attempt came to no end", for_good=True)  # it may kill whoever makes one
    longest_s = policy.longest_delivery.total_seconds()
    try:
        async with asyncio.timeout(longest_s):
            await deliver(claimed.message)
    except NotDelivered as failure:
        return failure
    except TimeoutError:
        return NotDelivered(f"it took longer than {longest_s:.0f} s", for_good=False)
    except Exception as error:
        log.exception("delivery_broke")
        return NotDelivered(f"{type(error).__name__} in this program", for_good=False)
    return None


def _outcome(failure: NotDelivered | None, attempt: int, policy: RetryPolicy) -> Outcome:
    at = clock.now()
    if failure is None:
        return Delivered(at)
    given_up = failure.for_good or attempt >= policy.most_attempts
    log.warning("not_delivered", reason=str(failure), attempt=attempt, given_up=given_up)
    return Failed(str(failure), None if given_up else at + policy.delay_after(attempt))
