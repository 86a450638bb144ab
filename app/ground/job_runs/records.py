"""Jobs and their last turns as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class TurnOutcome(StrEnum):
    """What came of a turn. `put_off`: the clock was doubted, and what goes by it waits (decision 43)."""

    DONE = "done"
    FAILED = "failed"
    PUT_OFF = "put_off"


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job of whoever leads: every so many seconds, and (`wakes`) as soon as there is something to do."""

    job_id: str
    every_seconds: float
    wakes: bool


@dataclass(frozen=True, slots=True)
class LastTurn:
    """A job's last turn, or the one that it is at: then `started_at` is later than `finished_at`.

    `failures`: in a row; `failed_at`, `error`: of the last turn that failed, in words without a secret. `says`: what
    the job says of what it looks after.
    """

    job_id: str
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: TurnOutcome | None = None
    failed_at: datetime | None = None
    failures: int = 0
    error: str | None = None
    says: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Leader:
    """Which scheduler leads, or led last: its machine and process, and since when."""

    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RecordedJob:
    """A job, who runs it, and its last turn as it was told."""

    job: ScheduledJob
    leader: Leader
    turn: LastTurn

    @property
    def runs(self) -> bool:
        """Whether it was at it when it was told last."""
        started_at, finished_at = self.turn.started_at, self.turn.finished_at
        return started_at is not None and (finished_at is None or started_at > finished_at)
