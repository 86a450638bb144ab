"""Closing a day on the database: what a run writes, once (C1–C3, C6, C7)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.call_tasks.models import CallTask
from app.cutoff import service as cutoff
from app.cutoff.errors import CutoffNotReached, NotAWorkingDay
from app.cutoff.models import CutoffRun, MissingOrder
from app.events.models import Event
from app.orders.models import OutletTurnover
from app.outlets.models import Outlet
from app.points.models import PointsEntry
from app.territories.models import Rep, Territory
from tests.factories.orders import make_no_order_report, make_order, make_refusal
from tests.factories.outlets import make_outlet
from tests.factories.territories import make_rep, make_territory
from tests.factories.visit_plans import MONDAY, make_visit

CUTOFF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""17:00 in Athens on that Monday."""

AFTER = CUTOFF + timedelta(minutes=1)


@dataclass
class Day:
    territory: Territory
    rep: Rep
    outlet: Outlet


@pytest.fixture
async def day(session: AsyncSession, the_clock: clock.SetClock) -> Day:
    """One rep with one outlet, seconds after the cutoff."""
    the_clock.move_to(CUTOFF + timedelta(seconds=2))
    territory = await make_territory(session)
    return Day(territory, await make_rep(session, territory), await make_outlet(session, territory))


async def close(session: AsyncSession, day: Day, on: date = MONDAY) -> CutoffRun:
    return await cutoff.close_day(session, day.territory.id, on, triggered_by="test")


async def missing(session: AsyncSession) -> list[MissingOrder]:
    return list(await session.scalars(select(MissingOrder).order_by(MissingOrder.visit_id)))


async def test_a_planned_visit_without_an_order_is_flagged_gets_a_call_task_and_costs_points(
    session: AsyncSession, day: Day
) -> None:
    visit = await make_visit(session, day.rep, day.outlet)
    session.add(OutletTurnover(outlet_id=day.outlet.id, value=Decimal(900), computed_on=MONDAY))
    run = await close(session, day)
    assert (run.planned_visits, run.missing_orders, run.call_tasks, run.penalties) == (1, 1, 1, 1)
    (row,) = await missing(session)
    assert (row.visit_id, row.cause, row.provisional, row.run_id) == (visit.id, "not_visited", True, run.id)
    task = (await session.scalars(select(CallTask))).one()
    assert (task.outlet_id, task.status, task.priority) == (day.outlet.id, "open", 900)
    assert task.due_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    entry = (await session.scalars(select(PointsEntry))).one()
    assert (entry.rule, entry.kind, entry.points, entry.source_id) == ("missed_order", "PENALTY", -10, visit.id)
    assert entry.provisional
