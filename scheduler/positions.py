"""Positions are kept for 90 days; verdicts stay.

What is pruned is where a rep was (`lat`, `lon` of check-ins and orders, and of the evidence of risk signals), not what
was judged from it: verdict, `p_inside`, `distance_m`, accuracy, and the versions of location and policy stay as
evidence. After pruning a verdict can no longer be replayed (V3), only read; and a fix of more than 90 days ago is found
no more as a `repeated_fix` (V6).
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins.models import CheckIn
from app.sales.orders.models import Order

KEPT = timedelta(days=90)
DAYS_A_TURN = timedelta(days=7)
ROWS_A_TURN = 20_000

_TURN = (bindparam("first", type_=Date), bindparam("end", type_=Date))

_CHECK_INS = text("""
    UPDATE check_ins SET lat = NULL, lon = NULL
    WHERE (business_date, id) IN (
        SELECT business_date, id FROM check_ins
        WHERE business_date >= :first AND business_date < :end AND lat IS NOT NULL LIMIT :most)
      AND business_date >= :first AND business_date < :end
""").bindparams(*_TURN)

_ORDERS = text("""
    UPDATE orders SET lat = NULL, lon = NULL
    WHERE (business_date, id) IN (
        SELECT business_date, id FROM orders
        WHERE business_date >= :first AND business_date < :end AND lat IS NOT NULL LIMIT :most)
      AND business_date >= :first AND business_date < :end
""").bindparams(*_TURN)

_SIGNALS = text("""
    UPDATE risk_signals SET evidence = evidence - 'lat' - 'lon'
    WHERE id IN (
        SELECT id FROM risk_signals
        WHERE business_date >= :first AND business_date < :end AND evidence ? 'lat' LIMIT :most)
""").bindparams(*_TURN)


class PositionPruning:
    """Walks over the old days, a bounded stretch at a time, then begins anew: what arrives late is found too."""

    def __init__(self) -> None:
        self._next_day: date | None = None

    async def prune(self, session: AsyncSession, at: datetime) -> int:
        """Forget the positions of the next stretch. Answers how many records had one."""
        kept_from = (at - KEPT).date()
        first = self._next_day or await _oldest_day(session)
        if first is None or first >= kept_from:
            self._next_day = None
            return 0
        end = min(first + DAYS_A_TURN, kept_from)
        stretch = {"first": first, "end": end, "most": ROWS_A_TURN}
        pruned = [await _rows(session, statement, stretch) for statement in (_CHECK_INS, _ORDERS, _SIGNALS)]
        if max(pruned) < ROWS_A_TURN:
            self._next_day = end
        return sum(pruned)


async def _oldest_day(session: AsyncSession) -> date | None:
    """The first day of any check-in or order: an order can be older than every check-in."""
    firsts = (select(func.min(kind.business_date)).scalar_subquery() for kind in (CheckIn, Order))
    return (await session.execute(select(func.least(*firsts, type_=Date)))).scalar_one()


async def _rows(session: AsyncSession, statement: Any, parameters: dict[str, Any]) -> int:
    result: Any = await session.execute(statement, parameters)
    return int(result.rowcount)
