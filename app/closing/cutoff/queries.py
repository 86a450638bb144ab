"""All SQL of closing a day: set-based, a fixed number of statements whatever the size of the day.

Facts are taken *as of the cutoff* by what is written in the rows themselves (`received_at`, `approved_at`,
`excused_at`), so that a day closed later gets the same snapshot (C6). `reference` says the same of one visit, and
tests hold these statements to it.

How it stays fast and bounded on a freshly imported day, of which PostgreSQL knows nothing (decision 17):

- The statements of a run are run `without_nested_loops`: the one big join reads visits and orders once.
- `flagged` is materialised: everything after it costs by what is missing, not by what was planned. The cause
  comes from scalar subqueries: index look-ups, whatever the statistics say. The look-up for orders under other
  territories finds the late ones as well: nothing has to look for them again.
- Missing orders and call tasks are written in the order of their outlets, as they are found: what is looked up or
  written for each of them by outlet lies side by side. Missing orders by visit id were quicker to write, and slower to
  settle.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.rules import ClosingDay, MissingOrderCause
from app.closing.cutoff.settlement_rules import MissingVisit
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.statements import Relation
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import NoOrderReport, Order, OrderRefusal

_DAY = bindparam("day", type_=Date)
_TERRITORY = bindparam("territory_id", type_=Integer)
_CUTOFF = bindparam("cutoff_at", type_=DateTime(timezone=True))
_RUN = bindparam("run_id", type_=Uuid)


def _planned() -> tuple[ColumnElement[bool], ...]:
    """The conditions for a visit to be planned as of the cutoff (C2)."""
    return (
        Visit.visit_date == _DAY,
        Visit.territory_id == _TERRITORY,
        Visit.approved_at <= _CUTOFF,
        or_(Visit.excused_at.is_(None), Visit.excused_at > _CUTOFF),
    )


def _missing() -> Select[Any]:
    """The flagged visits (C2) with their causes (C3).

    An order counts by its outlet (O5), whatever territory it came under. Nearly all come under the visit's own, and are
    found by reading the territory's day once; those of outlets that changed hands are looked up for what is left.
    `late`: there are orders, and they all came after the cutoff. One cancelled by then counts for nothing (O4).
    """
    not_cancelled = or_(Order.cancelled_at.is_(None), Order.cancelled_at > _CUTOFF)
    of_the_outlet = (Order.business_date == _DAY, Order.outlet_id == Visit.outlet_id, not_cancelled)
    covered = exists().where(*of_the_outlet, Order.received_at <= _CUTOFF, Order.territory_id == _TERRITORY)
    in_time = select(func.bool_or(Order.received_at <= _CUTOFF)).where(*of_the_outlet).scalar_subquery()
    visit = (Visit.id, Visit.rep_id, Visit.outlet_id, in_time.label("ordered_in_time"))
    flagged = select(*visit).where(*_planned(), ~covered).cte("flagged").prefix_with("MATERIALIZED")
    closed = select(true()).where(Outlet.id == flagged.c.outlet_id, ~Outlet.active)
    rep_ids = func.unnest(bindparam("synced_rep_ids", type_=ARRAY(Integer)))
    synced = rep_ids.table_valued(column("rep_id", Integer), name="synced").render_derived()
    refused = _of_the_rep(select(true()), OrderRefusal, flagged).limit(1).scalar_subquery()
    inside = func.bool_or(and_(CheckIn.kind == "arrival", CheckIn.verdict == GeofenceVerdict.INSIDE.value))
    # a filter, no condition: the index of the outlet's day is meant, not that of the rep's whole day
    by_the_rep = inside.filter(CheckIn.rep_id == flagged.c.rep_id)
    inside_arrival = _at_the_outlet(select(by_the_rep), CheckIn, flagged).scalar_subquery()
    newest = NoOrderReport.corrected_at.desc(), NoOrderReport.id.desc()
    reason = _of_the_rep(select(NoOrderReport.reason_code), NoOrderReport, flagged).order_by(*newest).limit(1)
    seen = case(
        {True: MissingOrderCause.VISITED_NO_ORDER.value, False: MissingOrderCause.UNVERIFIED.value},
        value=inside_arrival,
        else_=MissingOrderCause.NOT_VISITED.value,
    )
    return (
        select(
            flagged.c.id.label("visit_id"),
            flagged.c.rep_id,
            flagged.c.outlet_id,
            case((refused, MissingOrderCause.ORDER_REFUSED.value), else_=seen).label("cause"),
            reason.scalar_subquery().label("no_order_reason"),
            and_(synced.c.rep_id.is_(None), bindparam("may_be_provisional", type_=Boolean)).label("provisional"),
            flagged.c.ordered_in_time.is_not(None).label("late"),
        )
        .select_from(flagged.outerjoin(synced, synced.c.rep_id == flagged.c.rep_id))
        .where(flagged.c.ordered_in_time.is_not(true()), closed.scalar_subquery().is_(None))
    )


def _of_the_rep(query: Select[Any], source: Any, flagged: CTE) -> Select[Any]:
    """`query` over what the visit's rep recorded for its outlet on the day, in the system by the cutoff."""
    return _at_the_outlet(query, source, flagged).where(source.rep_id == flagged.c.rep_id)


def _at_the_outlet(query: Select[Any], source: Any, flagged: CTE) -> Select[Any]:
    """`query` over what anyone recorded for the visit's outlet on the day, in the system by the cutoff."""
    return query.where(
        source.outlet_id == flagged.c.outlet_id, source.business_date == _DAY, source.received_at <= _CUTOFF
    )


