"""What is told of returns and deliveries about months that are closed: these are judged anew (P2, P6).

A month that is open is judged when it is closed, one of before the first that was closed never.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.earnings.months import settle_months
from app.motivation.statements import service as statements
from app.sales.deliveries.conclusions import Conclusion
from app.sales.returns.changes import ReturnChange
from app.sales.returns.rep_months import reps_touched


async def settle_returns(session: AsyncSession, changes: Sequence[ReturnChange], at: datetime) -> None:
    """Judge the closed months anew that returns are about which say something else now, or of which another answers."""
    touched = await reps_touched(session, returns=[change.key for change in changes])
    await _settle_closed(session, touched, at)


async def settle_delivered_value(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """The same for closed months in which something else was delivered, by what was concluded just now.

    One cheap statement where no month of these orders is closed, which is nearly always.
    """
    first = min(conclusion.business_date for conclusion in conclusions).replace(day=1)
    if await statements.any_closed_since(session, first):
        orders = [(conclusion.business_date, conclusion.order_id) for conclusion in conclusions]
        await _settle_closed(session, await reps_touched(session, orders=orders), at)


async def _settle_closed(session: AsyncSession, touched: Collection[tuple[int, date]], at: datetime) -> None:
    closed = await statements.closed_months(session, touched) if touched else {}
    for month, rep_ids in sorted(closed.items()):
        await settle_months(session, rep_ids, month, at)
