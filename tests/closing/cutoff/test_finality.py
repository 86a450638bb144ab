"""What may still change about a penalty, until when, and who sees it when two act at once (C4, C6)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff import finality_queries
from app.closing.cutoff import service as cutoff
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.snapshot import SNAPSHOT
from app.field.watermarks.models import DeviceSyncState
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.session import Database
from app.ground.db.statements import Relation
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from tests.closing.cutoff.worlds import (
    AFTER,
    CUTOFF,
    SIXTEEN,
    Day,
    charged,
    close,
    late_order,
    make_watermark,
    missing,
    resolutions,
    settle,
)
from tests.factories.check_ins import make_stored_check_in
from tests.factories.identity import make_device
from tests.factories.orders import make_order, make_refusal
from tests.factories.outlets import make_outlet
from tests.factories.rejected_events import make_rejected_event
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit


@pytest.mark.parametrize(
    ("told_until", "points"), [(None, 0), (CUTOFF - timedelta(microseconds=1), 0), (CUTOFF, -3), (AFTER, -3)]
)
async def test_an_order_of_a_device_that_had_said_that_nothing_was_left_is_late(
    session: AsyncSession, closed: Day, told_until: datetime | None, points: int
) -> None:
    await late_order(session, closed, verdict="INSIDE", device_told_until=told_until)
    await settle(session, closed)
    assert await charged(session) == points


async def test_that_the_reps_own_devices_have_told_everything_bars_no_order_of_a_colleague(
    session: AsyncSession, closed: Day
) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == ["watermark_passed"]
    colleague = await make_rep(session, closed.territory)
    await late_order(session, closed, rep=colleague, verdict="INSIDE")
    await settle(session, closed)
    assert await charged(session) == 0


async def test_what_was_cleared_while_provisional_stays_so(session: AsyncSession, closed: Day) -> None:
    await late_order(session, closed, verdict="INSIDE")
    await settle(session, closed)
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    await late_order(session, closed, rep=None)
    await settle(session, closed)
    assert await charged(session) == 0


@pytest.mark.parametrize(("hours", "points"), [(72, 0), (73, -10)])
async def test_after_72_hours_an_order_changes_nothing_more(
    session: AsyncSession, closed: Day, hours: int, points: int
) -> None:
    at = CUTOFF + timedelta(hours=hours)
    await late_order(session, closed, at, verdict="INSIDE")
    await settle(session, closed, at)
    assert await charged(session) == points


async def finalisations(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(PenaltyFinalisation.because)))


async def test_a_watermark_that_stops_short_of_the_cutoff_makes_nothing_final(
    session: AsyncSession, closed: Day
) -> None:
    state = await make_watermark(session, await make_device(session, closed.rep), CUTOFF - timedelta(seconds=1))
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == []
    state.watermark_at = CUTOFF
    await session.flush()
    for _ in range(2):
        await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == ["watermark_passed"]


async def test_a_second_device_that_has_not_told_everything_keeps_penalties_provisional(
    session: AsyncSession, closed: Day
) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    second = await make_device(session, closed.rep)
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == []
    second.revoked_at = AFTER
    await session.flush()
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == ["watermark_passed"]


async def test_a_rejected_event_keeps_the_penalties_of_its_own_day_provisional_and_no_others(
    session: AsyncSession, closed: Day, the_clock: clock.SetClock
) -> None:
    tuesday, its_cutoff = MONDAY + timedelta(days=1), CUTOFF + timedelta(days=1)
    await make_watermark(session, await make_device(session, closed.rep), its_cutoff)
    await make_rejected_event(
        session,
        closed.rep,
        hold_before=CUTOFF + timedelta(hours=12),
        hold_until=its_cutoff + timedelta(hours=72),
    )
    visit = await make_visit(session, closed.rep, closed.outlet, visit_date=tuesday)
    the_clock.move_to(its_cutoff + timedelta(seconds=2))
    await close(session, closed, tuesday)
    await cutoff.finalise_passed(session, [closed.rep.id], its_cutoff)
    final = await session.scalars(select(PointsEntry.source_id).join(PenaltyFinalisation))
    assert visit.id not in set(final)
    assert len(await finalisations(session)) == 1


@pytest.mark.parametrize(
    "penalties",
    [
        finality_queries.passed([1], MONDAY, SIXTEEN, AFTER),
        finality_queries.passed_of_run(CutoffRun(id=uuid4(), business_date=MONDAY, cutoff_at=CUTOFF), [1]),
        finality_queries.passed_of_supplements(CutoffRun(id=uuid4(), business_date=MONDAY), [1]),
    ],
)
async def test_penalties_are_looked_up_by_their_visits_however_long_the_ledger_is(
    session: AsyncSession, penalties: Relation
) -> None:
    await session.execute(CreateTable(SNAPSHOT.table))
    statement = penalties.rows.params(penalties.parameters)
    sql = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    # whatever the planner believes of the ledger's size, it must not read it whole
    await session.execute(text("SET LOCAL enable_nestloop = off"))
    await session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(await session.scalars(text(f"EXPLAIN {sql}".replace(":", "\\:"))))
    _, _, of_entries = plan.partition(" on points_entries")
    assert "Index Cond: ((source_id = missing.visit_id) AND (source_type = 'visit'::text))" in of_entries


async def test_that_72_hours_made_a_penalty_final_is_written_down(session: AsyncSession, closed: Day) -> None:
    at = CUTOFF + timedelta(hours=72)
    assert await cutoff.finalise_after_72h(session, at) == 0
    assert await cutoff.finalise_after_72h(session, at + timedelta(seconds=1)) == 1
    assert await cutoff.finalise_after_72h(session, at + timedelta(hours=1)) == 0
    assert await finalisations(session) == ["after_72h"]


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
    assert await charged(session) == -13
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
    assert await charged(session) == -10


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
        assert (await charged(session), await resolutions(session)) == (-3, ["late_order"])


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
        assert await charged(session) == 0


async def test_a_form_that_stands_refused_keeps_the_penalty_provisional_until_it_is_accepted(
    session: AsyncSession, closed: Day
) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    refusal = await make_refusal(session, closed.outlet, rep=closed.rep, received_at=SIXTEEN)
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == []
    await make_order(
        session, closed.outlet, rep=closed.rep, id=refusal.id, first_received_at=SIXTEEN, received_at=AFTER
    )
    await settle(session, closed)
    assert (await charged(session), await resolutions(session)) == (0, ["received_before_cutoff"])
    await cutoff.finalise_passed(session, [closed.rep.id], AFTER)
    assert await finalisations(session) == ["watermark_passed"]


async def test_a_colleagues_silent_phone_keeps_the_penalty_provisional_where_it_may_hold_the_outlets_order(
    session: AsyncSession, day: Day
) -> None:
    colleague = await make_rep(session, day.territory)
    for rep in (day.rep, colleague):
        await make_visit(session, rep, day.outlet)
        await make_watermark(session, await make_device(session, rep), AFTER if rep is day.rep else SIXTEEN)
    run = await close(session, day)
    assert [row.provisional for row in await missing(session)] == [True, True], run.id
    await cutoff.finalise_passed(session, [day.rep.id], AFTER)
    assert await finalisations(session) == []
    state = (await session.scalars(select(DeviceSyncState).where(DeviceSyncState.rep_id == colleague.id))).one()
    state.watermark_at = CUTOFF
    await session.flush()
    await cutoff.finalise_moved(session, [(colleague.id, SIXTEEN, CUTOFF)], AFTER)
    assert await finalisations(session) == ["watermark_passed"] * 2


@pytest.mark.parametrize(("before", "now"), [(CUTOFF, AFTER), (SIXTEEN, CUTOFF - timedelta(seconds=1))])
async def test_a_watermark_that_moves_past_no_cutoff_makes_nothing_final(
    session: AsyncSession, closed: Day, before: datetime, now: datetime
) -> None:
    await make_watermark(session, await make_device(session, closed.rep), AFTER)
    await cutoff.finalise_moved(session, [(closed.rep.id, before, now)], AFTER)
    assert await finalisations(session) == []
