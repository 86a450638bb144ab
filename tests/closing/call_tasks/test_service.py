"""Claiming, releasing, telling, expiring and cancelling call tasks in the database."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Integer, column, select, values
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service
from app.closing.call_tasks.errors import CallTaskNotFound, CallTaskOver, ClaimNotHeld
from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.call_tasks.rules import CallOutcome, TellOutcome
from app.ground.db.session import Database
from app.ground.db.statements import Relation
from app.ground.errors import Invalid
from app.ground.events.models import Event
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Territory
from app.sales.orders.models import OutletTurnover
from tests.conftest import Statements
from tests.factories.call_tasks import FIVE, SEVEN, make_call_task, read_call_task
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY

ANNA, BILL = 101, 102
MINUTE = timedelta(minutes=1)


async def waiting_task(session: AsyncSession, **fields: object) -> CallTask:
    return await make_call_task(session, await make_outlet(session, await make_territory(session)), **fields)


async def claimed_by_anna(session: AsyncSession, **fields: object) -> CallTask:
    return await waiting_task(session, **{"status": "claimed", "claimed_by": ANNA, "claimed_at": FIVE} | fields)


async def tell(
    session: AsyncSession, task: CallTask, told: TellOutcome, operator: int = ANNA, at: timedelta = MINUTE
) -> CallTask:
    locked = await service.lock_for_outcome(session, task.id, operator, told, None, FIVE + at)
    return await service.record_outcome(session, locked, operator, told, FIVE + at)


def named(*outlets: Outlet) -> Relation:
    rows = values(column("outlet_id", Integer), name="named").data([(outlet.id,) for outlet in outlets])
    return Relation(select(rows.c.outlet_id))


async def test_tasks_that_are_opened_together_have_ids_that_follow_one_another(session: AsyncSession) -> None:
    territory = await make_territory(session)
    outlets = [await make_outlet(session, territory) for _ in range(3)]
    times: dict[str, Any] = {"available_at": FIVE, "due_at": SEVEN}
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        await service.open_for(session, territory.id, day, named(*outlets), **times)
    tasks = (await session.scalars(select(CallTask).order_by(CallTask.business_date, CallTask.outlet_id))).all()
    first, second = tasks[:3], tasks[3:]
    for day_tasks in (first, second):
        assert [task.id.int - task.outlet_id for task in day_tasks] == [
            day_tasks[0].id.int - day_tasks[0].outlet_id
        ] * 3
    assert not {task.id for task in first} & {task.id for task in second}


async def test_an_outlet_that_has_a_task_although_none_was_expected_keeps_it_and_the_others_get_theirs(
    session: AsyncSession,
) -> None:
    task = await waiting_task(session)
    outlet = await session.get_one(Outlet, task.outlet_id)
    other = await make_outlet(session, await session.get_one(Territory, task.territory_id))
    times: dict[str, Any] = {"available_at": FIVE, "due_at": SEVEN}
    opened = await service.open_for(session, task.territory_id, MONDAY, named(outlet, other), **times, first_time=True)
    assert opened == 1
    tasks = (await session.scalars(select(CallTask).order_by(CallTask.outlet_id))).all()
    assert [(found.outlet_id, found.id == task.id) for found in tasks] == [(outlet.id, True), (other.id, False)]


async def test_a_task_is_opened_once_for_an_outlet_and_a_day_with_its_turnover_as_priority(
    session: AsyncSession, statements: Statements
) -> None:
    territory = await make_territory(session)
    small, big, phoned = [await make_outlet(session, territory) for _ in range(3)]
    session.add(OutletTurnover(outlet_id=big.id, value=Decimal(900), computed_on=MONDAY))
    await make_call_task(session, phoned, status="done", priority=Decimal(1))
    outlets = named(small, big, big, phoned)
    await statements.taken()
    times: dict[str, Any] = {"available_at": FIVE, "due_at": SEVEN}
    assert await service.open_for(session, territory.id, MONDAY, outlets, **times) == 2
    assert len(await statements.taken()) == 1
    tasks = {task.outlet_id: task for task in await session.scalars(select(CallTask))}
    assert {outlet_id: (task.status, task.priority) for outlet_id, task in tasks.items()} == {
        small.id: ("open", Decimal(0)),
        big.id: ("open", Decimal(900)),
        phoned.id: ("done", Decimal(1)),
    }
    opened = tasks[big.id]
    assert (opened.territory_id, opened.business_date, opened.available_at) == (territory.id, MONDAY, FIVE)
    assert (opened.due_at, opened.attempts, opened.claimed_by) == (SEVEN, 0, None)


async def test_the_soonest_deadline_is_claimed_first_then_the_biggest_outlet(session: AsyncSession) -> None:
    territory = await make_territory(session)
    small, big, soon = [await make_outlet(session, territory) for _ in range(3)]
    await make_call_task(session, small, priority=Decimal(10))
    await make_call_task(session, big, priority=Decimal(900))
    await make_call_task(session, soon, due_at=SEVEN - MINUTE)
    claimed = [await service.claim_next(session, ANNA, [territory.id], FIVE) for _ in range(4)]
    assert [task and task.outlet_id for task in claimed] == [soon.id, big.id, small.id, None]


async def test_a_claimed_task_tells_its_operator_and_its_time(session: AsyncSession) -> None:
    task = await waiting_task(session)
    claimed = await service.claim_next(session, ANNA, None, FIVE)
    assert claimed is not None
    assert (claimed.id, claimed.status, claimed.claimed_by, claimed.claimed_at) == (task.id, "claimed", ANNA, FIVE)


async def test_a_task_of_another_territory_is_not_claimed(session: AsyncSession) -> None:
    await waiting_task(session)
    elsewhere = await make_territory(session)
    assert await service.claim_next(session, ANNA, [elsewhere.id], FIVE) is None


async def test_a_task_past_its_deadline_is_not_claimed(session: AsyncSession) -> None:
    await waiting_task(session)
    assert await service.claim_next(session, ANNA, None, SEVEN) is None


async def test_a_lapsed_claim_may_be_claimed_by_another(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    assert await service.claim_next(session, BILL, None, FIVE + 14 * MINUTE) is None
    taken = await service.claim_next(session, BILL, None, FIVE + 15 * MINUTE)
    assert taken is not None
    assert (taken.id, taken.claimed_by) == (task.id, BILL)


async def test_twenty_operators_at_once_get_twenty_different_tasks(committed: Database) -> None:
    async with committed.transaction() as session:
        territory = await make_territory(session)
        outlets = [await make_outlet(session, territory) for _ in range(15)]
        tasks = {(await make_call_task(session, outlet)).id for outlet in outlets}

    async def claim(operator: int) -> CallTask | None:
        async with committed.transaction() as session:
            return await service.claim_next(session, operator, [territory.id], FIVE)

    claimed = [task.id for task in await asyncio.gather(*(claim(number) for number in range(20))) if task]
    assert len(claimed) == 15
    assert set(claimed) == tasks


async def test_a_released_task_is_open_again_and_releasing_twice_is_safe(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    for _ in range(2):
        released = await service.release(session, task.id, ANNA, None, FIVE + MINUTE)
        assert (released.status, released.claimed_by, released.claimed_at) == ("open", None, None)


async def test_only_the_holder_releases(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    with pytest.raises(ClaimNotHeld):
        await service.release(session, task.id, BILL, None, FIVE + MINUTE)


async def test_only_the_holder_tells_an_outcome(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    with pytest.raises(ClaimNotHeld):
        await tell(session, task, TellOutcome(CallOutcome.NO_ANSWER), operator=BILL)
    assert (await read_call_task(session, task.id)).status == "claimed"


async def test_a_task_outside_of_the_territories_is_not_found(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    with pytest.raises(CallTaskNotFound):
        await service.release(session, task.id, ANNA, [task.territory_id + 1], FIVE)


async def test_no_answer_three_times_ends_the_task(session: AsyncSession) -> None:
    task = await waiting_task(session)
    seen = []
    for round_ in range(3):
        at = round_ * 20 * MINUTE
        claimed = await service.claim_next(session, ANNA, None, FIVE + at)
        assert claimed is not None
        told = await tell(session, task, TellOutcome(CallOutcome.NO_ANSWER), at=at)
        seen.append((told.status, told.attempts, told.claimed_by))
    assert seen == [("open", 1, None), ("open", 2, None), ("done", 3, ANNA)]
    assert (await read_call_task(session, task.id)).outcome == "no_answer"


async def test_the_same_outcome_told_twice_is_recorded_once(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    told = TellOutcome(CallOutcome.NO_ORDER, reason_code="overstocked", comment="next week")
    first = await tell(session, task, told)
    again = await tell(session, task, told)
    assert (first.status, again.status, again.attempts) == ("done", "done", 1)
    attempts = (await session.scalars(select(CallAttempt).where(CallAttempt.task_id == task.id))).all()
    assert [(a.outcome, a.operator_id, a.comment) for a in attempts] == [("no_order", ANNA, "next week")]


async def test_another_outcome_after_the_end_is_a_conflict(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    await tell(session, task, TellOutcome(CallOutcome.WRONG_NUMBER))
    with pytest.raises(CallTaskOver):
        await tell(session, task, TellOutcome(CallOutcome.NO_ORDER, reason_code="closed"))


async def test_an_outcome_that_cannot_be_leaves_the_task_claimed(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    with pytest.raises(Invalid):
        await tell(session, task, TellOutcome(CallOutcome.CALL_BACK, call_back_at=SEVEN))
    assert (await read_call_task(session, task.id)).status == "claimed"


async def test_open_and_claimed_tasks_expire_at_the_deadline_and_the_supervisor_is_told(session: AsyncSession) -> None:
    territory = await make_territory(session)
    first, second, done = [await make_outlet(session, territory) for _ in range(3)]
    await make_call_task(session, first)
    await make_call_task(session, second, status="claimed", claimed_by=ANNA, claimed_at=FIVE, attempts=1)
    await make_call_task(session, done, status="done", outcome="wrong_number")
    assert await service.expire_due(session, SEVEN - MINUTE) == 0
    assert await service.expire_due(session, SEVEN) == 2
    assert await service.expire_due(session, SEVEN + MINUTE) == 0
    event = (await session.scalars(select(Event).where(Event.type == "call_tasks.expired"))).one()
    assert (event.territory_id, event.occurred_at) == (territory.id, SEVEN)
    assert event.payload == {
        "business_date": MONDAY.isoformat(),
        "expired": 2,
        "claimed": 1,
        "never_phoned": 1,
        "outlet_codes": sorted([first.code, second.code]),
    }


async def test_each_territory_hears_of_its_own_expired_tasks(session: AsyncSession) -> None:
    tasks = [await waiting_task(session) for _ in range(2)]
    await service.expire_due(session, SEVEN)
    events = (await session.scalars(select(Event).where(Event.type == "call_tasks.expired"))).all()
    assert {event.territory_id: event.payload["expired"] for event in events} == {t.territory_id: 1 for t in tasks}


async def test_an_order_cancels_the_task_that_nobody_holds(session: AsyncSession) -> None:
    task, order_id = await waiting_task(session), uuid4()
    cancelled = await service.cancel_unclaimed(session, [(task.outlet_id, MONDAY, order_id)], FIVE + MINUTE)
    assert cancelled == [task.id]
    stands = await read_call_task(session, task.id)
    assert (stands.status, stands.order_id, stands.finished_at) == ("cancelled", order_id, FIVE + MINUTE)


async def test_an_order_leaves_a_claimed_task_to_its_operator(session: AsyncSession) -> None:
    task = await claimed_by_anna(session)
    covered = [(task.outlet_id, MONDAY, uuid4())]
    assert await service.cancel_unclaimed(session, covered, FIVE + 14 * MINUTE) == []
    assert await service.cancel_unclaimed(session, covered, FIVE + 15 * MINUTE) == [task.id]


async def test_an_order_of_another_day_or_for_an_ended_task_cancels_nothing(session: AsyncSession) -> None:
    task, done = await waiting_task(session), await waiting_task(session, status="done", outcome="no_order")
    covered = [(task.outlet_id, MONDAY + timedelta(days=1), uuid4()), (done.outlet_id, MONDAY, uuid4())]
    assert await service.cancel_unclaimed(session, covered, FIVE) == []


async def test_an_order_that_arrives_while_the_task_is_claimed_meets_one_of_both(committed: Database) -> None:
    async with committed.transaction() as session:
        tasks = [await waiting_task(session) for _ in range(10)]
    covered = [(task.outlet_id, MONDAY, uuid4()) for task in tasks]

    async def claim(operator: int) -> CallTask | None:
        async with committed.transaction() as session:
            return await service.claim_next(session, operator, None, FIVE)

    async def cancel() -> list[object]:
        async with committed.transaction() as session:
            return list(await service.cancel_unclaimed(session, covered, FIVE))

    cancelled, *claimed = await asyncio.gather(cancel(), *(claim(number) for number in range(10)))
    assert isinstance(cancelled, list)
    held = [task.id for task in claimed if isinstance(task, CallTask)]
    assert len(held) + len(cancelled) == len(tasks)
    assert not set(held) & set(cancelled)
