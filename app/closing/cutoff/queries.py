"""All SQL of closing a day: set-based, a fixed number of statements whatever the size of the day.

Facts are taken *as of the cutoff* by what is written in the rows themselves (`received_at`, `approved_at`,
`excused_at`), so that a day closed later gets the same snapshot (C6). `reference` says the same of one visit, and
tests hold these statements to it.

How it stays fast and bounded on a freshly imported day, of which PostgreSQL knows nothing (decision 17, decision 62):

- The statements of a run are run `without_nested_loops`, those of a big day `in_parallel`. One join reads the
  territory's visits and orders of the day.
- What is missing is found once, into a table of the transaction's own; missing orders, call tasks and penalties are
  written from it. Everything after the join costs by what is missing, not by what was planned: index look-ups, whatever
  the statistics say, and only for facts that the outlet can have.
- They are written in the order of their outlets: what is looked up or written for each of them by outlet lies side by
  side. Missing orders by visit id were quicker to write, and slower to settle.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Select, Subquery, and_, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.missing_visits import CUTOFF, DAY, RUN, TERRITORY, missing_visits, planned
from app.closing.cutoff.models import BIG_DAY, CutoffRun, MissingOrder
from app.closing.cutoff.rules import ClosingDay, MissingOrderCause
from app.closing.cutoff.snapshot import SNAPSHOT
from app.closing.punctuality.timely_orders import ClosedVisit
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.statements import Relation, records_of
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import Order

_OF_THE_DAY = (Order.business_date == DAY, Order.territory_id == TERRITORY)
_CANCELLED = Order.cancelled_at <= CUTOFF


def _flagged() -> Subquery:
    """The planned visits whose outlets have no order under the territory as of the cutoff (C2).

    An order counts by its outlet (O5), whatever territory it came under. Those under others, at outlets that changed
    hands, are looked up for what is left.
    """
    covered = exists().where(
        *_OF_THE_DAY, Order.outlet_id == Visit.outlet_id, Order.received_at <= CUTOFF, _CANCELLED.is_not(true())
    )
    # the fence (OFFSET 0) keeps look-ups for what is left from being made for all
    return select(Visit.id, Visit.rep_id, Visit.outlet_id).where(*planned(), ~covered).offset(0).subquery("flagged")


# The outlets with orders that do not cover them, late or cancelled: what became of these is looked up.
_ORDERED = select(func.array_agg(Order.outlet_id.distinct())).where(
    *_OF_THE_DAY, or_(Order.received_at > CUTOFF, _CANCELLED)
)
_MISSING = missing_visits(_flagged())
_IN_ORDER = _MISSING.order_by(_MISSING.selected_columns.outlet_id)
_snapshot = SNAPSHOT.table.c


def _insert_missing() -> Insert:
    rows = select(
        DAY.label("business_date"),
        RUN.label("run_id"),
        TERRITORY.label("territory_id"),
        *(fact for fact in _snapshot if fact is not _snapshot.late),
    )
    # the run is new, and nobody else writes under its id: nothing can be there yet
    return insert(Base.metadata.tables[MissingOrder.__tablename__]).from_select(
        [fact.name for fact in rows.selected_columns], rows
    )


def _preview() -> Select[Any]:
    missing = _MISSING.subquery("missing")
    named = missing.join(Rep, Rep.id == missing.c.rep_id).join(Outlet, Outlet.id == missing.c.outlet_id)
    codes = Rep.code.label("rep_code"), Outlet.code.label("outlet_code")
    by_office = missing.c.cause == MissingOrderCause.CANCELLED_BY_OFFICE.value
    charged = and_(missing.c.answers, ~by_office).label("charged")
    return select(*missing.c, *codes, charged).select_from(named).order_by(Rep.code, Outlet.code, missing.c.visit_id)


_COUNT_PLANNED = select(func.count()).where(*planned())
_COUNT_FEW = select(func.count()).select_from(select(Visit.id).where(*planned()).limit(BIG_DAY).subquery("few"))
_INSERT_MISSING = _insert_missing()
_LATE = select(_snapshot.visit_id, DAY.label("business_date"), _snapshot.outlet_id, CUTOFF.label("cutoff_at")).where(
    _snapshot.late
)
_PREVIEW = _preview()

# The outlets of a run: each is to be phoned, once.
_TO_PHONE = select(_snapshot.outlet_id)


def charges(missing: Any) -> Select[Any]:
    """Those of these missing orders of a day that their reps have to answer for, as sources of entries (C3)."""
    return (
        select(
            missing.rep_id,
            missing.visit_id.label("source_id"),
            DAY.label("business_date"),
            missing.provisional,
            literal("").label("note"),
        )
        .where(missing.answers)
        .where(missing.cause != MissingOrderCause.CANCELLED_BY_OFFICE.value)
    )


_CHARGED = charges(_snapshot)


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


async def count_few(session: AsyncSession, day: ClosingDay) -> int:
    """How many visits were planned (C2), at most `BIG_DAY`."""
    return int((await session.execute(_COUNT_FEW, day.parameters())).scalar_one())


async def count_planned(session: AsyncSession, day: ClosingDay) -> int:
    """How many visits were planned (C2)."""
    return int((await session.execute(_COUNT_PLANNED, day.parameters())).scalar_one())


async def ordered_outlets(session: AsyncSession, day: ClosingDay) -> list[int]:
    """The outlets of the territory with orders of the day that do not cover them, late or cancelled."""
    return list(await session.scalar(_ORDERED, day.parameters()) or ())


async def take_snapshot(session: AsyncSession, day: ClosingDay, ordered: Collection[int]) -> int:
    """Find the planned visits without an order, each with its cause (C2, C3); how many. `ordered`: `ordered_outlets`.

    The transaction keeps them until `forget_snapshot`; what names no run below reads them there.
    """
    return await SNAPSHOT.fill(session, _IN_ORDER, missing_parameters(day, ordered_outlet_ids=list(ordered)))


async def forget_snapshot(session: AsyncSession) -> None:
    """Forget the snapshot: all is written."""
    await SNAPSHOT.drop(session)


async def insert_missing_orders(session: AsyncSession, day: ClosingDay, run_id: UUID) -> None:
    """Write the snapshot as the missing orders of a run."""
    await session.execute(_INSERT_MISSING, day.parameters(run_id=run_id))


async def late_ordered(session: AsyncSession, day: ClosingDay) -> list[ClosedVisit]:
    """The missing visits whose outlets have late orders already."""
    return records_of(ClosedVisit, await session.execute(_LATE, day.parameters()))


def to_phone() -> Relation:
    """The outlets of the missing visits (C3)."""
    return Relation(_TO_PHONE)


def charged(day: ClosingDay) -> Relation:
    """The missing visits that their reps have to answer for (C3)."""
    return Relation(_CHARGED, {"day": day.business_date})


async def count_charged(session: AsyncSession, day: ClosingDay) -> int:
    """How many of the missing visits their reps have to answer for."""
    query = select(func.count()).select_from(_CHARGED.subquery("charged"))
    return int((await session.execute(query, {"day": day.business_date})).scalar_one())


async def missing_now(session: AsyncSession, day: ClosingDay) -> Sequence[Any]:
    """What a run would flag (C7), by rep and outlet; nothing is written. Two statements."""
    parameters = missing_parameters(day, ordered_outlet_ids=await ordered_outlets(session, day))
    rows: Sequence[Any] = (await session.execute(_PREVIEW, parameters)).all()
    return rows


def _run_of(territory_id: int, business_date: date) -> Select[CutoffRun]:
    of_day = (CutoffRun.territory_id == territory_id, CutoffRun.business_date == business_date)
    return select(CutoffRun).where(*of_day, CutoffRun.voided_at.is_(None))


def missing_parameters(day: ClosingDay, **more: Any) -> dict[str, Any]:
    """Bind parameters of the statements that ask which visits were missing as of the cutoff, and more."""
    return day.parameters(
        may_be_provisional=day.may_be_provisional,
        synced_rep_ids=_distinct(day.synced_rep_ids),
        silent_rep_ids=_distinct(day.silent_rep_ids),
        **day.masters_then,
        **more,
    )


def _distinct(ids: Collection[int]) -> list[int]:
    return sorted(set(ids))
