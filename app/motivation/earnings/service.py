"""Use case of earnings: let orders earn and cost what they should by what is known of them."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.earnings import queries, rules
from app.motivation.points import service as points


async def settle_orders(session: AsyncSession, days: Mapping[UUID, date], at: datetime) -> None:
    """Let these orders, by id and business date, earn and cost what they should; those of no rep are left alone.

    A fixed number of statements; safe to repeat, in any order of the facts.
    """
    orders = await queries.lock_judged_orders(session, days) if days else []
    await points.bring_about(session, [finding for order in orders for finding in rules.findings_of(order)], at)
