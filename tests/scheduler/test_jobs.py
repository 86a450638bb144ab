"""The leader's other jobs."""

import asyncio
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.field.risk_signals.models import RiskSignal
from app.ground import clock
from app.ground.db.session import Database
from app.ground.settings import Settings
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from scheduler.jobs import Job, all_jobs
from scheduler.positions import PositionPruning
from scheduler.runner import run_scheduler
from tests.factories.check_ins import make_stored_check_in
from tests.factories.orders import make_order
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


async def with_positions(session: AsyncSession) -> int:
    found = select(func.count()).select_from(CheckIn).where(CheckIn.lat.is_not(None))
    return (await session.execute(found)).scalar_one()


async def a_rep_and_an_outlet(session: AsyncSession) -> tuple[Rep, Outlet]:
    territory = await make_territory(session)
    return await make_rep(session, territory), await make_outlet(session, territory)


async def test_positions_of_more_than_90_days_ago_go_and_verdicts_stay(session: AsyncSession) -> None:
    rep, outlet = await a_rep_and_an_outlet(session)
    for day in (date(2026, 6, 1), date(2026, 8, 24), date(2026, 8, 25)):
        await make_stored_check_in(session, rep, outlet, business_date=day, lat=38.2, lon=21.7, distance_m=12.5)
    pruning = PositionPruning()
    turns = [await pruning.prune(session, NOW) for _ in range(16)]
    assert (sum(turns), await with_positions(session)) == (2, 1)
    old = (await session.scalars(select(CheckIn).where(CheckIn.business_date == date(2026, 6, 1)))).one()
    assert (old.lat, old.lon, old.verdict, old.distance_m) == (None, None, "INSIDE", 12.5)


async def test_a_check_in_of_decades_ago_costs_one_turn(session: AsyncSession) -> None:
    rep, outlet = await a_rep_and_an_outlet(session)
    for day in (date(2000, 1, 2), date(2026, 6, 1), date(2026, 7, 1)):
        await make_stored_check_in(session, rep, outlet, business_date=day, lat=38.2, lon=21.7)
    pruning = PositionPruning()
    assert [await pruning.prune(session, NOW) for _ in range(3)] == [1, 1, 1]
    assert await with_positions(session) == 0


async def test_the_positions_of_orders_and_in_the_evidence_of_signals_go_too(session: AsyncSession) -> None:
    rep, outlet = await a_rep_and_an_outlet(session)
    long_ago = date(2026, 6, 1)
    order = await make_order(session, outlet, rep=rep, business_date=long_ago, lat=38.2, lon=21.7, distance_m=12.5)
    signal = RiskSignal(
        id=uuid4(),
        rule="repeated_fix",
        subject_type="order",
        subject_id=order.id,
        territory_id=rep.territory_id,
        rep_id=rep.id,
        business_date=long_ago,
        evidence={"lat": 38.2, "lon": 21.7, "first": "an earlier one"},
        explanation="The same fix on two days.",
        raised_at=NOW,
    )
    session.add(signal)
    await session.flush()
    assert await PositionPruning().prune(session, NOW) == 2
    for pruned in (order, signal):
        await session.refresh(pruned)
    assert (order.lat, order.lon, order.distance_m) == (None, None, 12.5)
    assert signal.evidence == {"first": "an earlier one"}


async def test_a_position_that_arrives_long_after_its_day_was_pruned_goes_too(session: AsyncSession) -> None:
    rep, outlet = await a_rep_and_an_outlet(session)
    await make_stored_check_in(session, rep, outlet, business_date=date(2026, 8, 20), lat=38.2, lon=21.7)
    pruning = PositionPruning()
    assert await pruning.prune(session, NOW) == 1
    await make_stored_check_in(session, rep, outlet, business_date=date(2026, 8, 20), lat=38.2, lon=21.7)
    turns = [await pruning.prune(session, NOW) for _ in range(2)]
    assert (sum(turns), await with_positions(session)) == (1, 0)


async def test_every_job_runs_on_an_empty_database(committed: Database, settings: Settings) -> None:
    for job in all_jobs(settings):
        await job.run(committed)


async def test_partitions_are_made_three_months_ahead(committed: Database, settings: Settings) -> None:
    job = next(job for job in all_jobs(settings) if job.id == "keep_partitions_ahead")
    await job.run(committed)
    async with committed.read_only() as session:
        found = await session.execute(text("SELECT to_regclass('orders_y2027m02') IS NOT NULL"))
        assert found.scalar_one()


async def test_a_job_that_fails_is_tried_again_and_keeps_no_other_from_running(committed: Database) -> None:
    stop, tried, ran = asyncio.Event(), 0, 0

    async def fail(_: Database) -> None:
        nonlocal tried
        tried += 1
        if tried == 2:
            stop.set()
        raise RuntimeError("this job fails")

    async def run(_: Database) -> None:
        nonlocal ran
        ran += 1

    async with asyncio.timeout(20):
        await run_scheduler(committed, stop, lambda: [Job("fails", 0.05, fail), Job("runs", 0.05, run)])
    assert tried >= 2
    assert ran >= 1


@pytest.mark.parametrize("year", [2001, 2099])
async def test_jobs_start_at_once_wherever_a_set_clock_stands(
    committed: Database, the_clock: clock.SetClock, year: int
) -> None:
    the_clock.move_to(datetime(year, 1, 1, tzinfo=UTC))
    stop = asyncio.Event()

    async def run(_: Database) -> None:
        stop.set()

    async with asyncio.timeout(20):
        await run_scheduler(committed, stop, lambda: [Job("runs", 0.05, run)])


async def test_a_running_job_may_end_when_the_scheduler_is_told_to_stop(committed: Database) -> None:
    stop, ended = asyncio.Event(), False

    async def long(_: Database) -> None:
        nonlocal ended
        stop.set()
        await asyncio.sleep(0.2)
        ended = True

    async with asyncio.timeout(20):
        await run_scheduler(committed, stop, lambda: [Job("long", 60, long)])
    assert ended


async def test_a_leader_whose_lock_connection_is_cut_breaks_off_its_jobs_and_leads_again(committed: Database) -> None:
    stop, started, cancelled = asyncio.Event(), 0, 0

    async def long(_: Database) -> None:
        nonlocal started, cancelled
        started += 1
        if started == 2:
            stop.set()
            return
        try:
            async with committed.transaction() as session:
                cut = (
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1279607108"
                )
                await session.execute(text(cut))
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled += 1
            raise

    async with asyncio.timeout(30):
        await run_scheduler(committed, stop, lambda: [Job("long", 600, long)])
    assert (started, cancelled) == (2, 1)
