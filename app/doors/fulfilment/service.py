"""Recording what is told of deliveries, and concluding orders anew, with everything that follows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.fulfilment.consequences import follow
from app.ground import clock
from app.ground.db.session import Database
from app.ground.events import service as events
from app.ground.receipts.forms import FormFate, FormOutcome, RecordKey
from app.ground.web.access import Caller
from app.sales.deliveries import fulfilments
from app.sales.deliveries.fulfilments import OrderFulfilment
from app.sales.deliveries.rules import DeliveryForm
from app.sales.deliveries.service import record_deliveries

BATCH = 1_000
"""As many orders fall due in one transaction."""

DAY = timedelta(days=1)

_EVENTS = {FormFate.RECORDED: "delivery.recorded", FormFate.CORRECTED: "delivery.corrected"}


async def take_deliveries(
    session: AsyncSession, forms: Sequence[DeliveryForm], by: str, at: datetime, *, knows_what_stands: bool = False
) -> Sequence[FormOutcome[DeliveryForm]]:
    """Record deliveries, each id once among them, and let everything follow; what became of each, in the order given.

    The number of statements does not depend on how many there are. See `sales.deliveries.service.record_deliveries`.
    """
    recorded = await record_deliveries(session, forms, by, at, knows_what_stands=knows_what_stands)
    for fate, event_type in _EVENTS.items():
        payloads = [(outcome.territory_id, _payload(outcome)) for outcome in recorded.outcomes if outcome.fate is fate]
        await events.record_all(session, event_type, payloads, at)
    await follow(session, recorded.conclusions, at)
    return recorded.outcomes


async def decide(
    session: AsyncSession,
    caller: Caller,
    order_id: UUID,
    product_code: str | None,
    answered_by: str,
    comment: str,
    at: datetime,
) -> OrderFulfilment:
    """Keep a person's word on who answers (D3), and let everything follow. Raises as `fulfilments.decide` does."""
    fulfilment, conclusions = await fulfilments.decide(
        session, caller, order_id, product_code, answered_by, comment, at
    )
    payload = {"order_id": str(order_id), "product_code": product_code, "answered_by": answered_by}
    await events.record(session, "fulfilment.decided", fulfilment.order.territory_id, payload, at)
    await follow(session, conclusions, at)
    return fulfilment


async def conclude_changed(session: AsyncSession, keys: Collection[RecordKey], at: datetime) -> None:
    """Conclude orders anew that were amended or cancelled after something had come of them, and let all follow."""
    await follow(session, await fulfilments.conclude_again(session, keys, at), at)


class DueOrders:
    """Concludes what has fallen due, in batches, a transaction each.

    What has fallen due since the last time is a day's orders, or a pause's. Once a day, and where nothing is
    remembered, two months are looked through: for orders that came later than they were to be delivered.
    """

    def __init__(self) -> None:
        self._done_at: datetime | None = None
        self._looked_through_at: datetime | None = None

    async def conclude(self, database: Database) -> int:
        """Conclude all that has fallen due by now. Answers how many orders."""
        at, total, since = clock.now(), 0, None
        if self._done_at and self._looked_through_at and at - self._looked_through_at < DAY:
            since = self._done_at - DAY
        while True:
            async with database.transaction() as session:
                conclusions = await fulfilments.conclude_due(session, at, since, BATCH)
                await follow(session, conclusions, at)
            total += len(conclusions)
            if len(conclusions) < BATCH:
                break
        self._done_at = at
        self._looked_through_at = at if since is None else self._looked_through_at
        return total


def _payload(outcome: FormOutcome[DeliveryForm]) -> dict[str, object]:
    form = outcome.form
    return {
        "delivery_id": str(form.id),
        "version": outcome.version,
        "number": form.number,
        "outlet_code": form.outlet_code,
        "order_id": None if form.order_id is None else str(form.order_id),
    }
