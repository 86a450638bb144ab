"""What follows from what was concluded of orders, and from returns: each consequence once, in this order, in the same
transaction.

To add one: a function of conclusions, set-based, and a line in `CONSEQUENCES`; of returns one in `RETURN_CONSEQUENCES`.
A conclusion is always by all facts, and may be told again as it was: what follows from it must be safe to repeat.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.months.corrections import settle_delivered_value, settle_returns
from app.ground.events import service as events
from app.motivation.earnings.service import settle_fulfilments
from app.motivation.points import service as points
from app.sales.deliveries.conclusions import Conclusion
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.returns.changes import ReturnChange

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

CONSEQUENCES: tuple[Consequence, ...] = (
    settle_fulfilments,
    settle_delivered_value,
    tell_what_went_wrong,
)


async def follow(session: AsyncSession, conclusions: Sequence[Conclusion], at: datetime) -> None:
    """Let everything follow from conclusions; nothing does from none."""
    if conclusions:
        await points.hold_policy(session)
        for consequence in CONSEQUENCES:
            await consequence(session, conclusions, at)


async def tell_of_returns(session: AsyncSession, changes: Sequence[ReturnChange], at: datetime) -> None:
    """The outbox is told of each. One statement a type."""
    for event_type in sorted({change.event_type for change in changes}):
        payloads = [(change.territory_id, change.payload) for change in changes if change.event_type == event_type]
        await events.record_all(session, event_type, payloads, at)


ReturnConsequence = Callable[[AsyncSession, Sequence[ReturnChange], datetime], Awaitable[None]]

RETURN_CONSEQUENCES: tuple[ReturnConsequence, ...] = (settle_returns, tell_of_returns)


async def follow_returns(session: AsyncSession, changes: Sequence[ReturnChange], at: datetime) -> None:
    """Let everything follow from returns that say something else, or of which somebody else answers."""
    if changes:
        await points.hold_policy(session)
        for consequence in RETURN_CONSEQUENCES:
            await consequence(session, changes, at)
