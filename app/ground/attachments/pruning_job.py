"""Taking attachments away in time: the scheduler's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from app.ground import clock
from app.ground.attachments import queries
from app.ground.attachments.errors import AttachmentStoreAway
from app.ground.attachments.stores import Store
from app.ground.db.session import Database

log = structlog.get_logger()

A_TURN = 200
"""How many attachments are taken away at once."""
FAILURES_A_TURN = 10
"""A store that is away may take its time to say so with each: the others wait for the next turn."""

FIRST_DELAY = timedelta(minutes=10)
LONGEST_DELAY = timedelta(days=1)

FAILED = Counter("fieldproof_attachment_deletion_failures", "Attempts of this process to delete a file that failed")


@dataclass(frozen=True, slots=True)
class FailedDeletion:
    """How often a file could not be deleted, and when to try it again."""

    attempts: int
    retry_at: datetime


class AttachmentPruner:
    """Takes away what has had its time: the bytes, then the rows. A file that cannot be deleted (a lock on the object,
    a right that is missing) keeps no other, and is tried again after ever longer pauses.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._failures: dict[UUID, FailedDeletion] = {}

    async def prune(self, database: Database) -> int:
        """One turn, of up to `A_TURN` of each place; how many have gone. No transaction is open while a store is asked.

        What breaks off in between is done by the next turn.
        """
        at = clock.now()
        waiting = [id_ for id_, failure in self._failures.items() if failure.retry_at > at]
        async with database.transaction() as session:
            await queries.doom(session, at, A_TURN)
            count = await queries.delete_doomed_in_database(session, A_TURN)
            elsewhere = await queries.doomed_elsewhere(session, A_TURN, waiting)
        deleted = await self._delete(elsewhere)
        if deleted:
            async with database.transaction() as session:
                await queries.delete_doomed(session, deleted)
        return count + len(deleted)

    async def _delete(self, ids: list[UUID]) -> list[UUID]:
        """Which of these are gone from the store."""
        deleted: list[UUID] = []
        if self._store is None:
            if ids:
                FAILED.inc()
                log.error("attachment_store_not_set", waiting=len(ids))
            return deleted
        failures = 0
        for id_ in ids:
            if await self._is_deleted(self._store, id_):
                deleted.append(id_)
            else:
                failures += 1
            if failures == FAILURES_A_TURN:
                break
        return deleted

    async def _is_deleted(self, store: Store, id_: UUID) -> bool:
        try:
            await store.delete(id_)
        except AttachmentStoreAway:
            before = self._failures.get(id_)
            attempts = 1 if before is None else before.attempts + 1
            delay = min(FIRST_DELAY * 2 ** min(attempts - 1, 20), LONGEST_DELAY)
            self._failures[id_] = failure = FailedDeletion(attempts, clock.now() + delay)
            FAILED.inc()
            log.warning("attachment_not_deleted", attachment_id=str(id_), attempts=attempts, retry_at=failure.retry_at)
            return False
        self._failures.pop(id_, None)
        return True