def _insert_missing() -> Select[Any]:
    """How many missing orders were written, and the visits and outlets of those that have late orders."""
    missing = _missing().cte("missing").prefix_with("MATERIALIZED")
    run = (
        _DAY.label("business_date"),
        _RUN.label("run_id"),
        _TERRITORY.label("territory_id"),
    )
    facts = [fact for fact in missing.c if fact.name != "late"]
    columns = [fact.name for fact in (*run, *facts)]
    table = Base.metadata.tables[MissingOrder.__tablename__]
    written = insert(table).from_select(columns, select(*run, *facts)).on_conflict_do_nothing()
    written_visits = written.returning(table.c.visit_id).cte("written")
    count = select(func.count()).select_from(written_visits).scalar_subquery()
    late = [func.array_agg(fact).filter(missing.c.late) for fact in (missing.c.visit_id, missing.c.outlet_id)]
    return select(count, *late).select_from(missing)


def _answers(territory_id: Any) -> ColumnElement[bool]:
    """Whether the rep answers for a missing order of an outlet in this territory: it must still be the rep's own."""
    return and_(Rep.active, Rep.territory_id == territory_id)


def _preview() -> Select[Any]:
    missing = _missing().subquery("missing")
    named = missing.join(Rep, Rep.id == missing.c.rep_id).join(Outlet, Outlet.id == missing.c.outlet_id)
    codes = Rep.code.label("rep_code"), Outlet.code.label("outlet_code")
    charged = _answers(Outlet.territory_id).label("charged")
    return select(*missing.c, *codes, charged).select_from(named).order_by(Rep.code, Outlet.code, missing.c.visit_id)


_COUNT_PLANNED = select(func.count()).where(*_planned())
_INSERT_MISSING = _insert_missing()
_PREVIEW = _preview()

# The outlets of a run: each is to be phoned, once.
_TO_PHONE = select(MissingOrder.outlet_id).where(MissingOrder.business_date == _DAY, MissingOrder.run_id == _RUN)

_CHARGED = (
    select(
        MissingOrder.rep_id,
        MissingOrder.visit_id.label("source_id"),
        _DAY.label("business_date"),
        MissingOrder.provisional,
        literal("").label("note"),
    )
    .join(Rep, Rep.id == MissingOrder.rep_id)
    .where(MissingOrder.business_date == _DAY, MissingOrder.run_id == _RUN)
    .where(_answers(select(Outlet.territory_id).where(Outlet.id == MissingOrder.outlet_id).scalar_subquery()))
)


async def run_of_day(session: AsyncSession, territory_id: int, business_date: date) -> CutoffRun | None:
    """The run that closed a day, if one did."""
    return (await session.execute(_run_of(territory_id, business_date))).scalar_one_or_none()


async def the_run_of_day(session: AsyncSession, territory_id: int, business_date: date) -> CutoffRun:
    """The run of a day that is closed for certain."""
    return (await session.execute(_run_of(territory_id, business_date))).scalar_one()


async def insert_run(session: AsyncSession, run: CutoffRun) -> bool:
    """Write the run, unless the day has one (C1): then False. Waits for a transaction that is closing the same day."""
    columns = {column.key: getattr(run, column.key) for column in CutoffRun.__table__.columns}
    statement = insert(CutoffRun).values(columns).on_conflict_do_nothing().returning(CutoffRun.id)
    return (await session.execute(statement)).scalar_one_or_none() is not None


async def update_counts(session: AsyncSession, run: CutoffRun) -> None:
    """Write what the run came to, before it is committed."""
    counts = {"planned_visits", "missing_orders", "call_tasks", "penalties", "finished_at"}
    await session.execute(
        update(CutoffRun).where(CutoffRun.id == run.id).values({name: getattr(run, name) for name in counts})
    )


async def count_planned(session: AsyncSession, day: ClosingDay) -> int:
    """How many visits were planned (C2)."""
    return int((await session.execute(_COUNT_PLANNED, day.parameters())).scalar_one())


async def insert_missing_orders(session: AsyncSession, day: ClosingDay, run_id: UUID) -> tuple[int, list[MissingVisit]]:
    """Flag the planned visits without an order, each with its cause (C2, C3).

    Answers how many, and those whose outlets have late orders already.
    """
    result = await session.execute(_INSERT_MISSING, _missing_parameters(day, run_id=run_id))
    count, visit_ids, outlet_ids = result.one()
    late = zip(visit_ids or (), outlet_ids or (), strict=True)
    return count, [MissingVisit(visit_id, day.business_date, outlet_id) for visit_id, outlet_id in late]


def to_phone(run: CutoffRun) -> Relation:
    """The outlets of a run's missing orders (C3)."""
    return Relation(_TO_PHONE, {"day": run.business_date, "run_id": run.id})


def charged(run: CutoffRun) -> Relation:
    """The missing orders of a run that their reps have to answer for (C3)."""
    return Relation(_CHARGED, {"day": run.business_date, "run_id": run.id})


async def missing_now(session: AsyncSession, day: ClosingDay) -> Sequence[Any]:
    """What a run would flag (C7), by rep and outlet; nothing is written."""
    rows: Sequence[Any] = (await session.execute(_PREVIEW, _missing_parameters(day))).all()
    return rows


def _run_of(territory_id: int, business_date: date) -> Select[CutoffRun]:
    return select(CutoffRun).where(CutoffRun.territory_id == territory_id, CutoffRun.business_date == business_date)


def _missing_parameters(day: ClosingDay, **more: Any) -> dict[str, Any]:
    return day.parameters(
        may_be_provisional=day.may_be_provisional, synced_rep_ids=_distinct(day.synced_rep_ids), **more
    )


def _distinct(ids: Collection[int]) -> list[int]:
    return sorted(set(ids))
