"""Use case of earnings: let orders earn and cost what they should by what is known of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.earnings import queries, rules
from app.motivation.points import service as points
from app.sales.deliveries.conclusions import Conclusion

_NOTHING: Mapping[UUID, Mapping[str, Any]] = {}


async def settle_orders(
    session: AsyncSession,
    days: Mapping[UUID, date],
    at: datetime,
    facts: Mapping[UUID, Mapping[str, Any]] = _NOTHING,
) -> None:
    """Let these orders, by id and business date, earn and cost what they should; those of no rep are left alone.

    `facts`: what their fulfilments rest on, where the caller knows. A fixed number of statements; safe to repeat, in
    any order of the facts.
    """
    orders = await queries.lock_judged_orders(session, days, facts) if days else []
    await points.bring_about(session, [finding for order in orders for finding in rules.findings_of(order)], at)


async def settle_fulfilments(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """The same for orders of which it was concluded just now what came of them (D2, P3)."""
    of_reps = [conclusion for conclusion in conclusions if conclusion.rep_id is not None]
    days = {conclusion.order_id: conclusion.business_date for conclusion in of_reps}
    await settle_orders(session, days, at, {conclusion.order_id: conclusion.facts for conclusion in of_reps})
