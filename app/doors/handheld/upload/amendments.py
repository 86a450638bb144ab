"""Use cases of the handheld's door for orders that are changed until their cutoff (O4)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.service import settle_late_orders
from app.doors.handheld.upload import queries
from app.doors.handheld.upload.event_schemas import OrderAmendment, OrderCancellation, SingleOrder
from app.doors.handheld.upload.records import Reporter, Sending
from app.doors.handheld.upload.rules import corrected_time, order_digest, order_form, upload_clock
from app.field.risk_signals import service as risk_signals
from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import Claim, ClaimStatus, recall
from app.ground.web.access import Caller
from app.ground.web.versions import Precondition
from app.masters.territories.field_clock import EventClock, skew_ms
from app.sales.orders import amendments
from app.sales.orders.amendment_rules import ChangeTime
from app.sales.orders.amendments import StandingOrder
from app.sales.orders.records import ChangedOrder


async def order_in_sight(session: AsyncSession, caller: Caller, order_id: UUID) -> StandingOrder | None:
    """An order that the caller may change, None where there is none."""
    return await amendments.order_to_change(session, caller, order_id)


async def amend_order(
    session: AsyncSession,
    caller: Caller,
    order: StandingOrder,
    body: OrderAmendment,
    condition: Precondition,
    reporter: Reporter | None,
) -> tuple[ChangedOrder, ChangeTime]:
    """Let an order be what `body` says (O4): the answer tells the new version, and its times.

    What was placed, sent again as it was, changes nothing. Raises as `orders.amendments.amend_order` does.
    """
    standing = await _locked(session, caller, order)
    time = _time_of(body, clock.now())
    event = SingleOrder.model_validate(body.model_dump() | {"id": order.id})
    if reporter is not None and await _is_as_placed(session, standing, order_digest(event, reporter.rep_code)):
        return ChangedOrder(standing, standing.version, (), repeated=True), time
    changed = await amendments.amend_order(
        session,
        standing,
        order_form(event),
        time,
        by=caller.actor,
        rep_territory_id=reporter.territory_id if reporter else None,
        condition=condition,
    )
    await _settle(session, changed, time.received_at)
    return changed, time


async def cancel_order(
    session: AsyncSession, caller: Caller, order: StandingOrder, body: OrderCancellation, condition: Precondition
) -> None:
    """Cancel an order (O4). Safe to repeat. Raises as `orders.amendments.cancel_order` does."""
    standing = await _locked(session, caller, order)
    time = _time_of(body, clock.now())
    changed = await amendments.cancel_order(
        session, standing, time, by=caller.actor, reason=body.reason, condition=condition
    )
    await _settle(session, changed, time.received_at)


async def _locked(session: AsyncSession, caller: Caller, order: StandingOrder) -> StandingOrder:
    """The order under lock, by the way that uploads take: the rep, the territory's barrier (T5), the record."""
    if order.rep_id is not None:
        await queries.lock_rep(session, order.rep_id)
    await barrier.enter(session, order.territory_id)
    return await amendments.lock_order(session, caller, order)


def _time_of(body: OrderAmendment | OrderCancellation, received_at: datetime) -> ChangeTime:
    """When the change was captured (T1, T2); without a capture time now, by the server's own clock."""
    if body.captured_at is None:
        return ChangeTime(received_at, received_at, received_at, trusted=True)
    upload = upload_clock(Sending(body.sent_at, body.sent_monotonic_ms, body.boot_id), received_at)
    found = corrected_time(EventClock(body.captured_at, body.monotonic_ms, body.boot_id), upload)
    return ChangeTime(body.captured_at, received_at, found.corrected_at, found.trusted, skew_ms(upload))


async def _is_as_placed(session: AsyncSession, order: StandingOrder, digest: bytes) -> bool:
    """Whether nobody has changed the order, and this is what was placed."""
    claim = Claim(order.id, "order", digest, order.business_date)
    first = (await recall(session, [claim])).get(order.id)
    return order.version == 1 and first is not None and first.status is ClaimStatus.DUPLICATE


async def _settle(session: AsyncSession, changed: ChangedOrder, at: datetime) -> None:
    """A change may take away or bring a doubt (O6); one that came after the cutoff may change what it cleared (C4)."""
    if changed.repeated:
        return
    order = changed.before
    if order.rep_id is not None:
        await risk_signals.judge_again(session, order.territory_id, order.rep_id, order.business_date, at)
    await settle_late_orders(session, [(order.outlet_id, order.business_date)], at)
