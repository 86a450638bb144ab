"""The reads of a visit that an entry is about, and of what decides whether something may still come."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, Row, and_, bindparam, cast, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.closing.cutoff.finality import is_silent, refusal_stands
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.closing.cutoff.settlement_rules import Standing
from app.closing.explanations.records import Refusal, Resolution, SilentDevice
from app.closing.explanations.sight import may_read
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground.web.access import Caller, Scope
from app.masters.identity.models import Device
from app.masters.outlets.models import Outlet, OutletTerms
from app.sales.orders.models import OrderRefusal


async def visit_in_sight(
    session: AsyncSession, caller: Caller, visit_date: date, visit_id: UUID
) -> Row[*tuple[Any, ...]] | None:
    """A visit with its outlet, as far as the caller could read it by itself (decision 52). One statement."""
    columns = (
        Visit.id,
        Visit.visit_date,
        Visit.territory_id,
        Visit.excused_at,
        Visit.excuse_reason,
        Visit.excuse_comment,
        Visit.outlet_id,
        Outlet.code.label("outlet_code"),
        Outlet.name.label("outlet_name"),
    )
    query = (
        select(*columns)
        .join(Outlet, Outlet.id == Visit.outlet_id)
        .where(Visit.visit_date == visit_date, Visit.id == visit_id)
    )
    if caller.rep_id is not None:
        query = query.where(Visit.rep_id == caller.rep_id)
    elif caller.territory_ids is not None:
        query = query.where(Visit.territory_id.in_(caller.territory_ids))
    row: Row[*tuple[Any, ...]] | None = (await session.execute(query)).one_or_none()
    return row


async def closings_of(
    session: AsyncSession, territory_id: int, visit_date: date, visit_id: UUID, outlet_id: int
) -> Sequence[Any]:
    """The runs of the visit's day, oldest first, each with what it says of the visit and the outlet's own due time."""
    due_time = (
        select(OutletTerms.order_due_time)
        .where(OutletTerms.outlet_id == outlet_id, OutletTerms.valid_from <= CutoffRun.cutoff_at)
        .order_by(OutletTerms.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            CutoffRun.id,
            CutoffRun.cutoff_at,
            CutoffRun.started_at,
            CutoffRun.voided_at,
            CutoffRun.void_reason,
            MissingOrder.cause,
            MissingOrder.no_order_reason,
            due_time.label("due_time"),
        )
        .outerjoin(
            MissingOrder,
            and_(
                MissingOrder.run_id == CutoffRun.id,
                MissingOrder.business_date == visit_date,
                MissingOrder.visit_id == visit_id,
            ),
        )
        .where(CutoffRun.territory_id == territory_id, CutoffRun.business_date == visit_date)
        .order_by(CutoffRun.started_at, CutoffRun.voided_at.nulls_last())
    )
    rows: Sequence[Any] = (await session.execute(query)).all()
    return rows


async def resolutions_of(session: AsyncSession, visit_date: date, visit_id: UUID) -> tuple[Resolution, ...]:
    """What became of the visit's missing order, step by step."""
    step = MissingOrderResolution
    rows = await session.execute(
        select(step.outcome, step.order_id, step.resolved_at)
        .where(step.business_date == visit_date, step.visit_id == visit_id)
        .order_by(step.step)
    )
    return tuple(Resolution(Standing(row.outcome), row.order_id, row.resolved_at) for row in rows)


async def refusals_of(session: AsyncSession, caller: Caller, outlet_id: int, day: date, rep_id: int) -> list[Refusal]:
    """The forms for an outlet and day that were refused, oldest first; each id once.

    What the rep's own said is for whoever reads orders.
    """
    readable = may_read(caller, Scope.ORDERS_READ)
    rows = await session.execute(
        select(
            OrderRefusal.id,
            OrderRefusal.rep_id,
            OrderRefusal.received_at,
            OrderRefusal.problems,
            and_(*refusal_stands()).label("still_refused"),
        )
        .where(OrderRefusal.outlet_id == outlet_id, OrderRefusal.business_date == day)
        .order_by(OrderRefusal.received_at, OrderRefusal.id)
    )
    first: dict[UUID, Refusal] = {}
    for row in rows:
        messages = tuple(problem["message"] for problem in row.problems)
        first.setdefault(
            row.id, Refusal(row.id, readable and row.rep_id == rep_id, row.received_at, messages, row.still_refused)
        )
    return list(first.values())


async def silent_devices(
    session: AsyncSession, outlet_id: int, day: date, rep_id: int, cutoff_at: datetime
) -> list[SilentDevice]:
    """The handhelds that may still hold an order of an outlet from before the cutoff (C4): the rep's own, and those of
    colleagues who had the outlet in plan or checked in there.
    """
    on_day = bindparam("day", day, type_=Date)
    planned = select(Visit.rep_id).where(
        Visit.outlet_id == outlet_id, Visit.visit_date == on_day, Visit.approved_at.is_not(None)
    )
    seen = select(CheckIn.rep_id).where(CheckIn.outlet_id == outlet_id, CheckIn.business_date == on_day)
    reps = union(planned, seen).subquery()
    state = aliased(DeviceSyncState)
    cutoff = cast(bindparam("cutoff_at", cutoff_at, type_=DateTime(timezone=True)), DateTime(timezone=True))
    rows = await session.execute(
        select(Device.rep_id, state.watermark_at)
        .outerjoin(state, state.device_id == Device.id)
        .where(or_(Device.rep_id == bindparam("rep_id", rep_id, type_=Integer), Device.rep_id.in_(select(reps))))
        .where(*is_silent(cutoff))
        .order_by(Device.rep_id != rep_id, state.watermark_at)
    )
    return [SilentDevice(row.rep_id == rep_id, row.watermark_at) for row in rows]
