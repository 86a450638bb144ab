"""What a closed day has booked for orders in time, as sets and one by one, and what is left of it later (P3, C9)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff import service as cutoff
from app.masters.outlets.models import Outlet
from app.motivation.points.models import PointsPolicy
from tests.closing.cutoff.worlds import AFTER, CUTOFF, SIXTEEN, Day, close
from tests.closing.punctuality.worlds import NOON, ON_TIME, PAST_DUE, booked
from tests.conftest import Statements
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.risk_signals import make_signal
from tests.factories.territories import make_territory
from tests.factories.visits import MONDAY, make_visit


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        (NOON - timedelta(hours=2), [ON_TIME]),
        (NOON, [ON_TIME, PAST_DUE]),
        (CUTOFF, [ON_TIME, PAST_DUE]),
        (AFTER, []),
    ],
)
async def test_a_closed_day_has_booked_what_its_orders_earn(
    session: AsyncSession, day: Day, received_at: datetime, expected: list[Any]
) -> None:
    """Noon in Athens is 10:00 UTC in November."""
    noon = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    at = received_at if received_at != NOON else noon + timedelta(seconds=1)
    await make_order(session, day.outlet, rep=day.rep, received_at=at, corrected_at=at)
    await close(session, day)
    assert await booked(session) == expected


@pytest.mark.parametrize("how", ["elsewhere", "late_too"])
async def test_one_by_one_it_comes_to_the_same(session: AsyncSession, day: Day, how: str) -> None:
    """An outlet with an order under another territory, or with a late one as well, is settled by itself."""
    order = await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN, corrected_at=SIXTEEN)
    if how == "elsewhere":
        order.territory_id = (await make_territory(session)).id
        day.outlet.territory_id = day.rep.territory_id = order.territory_id
    else:
        await make_order(session, day.outlet, rep=day.rep, received_at=CUTOFF + timedelta(seconds=1))
    await session.flush()
    await close(session, day)
    assert sorted(await booked(session)) == sorted([ON_TIME, PAST_DUE])


async def test_a_day_is_booked_by_a_fixed_number_of_statements(
    session: AsyncSession, statements: Statements, day: Day
) -> None:
    counts = []
    for more in (1, 10):
        for _ in range(more):
            outlet = await make_outlet(session, day.territory, terms={"order_due_time": time(12)})
            await make_visit(session, day.rep, outlet)
            await make_order(session, outlet, rep=day.rep, received_at=SIXTEEN)
        await statements.taken()
        async with session.begin_nested() as trial:
            await close(session, day)
            counts.append(len(await statements.taken()))
            await trial.rollback()
    assert counts[0] == counts[1]


async def test_an_order_that_was_found_dumped_before_the_cutoff_earns_nothing(session: AsyncSession, day: Day) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=NOON - timedelta(hours=3))
    confirmed = {"review_outcome": "confirmed", "reviewed_at": NOON, "review_comment": "", "reviewed_by": "user:s"}
    await make_signal(session, order, "averaged_order", raised_at=NOON - timedelta(hours=2), **confirmed)
    await close(session, day)
    assert await booked(session) == []


async def test_what_a_void_run_has_booked_is_taken_back_and_booked_again_when_the_day_is_closed_anew(
    session: AsyncSession, day: Day
) -> None:
    await make_order(session, day.outlet, rep=day.rep, received_at=SIXTEEN)
    run = await close(session, day)
    await cutoff.void_run(session, run.id, reason="a holiday", by="user:root")
    taken_back = [("order_on_time", "REVERSAL", -1, "run_voided"), ("past_due_order", "REVERSAL", 1, "run_voided")]
    assert sorted((await booked(session))[2:]) == taken_back
    await close(session, day)
    assert sum(points for _, _, points, _ in await booked(session)) == 0
    assert len(await booked(session)) == 6


async def test_an_order_that_its_rep_had_cancelled_by_the_cutoff_earns_nothing_whenever_that_is_heard(
    session: AsyncSession, day: Day
) -> None:
    order = await make_order(session, day.outlet, rep=day.rep, received_at=NOON - timedelta(hours=3))
    await close(session, day)
    order.cancelled_at, order.cancelled_effective_at = AFTER, SIXTEEN
    order.cancelled_by, order.cancelled_by_kind = f"device:{day.rep.code}", "device"
    await session.flush()
    await cutoff.settle_cancelled_orders(session, day.touched, AFTER)
    assert await booked(session) == [ON_TIME, ("order_on_time", "REVERSAL", -1, "no_order_in_time")]


async def test_an_order_that_clears_the_visit_earns_as_if_it_had_come_in_time(session: AsyncSession, day: Day) -> None:
    await close(session, day)
    await make_order(
        session, day.outlet, rep=day.rep, received_at=AFTER, corrected_at=SIXTEEN, captured_at=SIXTEEN, verdict="INSIDE"
    )
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    assert await booked(session) == [("order_on_time", "AWARD", 1, "captured_before_cutoff")]


async def test_a_visit_that_a_colleagues_order_covers_earns_by_the_reps_own_late_one(
    session: AsyncSession, day: Day
) -> None:
    """It is no missing order: nothing but the visit itself tells that it is to be settled."""
    await make_order(session, day.outlet, channel="CALL_CENTRE", received_at=SIXTEEN)
    await close(session, day)
    assert await booked(session) == []
    await make_order(
        session, day.outlet, rep=day.rep, received_at=AFTER, corrected_at=SIXTEEN, captured_at=SIXTEEN, verdict="INSIDE"
    )
    await cutoff.settle_late_orders(session, day.touched, AFTER)
    assert [rule for rule, _, _, _ in await booked(session)] == ["order_on_time"]


async def test_a_rule_of_no_points_books_nothing(session: AsyncSession, day: Day) -> None:
    off = {"version": 9, "rule": "order_on_time", "points": 0, "valid_from": MONDAY}
    session.add(PointsPolicy(**off, created_at=AFTER, created_by="test"))
    await session.flush()
    await make_order(session, day.outlet, rep=day.rep, received_at=NOON - timedelta(hours=3))
    await close(session, day)
    assert await booked(session) == []


async def test_an_outlet_without_a_due_time_of_its_own_is_never_past_due(session: AsyncSession, day: Day) -> None:
    outlet: Outlet = await make_outlet(session, day.territory, terms={"order_due_time": None})
    await make_visit(session, day.rep, outlet)
    for each in (outlet, day.outlet):
        await make_order(session, each, rep=day.rep, received_at=SIXTEEN)
    await close(session, day)
    assert [rule for rule, _, _, _ in await booked(session)] == ["order_on_time", "order_on_time", "past_due_order"]
