"""An upload that comes after the cutoff settles what the run had booked."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff.models import MissingOrderResolution
from app.closing.cutoff.service import close_day
from app.ground import clock
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from tests.doors.handheld.conftest import Field, Sync
from tests.factories.handheld import make_check_in, make_order
from tests.factories.identity import make_device
from tests.factories.territories import make_rep, make_territory
from tests.factories.visits import MONDAY, make_visit

MORNING = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

ON_TIME = 1
"""What the visit earns by an order from before the cutoff."""


@pytest.fixture
async def closed(sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock) -> None:
    """The phone was heard of in the morning; the day was closed without an order."""
    await make_visit(session, field.rep, field.outlet)
    the_clock.move_to(MORNING)
    await sync(time=MORNING, sequence_to=0)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(CUTOFF + timedelta(minutes=20))


async def outcomes(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(MissingOrderResolution.outcome).order_by(MissingOrderResolution.step)))


async def test_an_order_from_before_the_cutoff_and_inside_clears_the_penalty_and_is_not_made_final_by_its_own_watermark(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    before = CUTOFF - timedelta(hours=1)
    visit = make_check_in(field.outlet.code, before, sequence=1)
    order = make_order(field.outlet.code, field.product.code, time=before + timedelta(minutes=5), sequence=2)

    answer = await sync(visit, order, time=clock.now(), sequence_to=2)

    assert answer["watermark"] == "2026-11-23T15:20:00Z"
    assert await outcomes(session) == ["captured_before_cutoff"]
    assert sum(await session.scalars(select(PointsEntry.points))) == ON_TIME


async def test_an_order_after_the_cutoff_costs_the_smaller_penalty(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    late = make_order(field.outlet.code, field.product.code, time=CUTOFF + timedelta(minutes=10))

    await sync(late, time=clock.now())

    assert await outcomes(session) == ["late_order"]
    assert sum(await session.scalars(select(PointsEntry.points))) == -3


async def test_a_cutoff_that_was_moved_after_the_run_hides_no_late_order(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    field.territory.order_cutoff = time(23)
    await session.flush()

    await sync(make_order(field.outlet.code, field.product.code, time=clock.now()), time=clock.now())

    assert await outcomes(session) == ["late_order"]


async def test_a_watermark_past_the_cutoff_makes_the_penalty_final(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    await sync(time=clock.now(), sequence_to=0)

    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == ["watermark_passed"]


async def test_a_colleague_who_has_told_everything_loses_nothing_when_the_order_comes_from_another_phone(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock
) -> None:
    """B was there without a network; A, honest and online, syncs first."""
    colleague = await make_rep(session, field.territory)
    device = await make_device(session, colleague)
    for rep in (field.rep, colleague):
        await make_visit(session, rep, field.outlet)
    the_clock.move_to(MORNING)
    await sync(device=device, time=MORNING, sequence_to=0)
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    the_clock.move_to(CUTOFF + timedelta(minutes=5))
    await sync(time=clock.now(), sequence_to=0)
    assert (await session.scalars(select(PenaltyFinalisation.because))).all() == []
    the_clock.move_to(CUTOFF + timedelta(minutes=30))
    arrival = make_check_in(field.outlet.code, CUTOFF - timedelta(minutes=15), sequence=1)
    order = make_order(field.outlet.code, field.product.code, time=CUTOFF - timedelta(minutes=10), sequence=2)
    await sync(arrival, order, device=device, time=clock.now(), sequence_to=2)
    assert sum(await session.scalars(select(PointsEntry.points))) == ON_TIME


async def test_an_order_after_its_device_has_said_that_nothing_was_left_is_late(
    sync: Sync, session: AsyncSession, field: Field, closed: None
) -> None:
    await sync(time=clock.now(), sequence_to=0)
    arrival = make_check_in(field.outlet.code, CUTOFF - timedelta(minutes=15), sequence=1)
    order = make_order(field.outlet.code, field.product.code, time=CUTOFF - timedelta(minutes=10), sequence=2)
    await sync(arrival, order, time=clock.now(), sequence_to=2)
    assert await outcomes(session) == ["late_order"]


@pytest.mark.parametrize(("captured_h", "outcome"), [(-1, "captured_before_cutoff"), (0.5, "late_order")])
async def test_where_rep_and_outlet_moved_together_the_territory_that_planned_the_visit_settles_it(
    sync: Sync, session: AsyncSession, field: Field, the_clock: clock.SetClock, captured_h: float, outcome: str
) -> None:
    await make_visit(session, field.rep, field.outlet)
    heir = await make_territory(session, order_cutoff=time(23, 50))
    field.rep.territory_id = field.outlet.territory_id = heir.id
    await session.flush()
    the_clock.move_to(CUTOFF + timedelta(minutes=1))
    await close_day(session, field.territory.id, MONDAY, triggered_by="test")
    captured_at = CUTOFF + timedelta(hours=captured_h)
    the_clock.move_to(CUTOFF + timedelta(hours=1))
    arrival = make_check_in(field.outlet.code, captured_at - timedelta(minutes=5))
    await sync(arrival, make_order(field.outlet.code, field.product.code, time=captured_at), time=clock.now())
    assert await outcomes(session) == [outcome]
    (status,) = await session.scalars(select(CallTask.status).execution_options(populate_existing=True))
    assert status == "cancelled"
