"""What follows from what was concluded of orders: each consequence once, in this order, in the same transaction.

To add one: a function of conclusions, set-based, and a line in `CONSEQUENCES`. A conclusion is always by all facts, and
may be told again as it was: what follows from it must be safe to repeat.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.events import service as events
from app.motivation.earnings.service import settle_fulfilments
from app.sales.deliveries.conclusions import Conclusion
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus

_WORTH_TELLING = frozenset({FulfilmentStatus.MISMATCHED, FulfilmentStatus.UNDELIVERED})


async def tell_what_went_wrong(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """The outbox is told of orders that do not stand as they were to, and of those that do again. One statement."""
    payloads = [
        (
            conclusion.territory_id,
            {
                "order_id": str(conclusion.order_id),
                "business_date": conclusion.business_date.isoformat(),
                "status": conclusion.status.value,
                "previous_status": (conclusion.previous_status or FulfilmentStatus.OPEN).value,
            },
        )
        for conclusion in conclusions
        if conclusion.status is not conclusion.previous_status
        and not _WORTH_TELLING.isdisjoint({conclusion.status, conclusion.previous_status})
    ]
    await events.record_all(session, "fulfilment.concluded", payloads, at)


Consequence = Callable[[AsyncSession, Sequence[Conclusion], datetime], Awaitable[None]]

CONSEQUENCES: tuple[Consequence, ...] = (settle_fulfilments, tell_what_went_wrong)


async def follow(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """Let everything follow from conclusions; nothing does from none."""
    if conclusions:
        for consequence in CONSEQUENCES:
            await consequence(session, conclusions, at)
