"""What an operator needs to know about the outlets of call tasks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff.models import MissingOrder
from app.field.visits.models import Visit
from app.masters.identity.models import User
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import NoOrderReason, NoOrderReport, Order


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What stands around a call task: territory and outlet, who holds it, what came meanwhile, what the rep said.

    `excused`: every visit that the outlet is phoned for was excused since.
    """

    territory_code: str
    claimed_by: str | None
    outlet_code: str
    outlet_name: str
    phone: str | None
    address: str | None
    trade_channel: str | None
    order_due_time: time | None
    min_order_value: Decimal | None
    credit_hold: bool
    must_stock: list[dict[str, str]]
    covered_by_order_id: UUID | None
    excused: bool
    rep_code: str | None
    reason_code: str | None
    reason_label: str | None
    reason_comment: str | None

    @property
    def needless(self) -> bool:
        """Whether nobody needs to phone any more (C5): the order has come, or the visits were excused."""
        return self.covered_by_order_id is not None or self.excused


async def contexts(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, TaskContext]:
    """The context of each task, by one statement."""
    covering, reported = _covering_order(), _reported_reason()
    statement = (
        select(
            CallTask.id,
            Territory.code.label("territory_code"),
            User.username.label("claimed_by"),
            Outlet.code.label("outlet_code"),
            Outlet.name.label("outlet_name"),
            Outlet.phone,
            Outlet.address,
            Outlet.channel.label("trade_channel"),
            OutletTerms.order_due_time,
            OutletTerms.min_order_value,
            func.coalesce(OutletTerms.credit_hold, False).label("credit_hold"),
            OutletTerms.must_stock,
            covering.c.id.label("covered_by_order_id"),
            and_(_flagged().exists(), ~_flagged(Visit.excused_at.is_(None)).exists()).label("excused"),
            reported.c.rep_code,
            reported.c.reason_code,
            reported.c.label.label("reason_label"),
            reported.c.comment.label("reason_comment"),
        )
        .join(Territory, Territory.id == CallTask.territory_id)
        .join(Outlet, Outlet.id == CallTask.outlet_id)
        .outerjoin(OutletTerms, and_(OutletTerms.outlet_id == Outlet.id, OutletTerms.version == Outlet.terms_version))
        .outerjoin(User, User.id == CallTask.claimed_by)
        .outerjoin(covering, true())
        .outerjoin(reported, true())
        .where(CallTask.id.in_(task_ids))
    )
    return {row.id: _context(row) for row in await session.execute(statement)}


def _covering_order() -> FromClause:
    """The first order of the outlet for the task's day, by any channel (O5)."""
    return (
        select(Order.id)
        .where(Order.outlet_id == CallTask.outlet_id, Order.business_date == CallTask.business_date)
        .where(Order.cancelled_at.is_(None))
        .order_by(Order.received_at, Order.id)
        .limit(1)
        .lateral("covering")
    )


def _flagged(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The visits for whose missing orders the outlet is phoned."""
    visit = and_(Visit.visit_date == MissingOrder.business_date, Visit.id == MissingOrder.visit_id)
    same_day = MissingOrder.business_date == CallTask.business_date
    visits = select(Visit.id).join(MissingOrder, visit).where(same_day, MissingOrder.outlet_id == CallTask.outlet_id)
    return visits.where(*conditions).correlate(CallTask)


def _reported_reason() -> FromClause:
    """The last reason that a rep gave for no order at the outlet on the task's day."""
    return (
        select(Rep.code.label("rep_code"), NoOrderReport.reason_code, NoOrderReason.label, NoOrderReport.comment)
        .join(Rep, Rep.id == NoOrderReport.rep_id)
        .outerjoin(NoOrderReason, NoOrderReason.code == NoOrderReport.reason_code)
        .where(NoOrderReport.outlet_id == CallTask.outlet_id, NoOrderReport.business_date == CallTask.business_date)
        .order_by(NoOrderReport.corrected_at.desc(), NoOrderReport.id)
        .limit(1)
        .lateral("reported")
    )


def _context(row: Row[*tuple[Any, ...]]) -> TaskContext:
    columns = row._asdict()
    del columns["id"]
    return TaskContext(**columns | {"must_stock": row.must_stock or []})


async def usernames(session: AsyncSession, user_ids: Collection[int]) -> dict[int, str]:
    """The names of users, by id."""
    rows = await session.execute(select(User.id, User.username).where(User.id.in_(user_ids)))
    return {row.id: row.username for row in rows}
