"""Use case of months of returns: what they earn and cost (P2)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.earnings.month_rules import JudgedMonth, month_findings
from app.motivation.points import service as points
from app.sales.returns.rep_months import returns_of


async def settle_months(session: AsyncSession, rep_ids: Collection[int], month: date, at: datetime) -> None:
    """Let the returns of these reps' month, by its first day, earn and cost what they should by what is known.

    For the month's close, and anew for one that is closed. A fixed number of statements; safe to repeat.
    """
    if not rep_ids:
        return
    await points.lock_reps(session, rep_ids)
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
