"""Late orders on the database: reversed, replaced, resolved, final (C4, C5)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import clock
from app.call_tasks.models import CallTask
from app.cutoff import service as cutoff
from app.db import barrier
from app.db.session import Database
from app.orders.models import Order
from app.points.models import PenaltyFinalisation
from tests.cutoff.worlds import (
    AFTER,
    CUTOFF,
    Day,
    balance,
    close,
    ledger,
    make_watermark,
    resolutions,
)
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import make_device
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visit_plans import MONDAY, make_visit

SIXTEEN = CUTOFF - timedelta(hours=1)
"""16:00 in Athens: captured in time."""

MISSED = ("missed_order", "PENALTY", -10, "")
LATE = ("late_order", "PENALTY", -3, "")


@pytest.fixture
async def closed(session: AsyncSession, day: Day) -> Day:
    """The day, with one planned visit, closed: the rep has −10."""
    await make_visit(session, day.rep, day.outlet)
    await close(session, day)
    return day


async def late_order(session: AsyncSession, day: Day, at: datetime = AFTER, **fields: Any) -> Order:
    """An order from the rep's handheld, captured at 16:00 by a trusted clock, that arrives after the cutoff."""
    sound = {"rep": day.rep, "corrected_at": SIXTEEN, "captured_at": SIXTEEN, "received_at": at}
    return await make_order(session, day.outlet, **sound | fields)


async def settle(session: AsyncSession, day: Day, at: datetime = AFTER) -> None:
    await cutoff.settle_late_orders(session, day.touched, at)


async def test_an_order_captured_inside_before_the_cutoff_takes_the_penalty_back(
    session: AsyncSession, closed: Day
) -> None:
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert await ledger(session) == [MISSED, ("missed_order", "REVERSAL", 10, "captured_before_cutoff")]
    assert await resolutions(session) == ["captured_before_cutoff"]


@pytest.mark.parametrize(
    "fields",
    [
        {"trusted": False},
        {"corrected_at": CUTOFF + timedelta(seconds=1)},
        {"verdict": "UNCERTAIN"},
        {"verdict": None},
        {"rep": None},
    ],
    ids=["clock not trusted", "captured late", "not surely inside", "nowhere", "by another door"],
)
async def test_any_other_late_order_costs_the_smaller_penalty_instead(
    session: AsyncSession, closed: Day, fields: dict[str, Any]
) -> None:
    await late_order(session, closed, **{"verdict": "INSIDE" if "rep" not in fields else None} | fields)
    await settle(session, closed)
    assert await ledger(session) == [MISSED, ("missed_order", "REVERSAL", 10, "late_order"), LATE]
    assert await resolutions(session) == ["late_order"]


@pytest.mark.parametrize(
    ("check_in", "points"),
    [
        ({"at": SIXTEEN - timedelta(minutes=40)}, 0),
        ({"at": SIXTEEN + timedelta(minutes=1)}, -3),
        ({"at": SIXTEEN, "trusted": False}, -3),
        ({"at": SIXTEEN, "verdict": "OUTSIDE"}, -3),
        ({"at": SIXTEEN - timedelta(minutes=5), "kind": "departure"}, 0),
        ({"at": SIXTEEN - timedelta(minutes=6), "kind": "departure"}, -3),
    ],
)
async def test_a_check_in_before_the_order_tells_where_it_was_captured(
    session: AsyncSession, closed: Day, check_in: dict[str, Any], points: int
) -> None:
    await make_stored_check_in(session, closed.rep, closed.outlet, **check_in)
    await late_order(session, closed)
    await settle(session, closed)
    assert await balance(session) == points


async def test_a_check_in_that_comes_after_its_order_clears_the_late_order_too(
    session: AsyncSession, closed: Day
) -> None:
    await late_order(session, closed)
    await settle(session, closed)
    await make_stored_check_in(session, closed.rep, closed.outlet, at=SIXTEEN)
    await settle(session, closed)
    assert (await ledger(session))[-1] == ("late_order", "REVERSAL", 3, "captured_before_cutoff")
    assert (await balance(session), await resolutions(session)) == (0, ["late_order", "captured_before_cutoff"])


