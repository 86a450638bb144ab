"""SQL says what the reference says of one task, on queues that nobody thought up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service
from app.closing.call_tasks.reference import claim_has_lapsed, may_be_claimed
from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER, CallTaskStatus, TaskState
from app.masters.outlets.models import Outlet
from tests.factories.call_tasks import FIVE, make_call_task
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

OUTLETS = 4
ANNA, BILL = 1, 2
NOW = FIVE + timedelta(hours=1)
EXAMPLES = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])

_shifts = st.sampled_from([timedelta(microseconds=1) * shift for shift in (-5_000_000, -1, 0, 1, 5_000_000)])


@dataclass(frozen=True)
class DrawnTask:
    status: CallTaskStatus
    available_at: datetime
    due_at: datetime
    claimed_at: datetime
    priority: int

    def state(self) -> TaskState:
        claimed = self.status is CallTaskStatus.CLAIMED
        return TaskState(
            self.status,
            0,
            self.available_at,
            self.due_at,
            BILL if claimed else None,
            self.claimed_at if claimed else None,
        )


tasks = st.builds(
    DrawnTask,
    st.sampled_from([CallTaskStatus.OPEN, CallTaskStatus.CLAIMED, *CallTaskStatus]),
    available_at=_shifts.map(lambda shift: NOW + shift),
    due_at=st.sampled_from([NOW + timedelta(minutes=30)]) | _shifts.map(lambda shift: NOW + shift),
    claimed_at=_shifts.map(lambda shift: NOW - CLAIM_LAPSES_AFTER + shift),
    priority=st.integers(0, 2),
)
queues = st.lists(tasks, min_size=1, max_size=OUTLETS)


@pytest.fixture
async def outlets(session: AsyncSession) -> list[Outlet]:
    territory = await make_territory(session)
    return [await make_outlet(session, territory) for _ in range(OUTLETS)]


async def write(session: AsyncSession, outlets: list[Outlet], queue: list[DrawnTask]) -> list[UUID]:
    written = []
    for drawn, outlet in zip(queue, outlets, strict=False):
        state = drawn.state()
        task = await make_call_task(
            session,
            outlet,
            status=state.status.value,
            available_at=state.available_at,
            due_at=state.due_at,
            claimed_by=state.claimed_by,
            claimed_at=state.claimed_at,
            priority=Decimal(drawn.priority),
        )
        written.append(task.id)
    return written


@EXAMPLES
@given(queue=queues)
async def test_the_next_task_is_the_first_of_those_that_may_be_claimed(
    session: AsyncSession, outlets: list[Outlet], queue: list[DrawnTask]
) -> None:
    async with session.begin_nested() as example:
        ids = await write(session, outlets, queue)
        task = await service.claim_next(session, ANNA, [outlets[0].territory_id], NOW)
        claimed = (task.id, task.claimed_by, task.claimed_at) if task else None
        await example.rollback()
    claimable = [place for place, drawn in enumerate(queue) if may_be_claimed(drawn.state(), NOW)]
    first = min(claimable, key=lambda place: (queue[place].due_at, -queue[place].priority, place), default=None)
    assert claimed == (None if first is None else (ids[first], ANNA, NOW))


@EXAMPLES
@given(queue=queues)
async def test_an_order_cancels_the_tasks_that_are_open_or_whose_claim_has_lapsed(
    session: AsyncSession, outlets: list[Outlet], queue: list[DrawnTask]
) -> None:
    async with session.begin_nested() as example:
        ids = await write(session, outlets, queue)
        cancelled = await service.cancel_unclaimed(session, [(outlet.id, MONDAY, None) for outlet in outlets], NOW)
        await example.rollback()
    assert set(cancelled) == {
        id_
        for id_, drawn in zip(ids, queue, strict=True)
        if drawn.status is CallTaskStatus.OPEN or claim_has_lapsed(drawn.state(), NOW)
    }
