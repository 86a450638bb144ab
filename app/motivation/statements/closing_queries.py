"""All SQL of closed months: how far they are closed, marking one, reopening it, and who is booking."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Rep
from app.motivation.statements.models import ClosedRep, MonthClosing
from app.motivation.statements.rules import TerritoryMonths

_standing = MonthClosing.reopened_at.is_(None)
_TERRITORY_MONTHS = select(
    MonthClosing.territory_id,
    func.min(MonthClosing.month).filter(_standing).label("first"),
    func.max(MonthClosing.month).filter(_standing).label("closed"),
    func.array_agg(MonthClosing.month).filter(~_standing).label("reopened"),
).group_by(MonthClosing.territory_id)


async def territory_months(session: AsyncSession, territory_id: int | None = None) -> dict[int, TerritoryMonths]:
    """By territory id how far its months are closed; nothing for those that never closed any. Of one, or of all."""
    query = _TERRITORY_MONTHS
    if territory_id is not None:
        query = query.where(MonthClosing.territory_id == territory_id)
    return {
        row.territory_id: TerritoryMonths(row.first, row.closed, frozenset(row.reopened or ()))
        for row in await session.execute(query)
    }


_LAST_OF_REPS = (
    select(ClosedRep.rep_id, MonthClosing.month, MonthClosing.begun_at)
    .ext(distinct_on(ClosedRep.rep_id))
    .join(MonthClosing, MonthClosing.id == ClosedRep.closing_id)
    .where(_standing, ClosedRep.rep_id == func.any(bindparam("rep_ids", type_=ARRAY(Integer))))
    .order_by(ClosedRep.rep_id, MonthClosing.month.desc())
)
_given = (
    func.unnest(bindparam("rep_ids", type_=ARRAY(Integer)), bindparam("months", type_=ARRAY(Date)))
    .table_valued(column("rep_id", Integer), column("month", Date), name="given")
    .render_derived()
)
_CLOSED_MONTHS = (
    select(_given.c.rep_id, _given.c.month)
    .join(MonthClosing, MonthClosing.month == _given.c.month)
    .join(ClosedRep, and_(ClosedRep.closing_id == MonthClosing.id, ClosedRep.rep_id == _given.c.rep_id))
    .where(_standing)
    .order_by(_given.c.month, _given.c.rep_id)
)
_ANY_CLOSED = select(exists().where(_standing, MonthClosing.month >= bindparam("month", type_=Date)))


async def any_closed_since(session: AsyncSession, month: date) -> bool:
    """Whether any territory's month is closed, from this one on."""
    return bool(await session.scalar(_ANY_CLOSED, {"month": month}))


async def closed_months(session: AsyncSession, months: Collection[tuple[int, date]]) -> dict[date, list[int]]:
    """Of these months of reps those that are closed: by month the reps' ids."""
    given = {"rep_ids": [rep_id for rep_id, _ in months], "months": [month for _, month in months]}
    closed: dict[date, list[int]] = {}
    for row in await session.execute(_CLOSED_MONTHS, given):
        closed.setdefault(row.month, []).append(row.rep_id)
    return closed


async def last_of_reps(session: AsyncSession, rep_ids: Collection[int]) -> dict[int, tuple[date, datetime]]:
    """By rep id the newest month that is closed, by whatever territory, and since when; not of those who have none."""
    rows = await session.execute(_LAST_OF_REPS, {"rep_ids": list(rep_ids)})
    return {row.rep_id: (row.month, row.begun_at) for row in rows}


async def standing_closing(
    session: AsyncSession, territory_id: int, month: date, *, lock: bool = False
) -> MonthClosing | None:
    """The closing of a month that was not reopened, locked until the transaction ends if asked for."""
    query = select(MonthClosing).where(
        MonthClosing.territory_id == territory_id, MonthClosing.month == month, MonthClosing.reopened_at.is_(None)
    )
    query = query.with_for_update() if lock else query
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def insert_closing(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Mark a month, unless it is closed: then False. Waits for a transaction that is marking the same one."""
    statement = insert(MonthClosing).values(**values)
    done = statement.on_conflict_do_nothing().returning(MonthClosing.id)
    return (await session.execute(done)).scalar_one_or_none() is not None


async def insert_closed_reps(session: AsyncSession, closing_id: UUID, rep_ids: Collection[int]) -> None:
    """Write whose month a closing closes."""
    given = func.unnest(bindparam("rep_ids", type_=ARRAY(Integer))).column_valued("rep_id")
    rows = select(bindparam("closing_id", type_=Uuid).label("closing_id"), given.label("rep_id"))
    statement = insert(ClosedRep.__table__).from_select(["closing_id", "rep_id"], rows)  # type: ignore[arg-type]
    await session.execute(statement, {"closing_id": closing_id, "rep_ids": list(rep_ids)})


async def closed_reps(session: AsyncSession, closing_id: UUID) -> Sequence[Any]:
    """Whose month a closing closes: id, and whether active now, by code."""
    query = (
        select(Rep.id, Rep.active)
        .join(ClosedRep, ClosedRep.rep_id == Rep.id)
        .where(ClosedRep.closing_id == closing_id)
        .order_by(Rep.code)
    )
    return (await session.execute(query)).all()


# A statement takes its table's lock before it looks at the rows: whoever has none yet sees what is committed by now.
# Deliveries and returns book nothing about months that are open, and orders may wait for a review.
_BOOKING = text("""
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE relation IN ('points_entries'::regclass, 'points_holds'::regclass, 'fulfilments'::regclass,
        'returns'::regclass, 'return_decisions'::regclass) AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
""")


async def booking_now(session: AsyncSession) -> set[str]:
    """The transactions that are writing the ledger just now, or what it rests on."""
    return set(await session.scalars(_BOOKING))


async def unfinished(session: AsyncSession) -> Sequence[MonthClosing]:
    """The closings that have marked their months, and have written no statements yet."""
    query = select(MonthClosing).where(MonthClosing.closed_at.is_(None), MonthClosing.reopened_at.is_(None))
    return (await session.scalars(query.order_by(MonthClosing.begun_at, MonthClosing.id))).all()


async def set_closed(session: AsyncSession, closing: MonthClosing, at: datetime, statements: int) -> None:
    """Write that a month is closed."""
    closing.closed_at, closing.statements = at, statements
    await session.flush()


async def set_reopened(session: AsyncSession, closing: MonthClosing, at: datetime, by: str, reason: str) -> None:
    """Write that a month was reopened."""
    closing.reopened_at, closing.reopened_by, closing.reopen_reason = at, by, reason
    await session.flush()