async def test_a_check_in_elsewhere_that_comes_later_shows_that_the_rep_had_left(
    session: AsyncSession, closed: Day
) -> None:
    await make_stored_check_in(session, closed.rep, closed.outlet, at=SIXTEEN - timedelta(minutes=10))
    await late_order(session, closed)
    await settle(session, closed)
    assert await balance(session) == 0
    elsewhere = await make_outlet(session, closed.territory)
    await make_stored_check_in(session, closed.rep, elsewhere, at=SIXTEEN - timedelta(minutes=5))
    await cutoff.settle_late_orders(session, [(elsewhere.id, MONDAY)], AFTER)
    assert await balance(session) == -3
    # and a second order, from the doorstep after all: the late order's reversal of the reversal is reversed
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert await balance(session) == 0
    await settle(session, closed)
    assert (await balance(session), len(await ledger(session))) == (0, 4)


async def test_settling_again_changes_nothing(session: AsyncSession, closed: Day) -> None:
    await late_order(session, closed)
    for _ in range(3):
        await settle(session, closed)
    assert (len(await ledger(session)), len(await resolutions(session))) == (3, 1)


async def test_a_late_order_settles_every_visit_of_its_outlet(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_visit(session, await make_rep(session, day.territory), day.outlet)
    await close(session, day)
    await late_order(session, day)
    await settle(session, day)
    assert await balance(session) == -6


async def test_a_final_penalty_is_not_reversed_but_still_replaced(session: AsyncSession, closed: Day) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert await balance(session) == -3


async def test_what_was_cleared_while_provisional_stays_so(session: AsyncSession, closed: Day) -> None:
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    await late_order(session, closed, rep=None)
    await settle(session, closed)
    assert await balance(session) == 0


@pytest.mark.parametrize(("hours", "points"), [(72, 0), (73, -3)])
async def test_after_72_hours_a_penalty_is_final_without_any_step(
    session: AsyncSession, closed: Day, hours: int, points: int
) -> None:
    at = CUTOFF + timedelta(hours=hours)
    await late_order(session, closed, at, verdict="INSIDE")
    await settle(session, closed, at)
    assert await balance(session) == points


async def finalisations(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(PenaltyFinalisation.because)))


async def test_a_watermark_that_stops_short_of_the_cutoff_makes_nothing_final(
    session: AsyncSession, closed: Day
) -> None:
    state = await make_watermark(session, await make_device(session, closed.rep), CUTOFF - timedelta(seconds=1))
    await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    assert await finalisations(session) == []
    state.watermark_at = CUTOFF
    await session.flush()
    for _ in range(2):
        await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    assert await finalisations(session) == ["watermark_passed"]


async def test_a_second_device_that_has_not_told_everything_keeps_penalties_provisional(
    session: AsyncSession, closed: Day
) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    second = await make_device(session, closed.rep)
    await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    assert await finalisations(session) == []
    second.revoked_at = AFTER
    await session.flush()
    await cutoff.finalise_passed(session, closed.rep.id, AFTER)
    assert await finalisations(session) == ["watermark_passed"]


async def test_that_72_hours_made_a_penalty_final_is_written_down(session: AsyncSession, closed: Day) -> None:
    at = CUTOFF + timedelta(hours=72)
    assert await cutoff.finalise_after_72h(session, at) == 0
    assert await cutoff.finalise_after_72h(session, at + timedelta(seconds=1)) == 1
    assert await cutoff.finalise_after_72h(session, at + timedelta(hours=1)) == 0
    assert await finalisations(session) == ["after_72h"]


async def test_a_late_order_cancels_the_call_that_nobody_has_claimed(session: AsyncSession, closed: Day) -> None:
    order = await late_order(session, closed)
    await settle(session, closed)
    task = (await session.scalars(select(CallTask).execution_options(populate_existing=True))).one()
    assert (task.status, task.order_id) == ("cancelled", order.id)


async def test_a_claimed_call_stays_with_its_operator(session: AsyncSession, closed: Day) -> None:
    task = (await session.scalars(select(CallTask))).one()
    task.status, task.claimed_by, task.claimed_at = "claimed", 1, AFTER
    await session.flush()
    await late_order(session, closed)
    await settle(session, closed)
    await session.refresh(task)
    assert task.status == "claimed"


