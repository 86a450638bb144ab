"""How a rep's day goes: where the rep is, against where the plan expects it by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.closing.compliance.rules import TOLERANCE

_MINUTE = timedelta(minutes=1)


class ProgressStatus(StrEnum):
    """How a rep's day goes."""

    NOT_STARTED = "not_started"
    ON_ROUTE = "on_route"
    BEHIND = "behind"
    AHEAD = "ahead"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class DayProgress:
    """`minutes` behind the plan, below 0 ahead of it; None where the plan says no times, or the day is not today."""

    status: ProgressStatus
    minutes: int | None


@dataclass(frozen=True, slots=True)
class PlanSoFar:
    """What a rep's planned visits of a day have come to.

    `last_expected_at`: of the visit that the rep arrived at last, when it was expected; `last_arrived_at`: when the rep
    arrived there first. `next_expected_at`: when the visit is expected that comes next (`next_visit`).
    """

    planned: int
    visited: int
    last_expected_at: datetime | None = None
    last_arrived_at: datetime | None = None
    next_expected_at: datetime | None = None


def progress(plan: PlanSoFar, now: datetime | None) -> DayProgress | None:
    """How a day goes at `now`; None of a day without planned visits. `now` None: the day is over, or has not come.

    *Done* with the last planned visit. *Not started* before the first arrival at one; the minutes say by how much it is
    overdue, and are 0 before. In between a rep is as late as at the arrival at the visit that was made last, or as the
    next one is overdue, whichever is more: a rep who was early and then stays away falls behind, and one who skipped an
    outlet is not behind for that alone. Up to 15 minutes either way are *on route*, more are *behind* or *ahead*. A day
    that is over without being done is *behind*.
    """
    if not plan.planned:
        return None
    overdue = _minutes(plan.next_expected_at, now)
    if plan.visited >= plan.planned:
        return DayProgress(ProgressStatus.DONE, None)
    if not plan.visited:
        return DayProgress(ProgressStatus.NOT_STARTED, None if overdue is None else max(overdue, 0))
    if now is None:
        return DayProgress(ProgressStatus.BEHIND, None)
    late = _minutes(plan.last_expected_at, plan.last_arrived_at)
    minutes = max((each for each in (late, overdue) if each is not None), default=None)
    if minutes is None or abs(minutes) * _MINUTE <= TOLERANCE:
        return DayProgress(ProgressStatus.ON_ROUTE, minutes)
    return DayProgress(ProgressStatus.BEHIND if minutes > 0 else ProgressStatus.AHEAD, minutes)


def _minutes(expected_at: datetime | None, at: datetime | None) -> int | None:
    """Whole minutes from one instant to the other, towards 0; None where either is not known."""
    if expected_at is None or at is None:
        return None
    return int((at - expected_at) / _MINUTE)
