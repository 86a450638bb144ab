"""All SQL of what months of returns come to: which of them are closed, and locking whose they are."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, and_, bindparam, column, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Rep
from app.motivation.points.models import RepClosing

_given = (
    func.unnest(bindparam("rep_ids", type_=ARRAY(Integer)), bindparam("months", type_=ARRAY(Date)))
    .table_valued(column("rep_id", Integer), column("month", Date), name="given")
    .render_derived()
)
_CLOSED = (
    select(_given.c.rep_id, _given.c.month)
    .join(RepClosing, and_(RepClosing.rep_id == _given.c.rep_id, RepClosing.closed_through >= _given.c.month))
    .order_by(_given.c.month, _given.c.rep_id)
)
_ANY_CLOSED = select(exists().where(RepClosing.closed_through >= bindparam("month", type_=Date)))
# Whoever adds up a rep's month next sees what is written here.
_LOCK = (
    select(Rep.id)
    .where(Rep.id == func.any(bindparam("rep_ids", type_=ARRAY(Integer))))
    .order_by(Rep.id)
    .with_for_update(key_share=True)
)


async def any_closed_since(session: AsyncSession, month: date) -> bool:
    """Whether any rep's month is closed, from this one on."""
    return bool(await session.scalar(_ANY_CLOSED, {"month": month}))


async def closed_months(session: AsyncSession, months: Collection[tuple[int, date]]) -> dict[date, list[int]]:
    """Of these months of reps those that are closed: by month the reps' ids."""
    given = {"rep_ids": [rep_id for rep_id, _ in months], "months": [month for _, month in months]}
    closed: dict[date, list[int]] = {}
    for row in await session.execute(_CLOSED, given):
        closed.setdefault(row.month, []).append(row.rep_id)
    return closed


async def lock_reps(session: AsyncSession, rep_ids: Collection[int]) -> None:
    """Lock these reps until the transaction ends."""
    await session.execute(_LOCK, {"rep_ids": list(rep_ids)})
