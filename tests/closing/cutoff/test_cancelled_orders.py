"""Orders that were cancelled: they defeat no cutoff, in whatever order the news comes (O4, C5)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.ground import clock
from tests.closing.cutoff.worlds import (
    AFTER,
    CUTOFF,
    SIXTEEN,
    Day,
    cancel,
    charged,
    close,
    late_order,
    ledger,
    missing,
    resolutions,
    settle,
    tasks,
)
from tests.factories.orders import make_order
from tests.factories.visits import make_visit

MINUTE = timedelta(minutes=1)
FIVE_TO = CUTOFF - 5 * MINUTE
MISSED = [("missed_order", "PENALTY", -10, "")]


@pytest.fixture
async def planned(session: AsyncSession, day: Day) -> Day:
    await make_visit(session, day.rep, day.outlet)
    return day


async def settle_cancelled(session: AsyncSession, day: Day, at: datetime) -> None:
    await cutoff.settle_cancelled_orders(session, day.touched, at)


async def test_an_order_that_the_rep_had_cancelled_by_the_cutoff_is_flagged_when_that_is_heard(
    session: AsyncSession, planned: Day
) -> None:
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    run = await close(session, planned)
    assert (run.missing_orders, run.penalties, run.call_tasks) == (0, 0, 0)
    heard_at = CUTOFF + 50 * MINUTE
    await cancel(session, order, captured_at=FIVE_TO, received_at=heard_at)
    for _ in range(2):
        await settle_cancelled(session, planned, heard_at)
    assert [(row.supplement, row.cause) for row in await missing(session)] == [(True, "not_visited")]
    assert (await ledger(session), await tasks(session)) == (MISSED, ["open"])
    assert (run.missing_orders, run.penalties, run.call_tasks) == (0, 0, 0)


async def test_past_the_call_deadline_such_an_outlet_is_flagged_and_not_phoned(
    session: AsyncSession, planned: Day
) -> None:
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    await close(session, planned)
    heard_at = CUTOFF + timedelta(hours=2)
    await cancel(session, order, captured_at=FIVE_TO, received_at=heard_at)
    await settle_cancelled(session, planned, heard_at)
    assert (await charged(session), await tasks(session)) == (-10, [])


async def test_a_run_that_comes_after_the_news_flags_the_same(
    session: AsyncSession, planned: Day, the_clock: clock.SetClock
) -> None:
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    await cancel(session, order, captured_at=FIVE_TO, received_at=CUTOFF + 50 * MINUTE)
    the_clock.move_to(CUTOFF + timedelta(hours=1))
    run = await close(session, planned)
    assert run.missing_orders == 0
    assert [row.supplement for row in await missing(session)] == [True]
    assert (await ledger(session), await tasks(session)) == (MISSED, ["open"])


async def test_a_dummy_that_was_cancelled_leaves_the_real_order_late(session: AsyncSession, planned: Day) -> None:
    dummy = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    await close(session, planned)
    await late_order(session, planned, AFTER, corrected_at=AFTER)
    await settle(session, planned)
    await cancel(session, dummy, captured_at=FIVE_TO, received_at=AFTER + MINUTE)
    await settle_cancelled(session, planned, AFTER + MINUTE)
    assert (await charged(session), await resolutions(session)) == (-3, ["late_order"])
    assert await tasks(session) == []


@pytest.mark.parametrize("heard_first", ["order", "cancellation", "run"])
async def test_a_proof_that_was_cancelled_by_the_cutoff_clears_nothing(
    session: AsyncSession, planned: Day, the_clock: clock.SetClock, heard_first: str
) -> None:
    """Offline: an order at 16:50 from the spot, cancelled at 16:55. The penalty stands, however the news came."""
    if heard_first == "run":
        await close(session, planned)
    order = await late_order(session, planned, AFTER, corrected_at=CUTOFF - 10 * MINUTE, verdict="INSIDE")
    if heard_first != "cancellation":
        await settle(session, planned)
    await cancel(session, order, captured_at=FIVE_TO, received_at=AFTER + 5 * MINUTE)
    await settle_cancelled(session, planned, AFTER + 5 * MINUTE)
    the_clock.move_to(CUTOFF + 10 * MINUTE)
    await close(session, planned)
    assert (await charged(session), await tasks(session)) == (-10, ["open"])


async def test_what_the_office_cancels_before_the_cutoff_is_flagged_with_that_cause_and_not_charged(
    session: AsyncSession, planned: Day
) -> None:
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    await cancel(session, order, captured_at=FIVE_TO, by="user")
    async with session.begin_nested():
        preview = await cutoff.preview(session, planned.territory.id, order.business_date)
    run = await close(session, planned)
    assert [row.cause for row in await missing(session)] == ["cancelled_by_office"]
    assert [row.cause for row in preview.missing] == ["cancelled_by_office"]
    assert (run.missing_orders, run.penalties, run.call_tasks) == (1, 0, 1)
    assert (preview.penalties, preview.call_tasks) == (0, 1)
    assert await charged(session) == 0


async def test_what_the_rep_has_cancelled_by_the_cutoff_is_charged(session: AsyncSession, planned: Day) -> None:
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
    await cancel(session, order, captured_at=FIVE_TO)
    run = await close(session, planned)
    assert [row.cause for row in await missing(session)] == ["not_visited"]
    assert run.penalties == 1


@pytest.mark.parametrize("late", [True, False])
async def test_what_the_office_cancels_after_the_cutoff_costs_nobody_anything_and_has_the_outlet_phoned(
    session: AsyncSession, planned: Day, late: bool
) -> None:
    if late:
        await close(session, planned)
        order = await late_order(session, planned, AFTER, verdict="INSIDE")
        await settle(session, planned)
    else:
        order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN)
        await close(session, planned)
    assert await tasks(session) == (["cancelled"] if late else [])
    await cancel(session, order, captured_at=AFTER + MINUTE, by="user")
    await settle_cancelled(session, planned, AFTER + MINUTE)
    assert (await charged(session), await tasks(session)) == (0, ["open"])
    another = await late_order(session, planned, AFTER + 2 * MINUTE, corrected_at=AFTER)
    await settle(session, planned, AFTER + 2 * MINUTE)
    assert (await charged(session), await tasks(session)) == (0, ["cancelled"] if late else ["open"]), another.id


async def test_a_late_orders_call_opens_again_when_the_order_is_cancelled_before_the_deadline(
    session: AsyncSession, planned: Day
) -> None:
    await close(session, planned)
    order = await late_order(session, planned, AFTER, corrected_at=AFTER)
    await settle(session, planned)
    assert (await charged(session), await tasks(session)) == (-3, ["cancelled"])
    await cancel(session, order, captured_at=AFTER + 5 * MINUTE, by="user")
    await settle_cancelled(session, planned, AFTER + 5 * MINUTE)
    assert (await charged(session), await tasks(session)) == (-3, ["open"])


async def test_an_excused_visit_needs_no_call_when_its_order_is_cancelled(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet, excused_at=SIXTEEN)
    order = await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    await close(session, day)
    await cancel(session, order, captured_at=AFTER, by="user")
    await settle_cancelled(session, day, AFTER)
    assert (await missing(session), await tasks(session)) == ([], [])


@pytest.mark.parametrize("run_first", [True, False])
async def test_of_two_cancellations_the_earlier_one_decides_whichever_was_heard_first(
    session: AsyncSession, planned: Day, the_clock: clock.SetClock, run_first: bool
) -> None:
    """The office cancels at 16:55 what the rep, in a cellar, had cancelled at 16:40: that is heard at 17:20."""
    order = await make_order(session, planned.outlet, rep=planned.rep, received_at=SIXTEEN, version=1)
    await cancel(session, order, captured_at=FIVE_TO, by="user")
    heard_at = CUTOFF + 20 * MINUTE
    if run_first:
        await close(session, planned)
        assert await charged(session) == 0
    await cancel(session, order, captured_at=CUTOFF - 20 * MINUTE, received_at=heard_at)
    await settle_cancelled(session, planned, heard_at)
    the_clock.move_to(heard_at + MINUTE)
    await close(session, planned)
    assert [row.cause for row in await missing(session)] == ["cancelled_by_office"]
    assert await charged(session) == -10
