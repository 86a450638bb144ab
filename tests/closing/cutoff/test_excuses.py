"""An excuse says after the cutoff what it says before it: no penalty, no needless call (V5, C4, C5)."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.service import excuse_visit
from app.field.visits.models import Visit
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from tests.closing.cutoff.worlds import (
    AFTER,
    CUTOFF,
    Day,
    charged,
    close,
    late_order,
    ledger,
    make_watermark,
    missing,
    resolutions,
    settle,
)
from tests.factories.identity import make_device
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

MISSED = ("missed_order", "PENALTY", -10, "")
TAKEN_BACK = ("missed_order", "REVERSAL", 10, "excused")


async def excuse(session: AsyncSession, visit: Visit) -> None:
    await excuse_visit(session, visit.id, None, reason_code="rep_ill", comment="", by="user:sofia")


async def the_visit(session: AsyncSession) -> Visit:
    return (await session.scalars(select(Visit))).one()


async def the_task(session: AsyncSession) -> CallTask:
    return (await session.scalars(select(CallTask).execution_options(populate_existing=True))).one()


async def test_an_excuse_after_the_cutoff_takes_the_penalty_back_and_leaves_the_report(
    session: AsyncSession, closed: Day
) -> None:
    await excuse(session, await the_visit(session))
    assert await ledger(session) == [MISSED, TAKEN_BACK]
    assert (len(await missing(session)), await resolutions(session)) == (1, ["excused"])


async def test_excusing_again_changes_nothing(session: AsyncSession, closed: Day) -> None:
    for _ in range(3):
        await excuse(session, await the_visit(session))
    assert (len(await ledger(session)), len(await resolutions(session))) == (2, 1)


async def test_a_final_penalty_is_excused_too(session: AsyncSession, closed: Day, the_clock: clock.SetClock) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    the_clock.move_to(CUTOFF + timedelta(days=9))
    await excuse(session, await the_visit(session))
    assert await charged(session) == 0


@pytest.mark.parametrize("excused_first", [True, False])
async def test_an_excused_visit_costs_nothing_whenever_its_order_comes(
    session: AsyncSession, closed: Day, *, excused_first: bool
) -> None:
    if excused_first:
        await excuse(session, await the_visit(session))
    await late_order(session, closed)
    await settle(session, closed)
    if not excused_first:
        assert await charged(session) == -3
        await excuse(session, await the_visit(session))
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    assert (await charged(session), (await resolutions(session))[-1]) == (0, "excused")


@pytest.mark.parametrize("excused_at", [CUTOFF + timedelta(microseconds=1), AFTER])
async def test_a_day_that_is_closed_late_takes_back_what_was_excused_meanwhile(
    session: AsyncSession, day: Day, the_clock: clock.SetClock, excused_at: datetime
) -> None:
    await make_visit(session, day.rep, day.outlet, excused_at=excused_at, excused_by="user:sofia")
    the_clock.move_to(AFTER + timedelta(hours=3))
    run = await close(session, day)
    assert (run.missing_orders, await ledger(session)) == (1, [MISSED, TAKEN_BACK])
    assert (await the_task(session)).status == "cancelled"


async def test_an_excuse_at_the_very_cutoff_is_in_time(session: AsyncSession, day: Day) -> None:
    await make_visit(session, day.rep, day.outlet, excused_at=CUTOFF, excused_by="user:sofia")
    assert (await close(session, day)).missing_orders == 0


async def test_an_excuse_cancels_the_call_that_nobody_has_claimed(session: AsyncSession, closed: Day) -> None:
    await excuse(session, await the_visit(session))
    task = await the_task(session)
    assert (task.status, task.order_id) == ("cancelled", None)


async def test_a_claimed_call_stays_with_its_operator_when_the_visit_is_excused(
    session: AsyncSession, closed: Day
) -> None:
    task = await the_task(session)
    task.status, task.claimed_by, task.claimed_at = "claimed", 1, clock.now()
    await session.flush()
    await excuse(session, await the_visit(session))
    assert (await the_task(session)).status == "claimed"


async def test_the_call_stays_while_another_reps_visit_there_is_not_excused(session: AsyncSession, day: Day) -> None:
    mine = await make_visit(session, day.rep, day.outlet)
    theirs = await make_visit(session, await make_rep(session, day.territory), day.outlet)
    await close(session, day)
    await excuse(session, mine)
    assert ((await the_task(session)).status, await charged(session)) == ("open", -10)
    await excuse(session, theirs)
    assert ((await the_task(session)).status, await charged(session)) == ("cancelled", 0)


async def test_an_excuse_before_the_cutoff_settles_nothing(
    session: AsyncSession, day: Day, the_clock: clock.SetClock
) -> None:
    visit = await make_visit(session, day.rep, day.outlet)
    the_clock.move_to(CUTOFF - timedelta(hours=1))
    await excuse(session, visit)
    the_clock.move_to(AFTER)
    run = await close(session, day)
    assert (run.missing_orders, await ledger(session), await resolutions(session)) == (0, [], [])


async def test_an_excuse_that_comes_while_the_day_is_being_closed_is_seen_by_the_run(
    committed: Database, the_clock: clock.SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_clock.move_to(AFTER)
    async with committed.transaction() as session:
        territory = await make_territory(session)
        visit = await make_visit(session, await make_rep(session, territory), await make_outlet(session, territory))
    hold_alone = barrier.hold_alone

    async def excused_before(closing: AsyncSession, territory_ids: Collection[int]) -> None:
        """Between the run's snapshot and its last step somebody excuses the visit, and sees nothing of the run."""
        async with committed.transaction() as meanwhile:
            await excuse(meanwhile, visit)
            assert await missing(meanwhile) == []
        await hold_alone(closing, territory_ids)

    monkeypatch.setattr(barrier, "hold_alone", excused_before)
    async with committed.transaction() as session:
        run = await cutoff.close_day(session, territory.id, MONDAY, triggered_by="test")
    assert (run.missing_orders, run.penalties) == (1, 1)
    async with committed.read_only() as session:
        assert (await charged(session), await resolutions(session)) == (0, ["excused"])
