"""Late orders on the database: reversed, replaced, resolved, final (C4, C5)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff import service as cutoff
from app.ground import clock
from app.ground.db import barrier
from tests.closing.cutoff.worlds import (
    AFTER,
    CUTOFF,
    SIXTEEN,
    Day,
    charged,
    close,
    late_order,
    ledger,
    resolutions,
    settle,
)
from tests.conftest import Statements
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep
from tests.factories.visits import MONDAY, make_visit

MISSED = ("missed_order", "PENALTY", -10, "")
LATE = ("late_order", "PENALTY", -3, "")


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
        ({"at": SIXTEEN - timedelta(minutes=5), "kind": "departure"}, -3),
        ({"at": SIXTEEN - timedelta(hours=2, seconds=1)}, -3),
    ],
)
async def test_a_check_in_before_the_order_tells_where_it_was_captured(
    session: AsyncSession, closed: Day, check_in: dict[str, Any], points: int
) -> None:
    await make_stored_check_in(session, closed.rep, closed.outlet, **check_in)
    await late_order(session, closed)
    await settle(session, closed)
    assert await charged(session) == points


@pytest.mark.parametrize(("verdict", "points"), [("OUTSIDE", -3), ("UNCERTAIN", 0), ("NO_OUTLET_LOCATION", 0)])
async def test_an_orders_own_fix_outside_weighs_more_than_the_check_in_before_it(
    session: AsyncSession, closed: Day, verdict: str, points: int
) -> None:
    await make_stored_check_in(session, closed.rep, closed.outlet, at=SIXTEEN - timedelta(minutes=40))
    await late_order(session, closed, verdict=verdict)
    await settle(session, closed)
    assert await charged(session) == points


async def test_a_check_in_that_comes_after_its_order_clears_the_late_order_too(
    session: AsyncSession, closed: Day
) -> None:
    await late_order(session, closed)
    await settle(session, closed)
    await make_stored_check_in(session, closed.rep, closed.outlet, at=SIXTEEN)
    await settle(session, closed)
    assert (await ledger(session))[-1] == ("late_order", "REVERSAL", 3, "captured_before_cutoff")
    assert (await charged(session), await resolutions(session)) == (0, ["late_order", "captured_before_cutoff"])


async def test_a_check_in_elsewhere_that_comes_later_shows_that_the_rep_had_left(
    session: AsyncSession, closed: Day
) -> None:
    await make_stored_check_in(session, closed.rep, closed.outlet, at=SIXTEEN - timedelta(minutes=10))
    await late_order(session, closed)
    await settle(session, closed)
    assert await charged(session) == 0
    elsewhere = await make_outlet(session, closed.territory)
    await make_stored_check_in(session, closed.rep, elsewhere, at=SIXTEEN - timedelta(minutes=5))
    await cutoff.settle_late_orders(session, [(elsewhere.id, MONDAY)], AFTER)
    assert await charged(session) == -3
    # and a second order, from the doorstep after all: the late order's reversal of the reversal is reversed
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert await charged(session) == 0
    await settle(session, closed)
    assert (await charged(session), len(await ledger(session))) == (0, 4)


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
    assert await charged(session) == -6


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


async def test_an_upload_for_a_day_without_missing_orders_costs_one_statement(
    session: AsyncSession, statements: Statements, day: Day
) -> None:
    await late_order(session, day)
    await statements.taken()
    await settle(session, day)
    assert len(await statements.taken()) == 1


@pytest.mark.parametrize("outlets", [1, 12])
async def test_a_settlement_costs_the_same_number_of_statements_whatever_its_size(
    session: AsyncSession, statements: Statements, day: Day, outlets: int
) -> None:
    days = [Day(day.territory, day.rep, await make_outlet(session, day.territory)) for _ in range(outlets)]
    for each in days:
        await make_visit(session, each.rep, each.outlet)
    await close(session, day)
    for each in days:
        await late_order(session, each)
    await statements.taken()
    await cutoff.settle_late_orders(session, [pair for each in days for pair in each.touched], AFTER)
    assert len(await statements.taken()) == 16
    assert await charged(session) == -3 * outlets


@pytest.mark.parametrize("final", [False, True], ids=["provisional", "final"])
async def test_an_order_by_mail_that_was_read_late_costs_nothing_if_the_mail_server_had_it_in_time(
    session: AsyncSession, closed: Day, final: bool
) -> None:
    read_at = CUTOFF + timedelta(days=4) if final else AFTER
    await make_order(session, closed.outlet, channel="EMAIL", received_at=CUTOFF, corrected_at=CUTOFF, read_at=read_at)
    await cutoff.settle_late_orders(session, closed.touched, read_at)
    assert await ledger(session) == [MISSED, ("missed_order", "REVERSAL", 10, "received_before_cutoff")]
    assert await resolutions(session) == ["received_before_cutoff"]


async def test_an_order_by_mail_that_the_mail_server_had_a_second_too_late_is_late(
    session: AsyncSession, closed: Day
) -> None:
    late = CUTOFF + timedelta(seconds=1)
    await make_order(session, closed.outlet, channel="EMAIL", received_at=late, corrected_at=late, read_at=AFTER)
    await settle(session, closed)
    assert await resolutions(session) == ["late_order"]


async def test_a_mail_that_is_read_while_the_day_closes_is_not_overlooked(
    session: AsyncSession, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is committed after the run has taken its snapshot, and sees no run that it could settle."""
    await make_visit(session, day.rep, day.outlet)
    hold_alone = barrier.hold_alone

    async def mailed_before(closing: AsyncSession, territory_ids: Collection[int]) -> None:
        await make_order(closing, day.outlet, channel="EMAIL", received_at=SIXTEEN, read_at=clock.now())
        await hold_alone(closing, territory_ids)

    monkeypatch.setattr(barrier, "hold_alone", mailed_before)
    await close(session, day)
    assert await charged(session) == 0
    assert await resolutions(session) == ["received_before_cutoff"]


async def test_a_day_that_is_closed_late_flags_no_outlet_whose_mail_was_there_in_time(
    session: AsyncSession, day: Day
) -> None:
    await make_visit(session, day.rep, day.outlet)
    await make_order(session, day.outlet, channel="EMAIL", received_at=CUTOFF, read_at=AFTER)
    assert (await close(session, day)).missing_orders == 0
