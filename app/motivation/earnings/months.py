"""Use case of months of returns: what they earn and cost (P2)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.months import last_day_of
from app.motivation.earnings.month_rules import JudgedMonth, month_findings
from app.motivation.points import service as points
from app.sales.returns.rep_months import returns_of


async def settle_months(
    session: AsyncSession, rep_ids: Collection[int], month: date, at: datetime
) -> Mapping[int, JudgedMonth]:
    """Let the returns of these reps' month, by its first day, earn and cost what they should by what is known; answers
    what that is, by rep id.

    For the month's close, and anew for one that is closed. A fixed number of statements; safe to repeat.
    """
    if not rep_ids:
        return {}
    await points.lock_reps(session, rep_ids)
    months = await judged_months(session, rep_ids, month)
    policies = await points.policies_in_force(session, last_day_of(month))
    findings = [finding for judged in months.values() for finding in month_findings(judged, policies)]
    await points.bring_about(session, findings, at)
    return months


async def judged_months(session: AsyncSession, rep_ids: Collection[int], month: date) -> Mapping[int, JudgedMonth]:
    """What is known of these reps' month, by rep id."""
    return {
        returns.rep_id: JudgedMonth(
            returns.rep_id,
            returns.month,
            returns.returned_value,
            returns.delivered_value,
            returns.return_ids,
            returns.by_reason,
        )
        for returns in await returns_of(session, rep_ids, month)
    }
