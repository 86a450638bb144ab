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
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.missing_visits import (
    CUTOFF,
    DAY,
    ORDER_IN_TIME,
    ORDER_LATE,
    RUN,
    TERRITORY,
    came_to,
    missing_visits,
    ordered,
    places_now,
    planned,
)
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.cutoff.rules import ClosingDay, MissingOrderCause
from app.closing.cutoff.settlement_rules import MissingVisit
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.statements import Relation
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import Order


def _flagged() -> CTE:
    """The planned visits whose outlets had no order as of the cutoff (C2), with what their orders come to.

    An order counts by its outlet (O5), whatever territory it came under. Nearly all come under the visit's own, and are
    found by reading the territory's day once; those of outlets that changed hands are looked up for what is left.
    """
    not_cancelled = or_(Order.cancelled_at.is_(None), Order.cancelled_at > CUTOFF)
    of_the_outlet = (Order.business_date == DAY, Order.outlet_id == Visit.outlet_id)
    covered = exists().where(
        *of_the_outlet, not_cancelled, Order.received_at <= CUTOFF, Order.territory_id == TERRITORY
    )
    orders = select(came_to()).where(*of_the_outlet).scalar_subquery()
    visit = (Visit.id, Visit.rep_id, Visit.outlet_id, orders.label("came_to"), *places_now())
    return select(*visit).where(*planned(), ~covered).cte("flagged").prefix_with("MATERIALIZED")


def _missing() -> Select[Any]:
    """The flagged visits (C2) with their causes (C3). `late`: there are orders that came after the cutoff."""
    flagged = _flagged()
    return (
        missing_visits(flagged)
        .add_columns(ordered(flagged, ORDER_LATE).label("late"))
        .where(~ordered(flagged, ORDER_IN_TIME))
    )


def _insert_missing() -> Select[Any]:
    """How many missing orders were written, and the visits and outlets of those that have late orders."""
    missing = _missing().cte("missing").prefix_with("MATERIALIZED")
    run = (
        DAY.label("business_date"),
        RUN.label("run_id"),
        TERRITORY.label("territory_id"),
    )
    facts = [fact for fact in missing.c if fact.name != "late"]
    columns = [fact.name for fact in (*run, *facts)]
    table = Base.metadata.tables[MissingOrder.__tablename__]
    written = insert(table).from_select(columns, select(*run, *facts)).on_conflict_do_nothing()
    written_visits = written.returning(table.c.visit_id).cte("written")
    count = select(func.count()).select_from(written_visits).scalar_subquery()
    late = [func.array_agg(fact).filter(missing.c.late) for fact in (missing.c.visit_id, missing.c.outlet_id)]
    return select(count, *late).select_from(missing)


def _preview() -> Select[Any]:
    missing = _missing().subquery("missing")
    named = missing.join(Rep, Rep.id == missing.c.rep_id).join(Outlet, Outlet.id == missing.c.outlet_id)
    codes = Rep.code.label("rep_code"), Outlet.code.label("outlet_code")
    by_office = missing.c.cause == MissingOrderCause.CANCELLED_BY_OFFICE.value
    charged = and_(missing.c.answers, ~by_office).label("charged")
    return select(*missing.c, *codes, charged).select_from(named).order_by(Rep.code, Outlet.code, missing.c.visit_id)


_COUNT_PLANNED = select(func.count()).where(*planned())
_INSERT_MISSING = _insert_missing()
_PREVIEW = _preview()

# The outlets of a run: each is to be phoned, once.
_TO_PHONE = select(MissingOrder.outlet_id).where(MissingOrder.business_date == DAY, MissingOrder.run_id == RUN)

CHARGED = (
    select(
        MissingOrder.rep_id,
        MissingOrder.visit_id.label("source_id"),
        DAY.label("business_date"),
        MissingOrder.provisional,
        literal("").label("note"),
    )
    .where(MissingOrder.business_date == DAY, MissingOrder.run_id == RUN, MissingOrder.answers)
    .where(MissingOrder.cause != MissingOrderCause.CANCELLED_BY_OFFICE.value)
)


async def run_of_day(session: AsyncSession, territory_id: int, business_date: date) -> CutoffRun | None:
    """The run that closed a day, if one did that still stands (C9)."""
    return (await session.execute(_run_of(territory_id, business_date))).scalar_one_or_none()


async def the_run_of_day(session: AsyncSession, territory_id: int, business_date: date) -> CutoffRun:
    """The run of a day that is closed for certain."""
    return (await session.execute(_run_of(territory_id, business_date))).scalar_one()


async def run_by_id(session: AsyncSession, run_id: UUID) -> CutoffRun | None:
    """A run, void or not."""
    return await session.get(CutoffRun, run_id)


async def has_void_run(session: AsyncSession, territory_id: int, business_date: date) -> bool:
    """Whether a run of the day was voided (C9)."""
    of_day = (CutoffRun.territory_id == territory_id, CutoffRun.business_date == business_date)
    query = select(exists().where(*of_day, CutoffRun.voided_at.is_not(None)))
    return bool((await session.execute(query)).scalar_one())


async def lock_standing(session: AsyncSession, run: CutoffRun) -> bool:
    """Lock a run until the transaction ends, and read it anew; whether it stands."""
    await session.refresh(run, with_for_update=True)
    return run.voided_at is None


async def void(session: AsyncSession, run: CutoffRun, at: datetime, by: str, reason: str) -> None:
    """Write that a run is void."""
    run.voided_at, run.voided_by, run.void_reason = at, by, reason
    await session.flush()


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
    result = await session.execute(_INSERT_MISSING, missing_parameters(day, run_id=run_id))
    count, visit_ids, outlet_ids = result.one()
    late = zip(visit_ids or (), outlet_ids or (), strict=True)
    return count, [MissingVisit(visit_id, day.business_date, outlet_id) for visit_id, outlet_id in late]


def to_phone(run: CutoffRun) -> Relation:
    """The outlets of a run's missing orders (C3)."""
    return Relation(_TO_PHONE, {"day": run.business_date, "run_id": run.id})


def charged(run: CutoffRun) -> Relation:
    """The missing orders of a run that their reps have to answer for (C3)."""
    return Relation(CHARGED, {"day": run.business_date, "run_id": run.id})


async def count_charged(session: AsyncSession, run: CutoffRun) -> int:
    """How many of a run's missing orders their reps have to answer for."""
    of_run = charged(run)
    query = select(func.count()).select_from(of_run.rows.subquery("charged"))
    return int((await session.execute(query, of_run.parameters)).scalar_one())


async def missing_now(session: AsyncSession, day: ClosingDay) -> Sequence[Any]:
    """What a run would flag (C7), by rep and outlet; nothing is written."""
    rows: Sequence[Any] = (await session.execute(_PREVIEW, missing_parameters(day))).all()
    return rows


def _run_of(territory_id: int, business_date: date) -> Select[CutoffRun]:
    of_day = (CutoffRun.territory_id == territory_id, CutoffRun.business_date == business_date)
    return select(CutoffRun).where(*of_day, CutoffRun.voided_at.is_(None))


def missing_parameters(day: ClosingDay, **more: Any) -> dict[str, Any]:
    """Bind parameters of the statements that ask which visits were missing as of the cutoff, and more."""
    return day.parameters(
        may_be_provisional=day.may_be_provisional,
        synced_rep_ids=_distinct(day.synced_rep_ids),
        **day.masters_then,
        **more,
    )


def _distinct(ids: Collection[int]) -> list[int]:
    return sorted(set(ids))
