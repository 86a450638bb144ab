"""How many call tasks of a day stand where: what a queue is headed by."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.call_tasks.queries import claim_lapsed, of_territories
from app.closing.call_tasks.rules import CallOutcome, CallTaskStatus

_FARTHEST = timedelta(days=2)
"""No deadline lies farther from the beginning of its business date, in whatever zone."""


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How a day's tasks stand. `open`: to be claimed now; `overdue`: waiting past their deadline, none of the others.

    `done`: by outcome. `next_due_at`, `next_available_at`: the soonest deadline of what waits, and when the first of
    those that rest may be phoned again; None where there is none.
    """

    open: int
    resting: int
    claimed: int
    overdue: int
    done: dict[CallOutcome, int]
    cancelled: int
    expired: int
    next_due_at: datetime | None
    next_available_at: datetime | None

    @property
    def total(self) -> int:
        """All of them."""
        waiting = self.open + self.resting + self.claimed + self.overdue
        return waiting + sum(self.done.values()) + self.cancelled + self.expired


async def count_tasks(
    session: AsyncSession, territory_ids: Collection[int] | None, business_date: date, at: datetime
) -> TaskCounts:
    """How the tasks of a day of these territories (None: all) stand at an instant. One statement."""
    state = _state(at)
    midnight = datetime.combine(business_date, time(), UTC)
    # by their deadlines the tasks of a day lie together, whatever their territories
    of_day = and_(
        CallTask.business_date == business_date,
        CallTask.due_at.between(midnight - _FARTHEST, midnight + _FARTHEST),
    )
    columns = (
        state,
        CallTask.outcome,
        func.count().label("tasks"),
        func.min(CallTask.due_at).label("due_at"),
        func.min(CallTask.available_at).label("available_at"),
    )
    query = select(*columns).where(of_day, *of_territories(territory_ids)).group_by(state, CallTask.outcome)
    rows = (await session.execute(query)).all()
    tasks: dict[str, int] = {}
    for row in rows:
        tasks[row.state] = tasks.get(row.state, 0) + row.tasks
    done = {row.outcome: row.tasks for row in rows if row.state == CallTaskStatus.DONE.value}
    return TaskCounts(
        **{name: tasks.get(name, 0) for name in ("open", "resting", "claimed", "overdue", "cancelled", "expired")},
        done={outcome: done.get(outcome.value, 0) for outcome in CallOutcome},
        next_due_at=min((row.due_at for row in rows if row.state in {"open", "resting", "claimed"}), default=None),
        next_available_at=min((row.available_at for row in rows if row.state == "resting"), default=None),
    )


def _state(at: datetime) -> Any:
    """How a task stands, as `reference.may_be_claimed` sees it: a claim that has lapsed is open again."""
    waiting = CallTask.status.in_([CallTaskStatus.OPEN.value, CallTaskStatus.CLAIMED.value])
    return case(
        (and_(waiting, CallTask.due_at <= at), "overdue"),
        (and_(CallTask.status == CallTaskStatus.OPEN.value, CallTask.available_at > at), "resting"),
        (or_(CallTask.status == CallTaskStatus.OPEN.value, claim_lapsed(at)), "open"),
        else_=CallTask.status,
    ).label("state")
