"""All SQL of the 17:00 report: runs, and their missing orders beside what has become of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Row,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from app.closing.call_tasks.models import CallTask
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.ground.db.statements import DirectStatement, records_of
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order, OrderVersion

RunKey = tuple[date, UUID]
_BEFORE_ALL = UUID(int=0)
"""The id of no visit, before all of them."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted; None: any. `territory_ids` is what the caller may see."""

    territory_ids: Collection[int] | None
    territory_code: str | None = None
    business_date: date | None = None


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run with its territory's code, name and zone."""

    run: CutoffRun
    territory_code: str
    territory_name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class ReportedMissingOrder:
    """A missing order as it was at the cutoff (the columns up to `provisional`), and what has become of it (C8)."""

    visit_id: UUID
    rep_code: str
    rep_name: str
    outlet_code: str
    outlet_name: str
    cause: str
    no_order_reason: str | None
    provisional: bool
    call_task_id: UUID | None
    resolution: str | None
    resolved_by_order_id: UUID | None
    resolving_order_changed_at: datetime | None
    outlet_phone: str | None


@dataclass(frozen=True, slots=True)
class ReportedOrderChange:
    """An order of a closed day that was changed after its cutoff: as it was then, and as it is (O4, C8)."""

    order_id: UUID
    outlet_code: str
    rep_code: str | None
    channel: str
    change: str
    changed_by: str
    reason: str
    captured_at: datetime
    changed_at: datetime
    version_at_cutoff: int | None
    value_at_cutoff: Decimal | None
    version: int
    value: Decimal
    cancelled: bool


async def runs(session: AsyncSession, run_filter: RunFilter, after: RunKey | None, limit: int) -> list[ListedRun]:
    """Up to `limit` runs, the newest business date first."""
    query = _runs(run_filter.territory_ids).order_by(CutoffRun.business_date.desc(), CutoffRun.id.desc()).limit(limit)
    if run_filter.territory_code is not None:
        query = query.where(Territory.code == run_filter.territory_code)
    if run_filter.business_date is not None:
        query = query.where(CutoffRun.business_date == run_filter.business_date)
    if after is not None:
        query = query.where(tuple_(CutoffRun.business_date, CutoffRun.id) < tuple_(*after))
    return [_listed(row) for row in await session.execute(query)]


async def run_by_id(session: AsyncSession, run_id: UUID, territory_ids: Collection[int] | None) -> ListedRun | None:
    """One run within these territories (None: all)."""
    row = (await session.execute(_runs(territory_ids).where(CutoffRun.id == run_id))).one_or_none()
    return None if row is None else _listed(row)


async def missing_orders(
    session: AsyncSession, run: CutoffRun, after: UUID | None, limit: int, *, supplements: bool = False
) -> list[ReportedMissingOrder]:
    """Up to `limit` missing orders of a run after a visit id, by visit id, by one statement.

    Those of its report, or its supplements. Of a void run the last resolution is what voided it.
    """
    asked = run_parameters(run) | {"supplements": supplements, "after": after or _BEFORE_ALL, "limit": limit}
    return [ReportedMissingOrder(**row) for row in await _missing_orders().rows(session, asked)]


@cache
def _missing_orders() -> DirectStatement:
    resolution = last_resolution()
    task = (CallTask.outlet_id == MissingOrder.outlet_id) & (CallTask.business_date == MissingOrder.business_date)
    return DirectStatement(
        select(
            MissingOrder.visit_id,
            Rep.code.label("rep_code"),
            Rep.name.label("rep_name"),
            Outlet.code.label("outlet_code"),
            Outlet.name.label("outlet_name"),
            MissingOrder.cause,
            MissingOrder.no_order_reason,
            MissingOrder.provisional,
            CallTask.id.label("call_task_id"),
            resolution.c.outcome.label("resolution"),
            resolution.c.order_id.label("resolved_by_order_id"),
            func.greatest(Order.amended_at, Order.cancelled_at).label("resolving_order_changed_at"),
            Outlet.phone.label("outlet_phone"),
        )
        .join(Rep, Rep.id == MissingOrder.rep_id)
        .join(Outlet, Outlet.id == MissingOrder.outlet_id)
        .outerjoin(CallTask, task)
        .outerjoin(resolution, true())
        .outerjoin(Order, and_(Order.business_date == MissingOrder.business_date, Order.id == resolution.c.order_id))
        .where(of_run())
        .where(MissingOrder.supplement == bindparam("supplements", type_=Boolean()))
        .where(MissingOrder.visit_id > bindparam("after", type_=Uuid()))
        .order_by(MissingOrder.visit_id)
        .limit(bindparam("limit", type_=Integer()))
    )


