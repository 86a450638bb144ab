"""Use cases of months of returns: what they earn and cost, at the month's close and by what is told later (P2, P6)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.earnings import month_queries as queries
from app.motivation.earnings.month_rules import JudgedMonth, month_findings
from app.motivation.points import service as points
from app.sales.deliveries.conclusions import Conclusion
from app.sales.returns.changes import ReturnChange
from app.sales.returns.rep_months import reps_touched, returns_of


async def settle_months(session: AsyncSession, rep_ids: Collection[int], month: date, at: datetime) -> None:
    """Let the returns of these reps' month, by its first day, earn and cost what they should by what is known.

    For the month's close, and anew for one that is closed. A fixed number of statements; safe to repeat.
    """
    if not rep_ids:
        return
    await queries.lock_reps(session, rep_ids)
    months = [
        JudgedMonth(
            returns.rep_id,
            returns.month,
            returns.returned_value,
            returns.delivered_value,
            returns.return_ids,
            returns.by_reason,
        )
        for returns in await returns_of(session, rep_ids, month)
    ]
    policies = await points.policies_in_force(session, months[0].last_day)
    findings = [finding for judged in months for finding in month_findings(judged, policies)]
    await points.bring_about(session, findings, at)


async def settle_returns(session: AsyncSession, changes: Sequence[ReturnChange], at: datetime) -> None:
    """The same for closed months that returns are about which say something else now, or of which another answers.

    A month that is open is added up when it is closed.
    """
    touched = await reps_touched(session, returns=[change.key for change in changes])
    await _settle_closed(session, touched, at)


async def settle_delivered_value(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """The same for closed months in which something else was delivered, by what was concluded just now.

    One cheap statement where no month of these orders is closed, which is nearly always.
    """
    first = min(conclusion.business_date for conclusion in conclusions).replace(day=1)
    if await queries.any_closed_since(session, first):
        orders = [(conclusion.business_date, conclusion.order_id) for conclusion in conclusions]
        await _settle_closed(session, await reps_touched(session, orders=orders), at)


async def _settle_closed(session: AsyncSession, touched: Collection[tuple[int, date]], at: datetime) -> None:
    closed = await queries.closed_months(session, touched) if touched else {}
    for month, rep_ids in sorted(closed.items()):
        await settle_months(session, rep_ids, month, at)