async def test_a_day_that_is_closed_late_is_settled_as_if_it_had_been_closed_in_time(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    """The device synced at 17:20, the scheduler came back at 18:00: the watermark has passed, nothing is lost."""
    cleared, late = await make_outlet(session, day.territory), await make_outlet(session, day.territory)
    for outlet in (day.outlet, cleared, late):
        await make_visit(session, day.rep, outlet)
    await late_order(session, Day(day.territory, day.rep, cleared), verdict="INSIDE")
    await late_order(session, Day(day.territory, day.rep, late))
    await make_watermark(session, await make_device(session, day.rep), CUTOFF + timedelta(minutes=20))
    the_clock.move_to(CUTOFF + timedelta(hours=1))
    run = await close(session, day)
    assert (run.missing_orders, run.penalties) == (3, 3)
    assert await balance(session) == -13
    assert sorted(await resolutions(session)) == ["captured_before_cutoff", "late_order"]
    tasks = await session.scalars(select(CallTask.status).order_by(CallTask.status))
    assert list(tasks) == ["cancelled", "cancelled", "open"]


async def test_a_catch_up_of_more_than_72_hours_still_honours_what_came_within_them(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    other = await make_outlet(session, day.territory)
    for outlet in (day.outlet, other):
        await make_visit(session, day.rep, outlet)
    await late_order(session, day, CUTOFF + timedelta(hours=71), verdict="INSIDE")
    await late_order(session, Day(day.territory, day.rep, other), CUTOFF + timedelta(hours=73), verdict="INSIDE")
    the_clock.move_to(CUTOFF + timedelta(days=10))
    await close(session, day)
    assert await balance(session) == -3


async def test_an_upload_for_a_day_without_missing_orders_costs_one_statement(
    session: AsyncSession, connection: AsyncConnection, day: Day
) -> None:
    statements: list[str] = []
    await late_order(session, day)

    def count(*told: Any) -> None:
        statements.append(told[2])

    event.listen(connection.sync_engine, "before_cursor_execute", count)
    await settle(session, day)
    assert len(statements) == 1


@pytest.mark.parametrize("outlets", [1, 12])
async def test_a_settlement_costs_the_same_number_of_statements_whatever_its_size(
    session: AsyncSession, connection: AsyncConnection, day: Day, outlets: int
) -> None:
    days = [Day(day.territory, day.rep, await make_outlet(session, day.territory)) for _ in range(outlets)]
    for each in days:
        await make_visit(session, each.rep, each.outlet)
    await close(session, day)
    for each in days:
        await late_order(session, each)
    statements: list[str] = []
    event.listen(connection.sync_engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    await cutoff.settle_late_orders(session, [pair for each in days for pair in each.touched], AFTER)
    assert len(statements) == 9
    assert await balance(session) == -3 * outlets


async def test_an_order_that_is_recorded_while_its_day_is_being_closed_is_settled_by_one_of_the_two(
    committed: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
        await make_visit(session, day.rep, day.outlet)

    async def upload() -> None:
        async with committed.transaction() as session:
            await barrier.enter(session, territory.id)
            await late_order(session, day, clock.now())
            await asyncio.sleep(0.02)
            await settle(session, day, clock.now())

    async def close_it() -> None:
        async with committed.transaction() as session:
            await close(session, day)

    await asyncio.gather(upload(), close_it(), upload())
    async with committed.read_only() as session:
        assert (await balance(session), await resolutions(session)) == (-3, ["late_order"])


async def test_the_two_halves_of_a_proof_that_commit_at_once_are_seen_together(
    committed: Database, the_clock: clock.SetClock
) -> None:
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        day = Day(territory, await make_rep(session, territory), await make_outlet(session, territory))
        await make_visit(session, day.rep, day.outlet)
        await close(session, day)
    both_wrote = asyncio.Barrier(2)

    async def upload(make: Any) -> None:
        async with committed.transaction() as session:
            await barrier.enter(session, territory.id)
            await make(session)
            await both_wrote.wait()
            await settle(session, day)

    await asyncio.gather(
        upload(lambda session: late_order(session, day)),
        upload(lambda session: make_stored_check_in(session, day.rep, day.outlet, at=SIXTEEN)),
    )
    async with committed.read_only() as session:
        assert await balance(session) == 0
