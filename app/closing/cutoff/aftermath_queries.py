"""What has come of missing orders by now: their calls, the orders that came late, what they cost (C4, C5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, Uuid, and_, bindparam, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.report_queries import last_resolution, of_run, run_parameters
from app.ground.db.statements import DirectStatement
from app.masters.territories.models import Rep
from app.motivation.points.rules import PROVISIONAL_FOR
from app.motivation.points.visit_penalties import may_be_taken_back, points_of
from app.sales.orders.models import Order


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What has come of a missing order by now.

    `call_…`: of the outlet's call, None where there is none. `order_…`: of the order that resolved it. `points`: what
    all entries about the visit come to; `penalty_provisional`: whether one of them may still be taken back.
    """

    visit_id: UUID
    call_status: str | None
    call_due_at: datetime | None
    call_attempts: int | None
    call_outcome: str | None
    call_finished_at: datetime | None
    resolved_at: datetime | None
    order_channel: str | None
    order_rep_code: str | None
    order_captured_at: datetime | None
    order_received_at: datetime | None
    order_value: Decimal | None
    points: int
    penalty_provisional: bool


async def aftermaths(
    session: AsyncSession, run: CutoffRun, visit_ids: Collection[UUID], at: datetime
) -> dict[UUID, Aftermath]:
    """What has come of these missing orders of a run, by visit id. One statement."""
    asked = {"visit_ids": list(visit_ids), "still_open": run.cutoff_at + PROVISIONAL_FOR >= at}
    rows = await _aftermaths().rows(session, run_parameters(run) | asked)
    return {row["visit_id"]: Aftermath(**row) for row in rows}


@cache
def _aftermaths() -> DirectStatement:
    resolution = last_resolution()
    task = (CallTask.outlet_id == MissingOrder.outlet_id) & (CallTask.business_date == MissingOrder.business_date)
    order = and_(Order.business_date == MissingOrder.business_date, Order.id == resolution.c.order_id)
    still_open = bindparam("still_open", type_=Boolean())
    return DirectStatement(
        select(
            MissingOrder.visit_id,
            CallTask.status.label("call_status"),
            CallTask.due_at.label("call_due_at"),
            CallTask.attempts.label("call_attempts"),
            CallTask.outcome.label("call_outcome"),
            CallTask.finished_at.label("call_finished_at"),
            resolution.c.resolved_at,
            Order.channel.label("order_channel"),
            Rep.code.label("order_rep_code"),
            Order.captured_at.label("order_captured_at"),
            Order.received_at.label("order_received_at"),
            Order.total_value.label("order_value"),
            points_of(MissingOrder.visit_id).label("points"),
            may_be_taken_back(MissingOrder.visit_id, still_open).label("penalty_provisional"),
        )
        .outerjoin(CallTask, task)
        .outerjoin(resolution, true())
        .outerjoin(Order, order)
        .outerjoin(Rep, Rep.id == Order.rep_id)
        .where(of_run())
        .where(MissingOrder.visit_id == func.any(bindparam("visit_ids", type_=ARRAY(Uuid()))))
    )
