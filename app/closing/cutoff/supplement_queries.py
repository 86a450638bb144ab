"""All SQL of what orders leave behind that were cancelled after the cutoff (O4)."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Select,
    Subquery,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.missing_visits import (
    CUTOFF,
    DAY,
    RUN,
    TERRITORY,
    missing_visits,
    planned,
)
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.queries import charges, missing_parameters
from app.closing.cutoff.rules import ClosingDay
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.statements import Relation
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.models import Order, OrderVersion

OutletDay = tuple[int, date]
"""An outlet's id and a business date."""

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
_MISSING: Table = Base.metadata.tables[MissingOrder.__tablename__]

_touched = (
    func.unnest(_OUTLETS, bindparam("days", type_=ARRAY(Date)))
    .table_valued(column("outlet_id", Integer), column("day", Date), name="touched")
    .render_derived()
)
_RUNS_OF = (
    select(CutoffRun)
    .where(CutoffRun.voided_at.is_(None))
    .where(
        exists()
        .where(Visit.outlet_id == _touched.c.outlet_id, Visit.visit_date == _touched.c.day)
        .where(Visit.territory_id == CutoffRun.territory_id, Visit.visit_date == CutoffRun.business_date)
    )
    .order_by(CutoffRun.business_date, CutoffRun.id)
)


def _passed_over() -> Subquery:
    """The planned visits of a run at these outlets that no order covers any more, and that it has not flagged."""
    of_the_outlet = (Order.business_date == DAY, Order.outlet_id == Visit.outlet_id)
    counted = or_(Order.cancelled_effective_at.is_(None), Order.cancelled_effective_at > CUTOFF)
    covered = exists().where(*of_the_outlet, Order.received_at <= CUTOFF, counted)
    flagged = exists().where(
        MissingOrder.business_date == DAY, MissingOrder.visit_id == Visit.id, MissingOrder.run_id == RUN
    )
    return (
        select(Visit.id, Visit.rep_id, Visit.outlet_id)
        .where(*planned(), Visit.outlet_id == any_(_OUTLETS), ~covered, ~flagged)
        .offset(0)
        .subquery("flagged")
    )


def _insert() -> Any:
    run = (DAY.label("business_date"), RUN.label("run_id"), TERRITORY.label("territory_id"))
    missing = missing_visits(_passed_over(), though_ordered=True).subquery("missing")
    rows = select(*run, *(fact for fact in missing.c if fact.name != "late"), true().label("supplement"))
    statement = insert(_MISSING).from_select([fact.name for fact in rows.selected_columns], rows)
    return statement.on_conflict_do_nothing().returning(_MISSING.c.visit_id)


_INSERT = _insert()
_CHARGED = charges(MissingOrder).where(
    MissingOrder.business_date == DAY,
    MissingOrder.run_id == RUN,
    MissingOrder.visit_id == any_(bindparam("visit_ids", type_=ARRAY(Uuid))),
)

_excused_or_unplanned = or_(Visit.approved_at.is_(None), Visit.excused_at.is_not(None))
_standing = exists().where(
    Order.outlet_id == Visit.outlet_id, Order.business_date == Visit.visit_date, Order.cancelled_at.is_(None)
)
_UNCOVERED = (
    select(Visit.outlet_id)
    .where(Visit.territory_id == TERRITORY, Visit.visit_date == DAY, Visit.outlet_id == any_(_OUTLETS))
    .where(~_excused_or_unplanned, ~_standing)
    .distinct()
)
_GIVEN: Select[Any] = select(func.unnest(_OUTLETS).column_valued("outlet_id"))

_CANCELLED_SINCE = (
    select(Order.outlet_id)
    .join(OrderVersion, and_(OrderVersion.business_date == Order.business_date, OrderVersion.order_id == Order.id))
    .where(OrderVersion.territory_id == any_(bindparam("territory_ids", type_=ARRAY(Integer))))
    .where(OrderVersion.business_date == DAY, OrderVersion.received_at > CUTOFF)
    .where(OrderVersion.change == OrderChangeKind.CANCELLED.value)
    .distinct()
)


async def runs_of(session: AsyncSession, touched: Collection[OutletDay]) -> list[CutoffRun]:
    """The runs that stand of the days and territories in which these outlets had visits."""
    pairs = {"outlet_ids": [outlet_id for outlet_id, _ in touched], "days": [day for _, day in touched]}
    return list(await session.scalars(_RUNS_OF, pairs))


async def insert_supplements(
    session: AsyncSession, day: ClosingDay, run_id: UUID, outlet_ids: Collection[int]
) -> list[UUID]:
    """Flag the visits at these outlets that a run has passed over, with their causes; answers their ids."""
    parameters = missing_parameters(
        day, run_id=run_id, outlet_ids=sorted(outlet_ids), ordered_outlet_ids=sorted(outlet_ids)
    )
    return list(await session.scalars(_INSERT, parameters))


def charged(run: CutoffRun, visit_ids: Collection[UUID]) -> Relation:
    """Those of a run's missing orders that their reps have to answer for."""
    return Relation(_CHARGED, {"day": run.business_date, "run_id": run.id, "visit_ids": list(visit_ids)})


async def uncovered(session: AsyncSession, run: CutoffRun, outlet_ids: Collection[int]) -> list[int]:
    """Those of these outlets that had a visit in plan, not excused, and have no order that stands."""
    parameters = {"territory_id": run.territory_id, "day": run.business_date, "outlet_ids": sorted(outlet_ids)}
    return list(await session.scalars(_UNCOVERED, parameters))


def given(outlet_ids: Collection[int]) -> Relation:
    """These outlets, as call tasks take them."""
    return Relation(_GIVEN, {"outlet_ids": sorted(outlet_ids)})


async def cancelled_since(session: AsyncSession, run: CutoffRun, territory_ids: Collection[int]) -> list[int]:
    """The outlets whose orders of the run's day were cancelled after its cutoff."""
    parameters = {"territory_ids": list(territory_ids), "day": run.business_date, "cutoff_at": run.cutoff_at}
    return list(await session.scalars(_CANCELLED_SINCE, parameters))
