"""Closing what is due: each day in a transaction of its own, so that one that cannot be closed stops no other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import structlog
from prometheus_client import Counter
from sqlalchemy import Boolean, ColumnElement, literal, or_

from app.closing.cutoff import service as cutoff
from app.closing.cutoff.due_days import TRIGGER, DueDay, DueDays
from app.ground import clock
from app.ground.db.session import Database

log = structlog.get_logger()

AT_ONCE = 4
DAYS_A_TURN = 20
"""A territory that has many days to catch up lets the others' 17:00 come in between."""

FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=5)

CLOSED = Counter("fieldproof_cutoff_runs", "Days that this process closed")
FAILED = Counter("fieldproof_cutoff_failures", "Attempts of this process to close a day that failed")


@dataclass(frozen=True, slots=True)
class Failure:
    """How often a day could not be closed, and when to try it again."""

    attempts: int
    retry_at: datetime


def failed_again(before: Failure | None, now: datetime) -> Failure:
    """The failure after one more attempt: the delay doubles, from 2 seconds to 5 minutes at most."""
    attempts = 1 if before is None else before.attempts + 1
    return Failure(attempts, now + min(FIRST_DELAY * 2 ** min(attempts - 1, 20), LONGEST_DELAY))


class DayCloser:
    """Closes due days, several territories at a time, each territory's days oldest first."""

    def __init__(self) -> None:
        self._due_days = DueDays()
        self._failures: dict[DueDay, Failure] = {}
        self._again_at = datetime.min.replace(tzinfo=UTC)

    def waits(self) -> ColumnElement[bool]:
        """Whether a day may be due that was not when this looked last, as a part of a statement."""
        return or_(literal(self._again_at <= clock.now(), Boolean), self._due_days.have_changed())

    async def close_due(self, database: Database) -> int:
        """Close what is due and not waiting after a failure. Answers how many days are closed by it."""
        async with database.read_only() as session:
            due = await self._due_days.find(session)
        now = clock.now()
        self._failures = {day: failure for day, failure in self._failures.items() if day in due}
        ready = [day for day in due if day not in self._failures or self._failures[day].retry_at <= now]
        by_territory = [list(days) for _, days in groupby(sorted(ready, key=_turn), key=lambda day: day.territory_id)]
        turns = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            closings = [group.create_task(self._close_all(database, days, turns)) for days in by_territory]
        left = any(len(days) > DAYS_A_TURN for days in by_territory)
        retries = [failure.retry_at for failure in self._failures.values()]
        self._again_at = now if left else min([self._due_days.next_cutoff_at, *retries])
        return sum(closing.result() for closing in closings)

    async def _close_all(self, database: Database, days: Sequence[DueDay], turns: asyncio.Semaphore) -> int:
        async with turns:
            return sum([await self._close(database, day) for day in days[:DAYS_A_TURN]])

    async def _close(self, database: Database, day: DueDay) -> bool:
        day_log = log.bind(territory=day.territory_code, business_date=day.business_date.isoformat())
        try:
            async with database.transaction() as session:
                run, is_new = await cutoff.close_or_find(
                    session, day.territory_id, day.business_date, triggered_by=TRIGGER
                )
        except Exception as error:  # noqa: BLE001 # whatever is wrong with one day must not keep the others open
            self._failures[day] = failure = failed_again(self._failures.get(day), clock.now())
            FAILED.inc()
            day_log.error("day_not_closed", attempts=failure.attempts, retry_at=failure.retry_at, exc_info=error)
            return False
        if is_new:
            CLOSED.inc()
            day_log.info("day_closed", planned=run.planned_visits, missing=run.missing_orders)
        return True


def _turn(day: DueDay) -> tuple[int, date]:
    return day.territory_id, day.business_date
