"""Positions are kept for 90 days; verdicts stay.

What is pruned is where a rep was (`lat`, `lon` of check-ins and orders, and of the evidence of risk signals), not what
was judged from it: verdict, `p_inside`, `distance_m`, accuracy, and the versions of location and policy stay as
evidence. After pruning a verdict can no longer be replayed (V3), only read; and a fix of more than 90 days ago is found
no more as a `repeated_fix` (V6).
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Date, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import service as check_ins
from app.field.check_ins.models import CheckIn
from app.field.risk_signals import service as risk_signals
from app.sales.orders import service as orders
from app.sales.orders.models import Order

KEPT = timedelta(days=90)
DAYS_A_TURN = timedelta(days=7)
ROWS_A_TURN = 20_000

_RECORDS = (check_ins, orders, risk_signals)


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
        counts = [await records.forget_positions(session, first, end, most=ROWS_A_TURN) for records in _RECORDS]
        if max(counts) < ROWS_A_TURN:
            self._next_day = end
        return sum(counts)


async def _oldest_day(session: AsyncSession) -> date | None:
    """The first day of any check-in or order: an order can be older than every check-in."""
    firsts = (select(func.min(kind.business_date)).scalar_subquery() for kind in (CheckIn, Order))
    return (await session.execute(select(func.least(*firsts, type_=Date)))).scalar_one()
