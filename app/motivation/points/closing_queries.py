"""All SQL that writes up to which month the entries of reps are counted (P6)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import ARRAY, Date, DateTime, Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

# A rep who has moved may have a later month closed by another territory: it stays so (decision 76).
_CLOSE = text("""
    INSERT INTO rep_closings (rep_id, closed_through, closed_at)
    SELECT rep_id, :month, :at FROM unnest(:rep_ids) r (rep_id)
    ON CONFLICT (rep_id) DO UPDATE SET closed_through = excluded.closed_through, closed_at = excluded.closed_at
      WHERE rep_closings.closed_through < excluded.closed_through
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("rep_ids", type_=ARRAY(Integer)),
    bindparam("month", type_=Date),
)
_REOPEN = text("""
    UPDATE rep_closings c SET closed_through = given.month, closed_at = given.at
    FROM unnest(:rep_ids, :months, :ats) given (rep_id, month, at) WHERE c.rep_id = given.rep_id
""").bindparams(
    bindparam("rep_ids", type_=ARRAY(Integer)),
    bindparam("months", type_=ARRAY(Date)),
    bindparam("ats", type_=ARRAY(DateTime(timezone=True))),
)


async def close_reps(session: AsyncSession, rep_ids: Collection[int], month: date, at: datetime) -> None:
    """Write up to which month, by its first day, these reps' entries are counted; no rep's goes back."""
    await session.execute(_CLOSE, {"rep_ids": sorted(rep_ids), "month": month, "at": at})


async def reopen_reps(session: AsyncSession, closed: Mapping[int, tuple[date, datetime]]) -> None:
    """The same where a month was reopened: by rep id up to which month, and since when."""
    months, ats = [month for month, _ in closed.values()], [at for _, at in closed.values()]
    await session.execute(_REOPEN, {"rep_ids": list(closed), "months": months, "ats": ats})
