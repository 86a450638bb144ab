"""What comes next in a rep's plan, said of one rep's day. Nothing here runs in production.

The statement of `plan_queries.plans` decides for all reps at once, and tests/closing/rep_days/test_agreement.py holds
it to these functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.closing.rep_days.rules import PlanSoFar

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A planned visit of one rep's day, and when the rep first arrived."""

    id: UUID
    sequence: int | None
    expected_at: datetime | None
    arrived_at: datetime | None


def in_order(day: Sequence[PlannedVisit]) -> list[PlannedVisit]:
    """The visits as they are planned: by sequence, then by when they are expected; what has neither comes last."""

    def place(visit: PlannedVisit) -> tuple[bool, int, datetime, UUID]:
        return visit.sequence is None, visit.sequence or 0, visit.expected_at or _LATEST, visit.id

    return sorted(day, key=place)


def last_made(day: Sequence[PlannedVisit]) -> PlannedVisit | None:
    """The one that the rep arrived at last; of several at once the one that comes last in the plan."""
    visited = [visit for visit in in_order(day) if visit.arrived_at is not None]
    return max(reversed(visited), key=lambda visit: visit.arrived_at or _LATEST, default=None)


def next_visit(day: Sequence[PlannedVisit]) -> PlannedVisit | None:
    """The first in the plan after the one that was made last, of those that were not; else the first of those."""
    plan, last = in_order(day), last_made(day)
    waiting = [visit for visit in plan if visit.arrived_at is None]
    after = [visit for visit in waiting if last is None or plan.index(visit) > plan.index(last)]
    return next(iter(after or waiting), None)


def so_far(day: Sequence[PlannedVisit]) -> PlanSoFar:
    """What `rules.progress` looks at."""
    last, coming = last_made(day), next_visit(day)
    return PlanSoFar(
        planned=len(day),
        visited=sum(visit.arrived_at is not None for visit in day),
        last_expected_at=last.expected_at if last else None,
        last_arrived_at=last.arrived_at if last else None,
        next_expected_at=coming.expected_at if coming else None,
    )
