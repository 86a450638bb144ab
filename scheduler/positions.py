"""Positions are kept for 90 days; verdicts stay.

What is pruned is where a rep was (`lat`, `lon` of check-ins and orders, and of the evidence of risk signals), not what
was judged from it: verdict, `p_inside`, `distance_m`, accuracy, and the versions of location and policy stay as
evidence. After pruning a verdict can no longer be replayed (V3), only read; and a fix of more than 90 days ago is found
no more as a `repeated_fix` (V6).
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.check_ins import service as check_ins
from app.field.check_ins.models import CheckIn
from app.field.risk_signals import service as risk_signals
from app.sales.orders import service as orders
from app.sales.orders.models import Order

KEPT = timedelta(days=90)
DAYS_A_TURN = timedelta(days=7)
ROWS_A_TURN = 20_000

_KINDS = (CheckIn, Order)
_RECORDS = (check_ins, orders, risk_signals)


class PositionPruning:
    """Walks over the old days that have records, a bounded stretch at a time, then begins anew: what arrives late is
    found too. A record that is dated years before all others costs one turn.
    """

    def __init__(self) -> None:
        self._next_day: date | None = None

    async def prune(self, session: AsyncSession, at: datetime) -> int:
        """Forget the positions of the next stretch. Answers how many records had one."""
        kept_from = (at - KEPT).date()
        first = await _first_day(session, self._next_day or date.min)
        if first is None or first >= kept_from:
            self._next_day = None
            return 0
        end = min(first + DAYS_A_TURN, kept_from)
        counts = [await records.forget_positions(session, first, end, most=ROWS_A_TURN) for records in _RECORDS]
        if max(counts) < ROWS_A_TURN:
            self._next_day = end
        return sum(counts)


_FROM = bindparam("since", type_=Date)
_FIRST_DAY = select(
    func.least(
        *(select(func.min(kind.business_date)).where(kind.business_date >= _FROM).scalar_subquery() for kind in _KINDS),
        type_=Date,
    )
)


async def _first_day(session: AsyncSession, since: date) -> date | None:
    """The first day from `since` on of any check-in or order: an order can be older than every check-in."""
    return (await session.execute(_FIRST_DAY, {"since": since})).scalar_one()