def run_parameters(run: CutoffRun) -> dict[str, Any]:
    """What `of_run` and `last_resolution` are asked with."""
    return {"business_date": run.business_date, "run_id": run.id, "voided_at": run.voided_at}


def of_run() -> ColumnElement[bool]:
    """Whether a `MissingOrder` is one of the run's."""
    of_day = MissingOrder.business_date == bindparam("business_date", type_=Date())
    return of_day & (MissingOrder.run_id == bindparam("run_id", type_=Uuid()))


def last_resolution() -> LateralFromClause:
    """The last step of what became of each `MissingOrder`: outcome, order_id, resolved_at; what voided a void run."""
    voided_at = bindparam("voided_at", type_=DateTime(timezone=True))
    return (
        select(MissingOrderResolution.outcome, MissingOrderResolution.order_id, MissingOrderResolution.resolved_at)
        .where(
            MissingOrderResolution.business_date == MissingOrder.business_date,
            MissingOrderResolution.visit_id == MissingOrder.visit_id,
            or_(voided_at.is_(None), MissingOrderResolution.resolved_at <= voided_at),
        )
        .order_by(MissingOrderResolution.step.desc())
        .limit(1)
        .lateral("resolution")
    )


async def count_changed_orders(session: AsyncSession, run: CutoffRun) -> int:
    """How many orders of the run's day were amended or cancelled after its cutoff. One statement."""
    query = select(func.count(OrderVersion.order_id.distinct())).where(*_changed_after(run))
    return (await session.execute(query)).scalar_one()


async def changed_orders(
    session: AsyncSession, run: CutoffRun, after: UUID | None, limit: int
) -> list[ReportedOrderChange]:
    """Up to `limit` orders of the run's day that were changed after its cutoff, by order id after `after`."""
    last = (
        select(OrderVersion)
        .where(*_changed_after(run))
        .ext(distinct_on(OrderVersion.order_id))
        .order_by(OrderVersion.order_id, OrderVersion.version.desc())
        .subquery("last")
    )
    earlier = aliased(OrderVersion)
    then = (
        select(earlier.version, earlier.total_value)
        .where(
            earlier.business_date == last.c.business_date,
            earlier.order_id == last.c.order_id,
            earlier.received_at <= run.cutoff_at,
        )
        .order_by(earlier.version.desc())
        .limit(1)
        .lateral("then")
    )
    query = (
        select(
            last.c.order_id,
            Outlet.code.label("outlet_code"),
            Rep.code.label("rep_code"),
            Order.channel,
            last.c.change,
            last.c.changed_by,
            last.c.reason,
            last.c.captured_at,
            last.c.received_at.label("changed_at"),
            then.c.version.label("version_at_cutoff"),
            then.c.total_value.label("value_at_cutoff"),
            last.c.version,
            last.c.total_value.label("value"),
            Order.cancelled_at.is_not(None).label("cancelled"),
        )
        .join(Order, and_(Order.business_date == last.c.business_date, Order.id == last.c.order_id))
        .join(Outlet, Outlet.id == Order.outlet_id)
        .outerjoin(Rep, Rep.id == Order.rep_id)
        .outerjoin(then, true())
        .where(Order.business_date == run.business_date)
        .order_by(last.c.order_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(last.c.order_id > after)
    return records_of(ReportedOrderChange, await session.execute(query))


def _changed_after(run: CutoffRun) -> tuple[ColumnElement[bool], ...]:
    """The first version of an order is what was placed: it changes nothing."""
    return (
        OrderVersion.territory_id == run.territory_id,
        OrderVersion.business_date == run.business_date,
        OrderVersion.received_at > run.cutoff_at,
        OrderVersion.version > 1,
    )


def _listed(row: Row[*tuple[Any, ...]]) -> ListedRun:
    return ListedRun(row.CutoffRun, row.territory_code, row.territory_name, row.time_zone)


def _runs(territory_ids: Collection[int] | None) -> Select[CutoffRun, str, str, str]:
    territory = Territory.code.label("territory_code"), Territory.name.label("territory_name"), Territory.time_zone
    query = select(CutoffRun, *territory).join(Territory, Territory.id == CutoffRun.territory_id)
    return query if territory_ids is None else query.where(CutoffRun.territory_id.in_(territory_ids))
