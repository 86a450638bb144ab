"""Who is charged and paid for orders in time, as sets and one by one: nobody who is excused, or had left (P3)."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.field.visits.models import Visit
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, change, close
from tests.closing.punctuality.worlds import NOON, ON_TIME, PAST_DUE, booked
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

Story = Callable[[AsyncSession, Day], Awaitable[None]]
MORNING = NOON - timedelta(hours=2)
BEFORE, LATER = SIXTEEN, CUTOFF + timedelta(seconds=1)
EXCUSED = ("past_due_order", "REVERSAL", 1, "excused")


async def the_visit(session: AsyncSession) -> Visit:
    return (await session.scalars(select(Visit))).one()


async def excuse(session: AsyncSession, visit: Visit) -> None:
    await cutoff.excuse_visit(session, visit.id, None, reason_code="rep_ill", comment="", by="user:sofia")


async def nothing_else(session: AsyncSession, day: Day) -> None:
    pass


async def excused_in_the_morning(session: AsyncSession, day: Day) -> None:
    visit = await the_visit(session)
    visit.excused_at, visit.excused_by = MORNING, "user:sofia"
    await session.flush()


async def left_by_the_cutoff(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", BEFORE, active=False)


async def left_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", LATER, active=False)


async def came_back_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", BEFORE, active=False)
    await change(session, day.rep, "rep", LATER, active=True)


async def moved_by_the_cutoff(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", BEFORE, territory_code=await make_territory(session))


async def moved_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.rep, "rep", LATER, territory_code=await make_territory(session))


async def outlet_closed_by_the_cutoff(session: AsyncSession, day: Day) -> None:
    await change(session, day.outlet, "outlet", BEFORE, active=False)


async def outlet_closed_later(session: AsyncSession, day: Day) -> None:
    await change(session, day.outlet, "outlet", LATER, active=False)


async def moved_with_the_outlet(session: AsyncSession, day: Day) -> None:
    elsewhere = await make_territory(session)
    await change(session, day.rep, "rep", BEFORE, territory_code=elsewhere)
    await change(session, day.outlet, "outlet", BEFORE, territory_code=elsewhere)


async def ordered_early_by_a_colleague(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=await make_rep(session, day.territory), received_at=MORNING)


async def ordered_early_by_phone(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=MORNING)


async def ordered_early_and_cancelled(session: AsyncSession, day: Day) -> None:
    order = await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=MORNING)
    order.cancelled_at = order.cancelled_effective_at = SIXTEEN
    order.cancelled_by, order.cancelled_by_kind = "user:olga", "user"
    await session.flush()


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (nothing_else, [ON_TIME, PAST_DUE]),
        (excused_in_the_morning, [ON_TIME]),
        (left_by_the_cutoff, []),
        (left_later, [ON_TIME, PAST_DUE]),
        (came_back_later, []),
        (moved_by_the_cutoff, []),
        (moved_later, [ON_TIME, PAST_DUE]),
        (outlet_closed_by_the_cutoff, []),
        (outlet_closed_later, [ON_TIME, PAST_DUE]),
        (moved_with_the_outlet, [ON_TIME, PAST_DUE]),
        (ordered_early_by_a_colleague, [ON_TIME]),
        (ordered_early_by_phone, [ON_TIME]),
        (ordered_early_and_cancelled, [ON_TIME, PAST_DUE]),
    ],
)
async def test_an_order_past_its_due_time_is_judged_alike_as_a_set_and_by_itself(
    session: AsyncSession, day: Day, story: Story, expected: list[Any], *, one_by_one: bool
) -> None:
    """What came late, too, has an outlet settled by itself."""
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await story(session, day)
    if one_by_one:
        await make_order(session, day.outlet, rep=day.rep, received_at=LATER)
    await close(session, day)
    assert sorted(await booked(session)) == sorted(expected)


async def test_an_excuse_after_the_booking_takes_past_due_back_at_once(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await close(session, day)
    for _ in range(2):
        await excuse(session, await the_visit(session))
    assert await booked(session) == [ON_TIME, PAST_DUE, EXCUSED]


async def test_an_excused_visit_stays_free_whatever_comes_later(session: AsyncSession, day: Day) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await close(session, day)
    await excuse(session, await the_visit(session))
    await make_order(session, day.outlet, rep=day.rep, received_at=AFTER)
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    assert await booked(session) == [ON_TIME, PAST_DUE, EXCUSED]


async def test_an_excuse_frees_one_visit_and_not_a_colleagues(session: AsyncSession, day: Day) -> None:
    colleague = await make_rep(session, day.territory)
    theirs = await make_visit(session, colleague, day.outlet)
    for rep in (day.rep, colleague):
        await make_order(session, day.outlet, rep=rep, received_at=SIXTEEN)
    await close(session, day)
    await excuse(session, theirs)
    assert (await booked(session)).count(EXCUSED) == 1
    assert sum(points for rule, _, points, _ in await booked(session) if rule == "past_due_order") == -1


@pytest.mark.parametrize("excused_at", [CUTOFF + timedelta(microseconds=1), AFTER])
async def test_a_day_that_is_closed_late_does_not_charge_what_was_excused_meanwhile(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, excused_at: datetime
) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    visit = await the_visit(session)
    visit.excused_at, visit.excused_by = excused_at, "user:sofia"
    await session.flush()
    the_clock.move_to(AFTER + timedelta(hours=3))
    await close(session, day)
    assert await booked(session) == [ON_TIME]


async def test_an_excuse_that_comes_while_the_day_is_being_closed_takes_past_due_back(
    committed: Database, the_clock: clock.SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        outlet = await make_outlet(session, territory, terms={"order_due_time": NOON.time()})
        rep = await make_rep(session, territory)
        visit = await make_visit(session, rep, outlet)
        await make_order(session, outlet, rep=rep, received_at=SIXTEEN)
    hold_alone = barrier.hold_alone

    async def excused_before(closing: AsyncSession, territory_ids: Collection[int]) -> None:
        """Between the run's snapshot and its last step somebody excuses the visit, and sees nothing of the run."""
        async with committed.transaction() as meanwhile:
            await excuse(meanwhile, visit)
            assert await booked(meanwhile) == []
        await hold_alone(closing, territory_ids)

    monkeypatch.setattr(barrier, "hold_alone", excused_before)
    async with committed.transaction() as session:
        await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")
    async with committed.read_only() as session:
        assert await booked(session) == [ON_TIME, PAST_DUE, EXCUSED]
