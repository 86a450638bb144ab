"""Use cases of orders that are changed until their cutoff (O4), with everything that follows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking import queries
from app.doors.order_taking.consequences import Recorded, follow
from app.doors.order_taking.schemas import OrderAmendmentBody, OrderBody, OrderCancellationBody
from app.field.watermarks.service import boots_of
from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import Claim, ClaimStatus, content_digest, recall
from app.ground.web.access import Caller, CallerKind
from app.ground.web.versions import Precondition
from app.masters.territories.boots import EventClock, UploadClock, hear_with
from app.masters.territories.calendar import RepFacts
from app.masters.territories.field_clock import Stamp, correct, within_reach
from app.sales.orders import amendments
from app.sales.orders.amendments import StandingOrder
from app.sales.orders.records import RECEIPT_KIND, ChangedOrder


async def order_in_sight(session: AsyncSession, caller: Caller, order_id: UUID) -> StandingOrder | None:
    """An order that the caller may change, None where there is none."""
    return await amendments.order_to_change(session, caller, order_id)


async def amend_order(
    session: AsyncSession, caller: Caller, order: StandingOrder, body: OrderAmendmentBody, condition: Precondition
) -> tuple[ChangedOrder, Stamp]:
    """Let an order be what `body` says (O4): the answer tells the new version, and its times.

    What was placed, sent again as it was, changes nothing. Raises as `orders.amendments.amend_order` does.
    """
    standing = await _locked(session, caller, order)
    stamp = await _stamp(session, caller, body, standing)
    event = OrderBody.model_validate(body.model_dump() | {"id": order.id}).event()
    if await _is_as_placed(session, caller, standing, event.content()):
        return ChangedOrder(standing, standing.version, (), repeated=True), stamp
    changed = await amendments.amend_order(
        session,
        standing,
        event.form,
        stamp,
        by=caller,
        rep=_rep_of(caller),
        condition=condition,
    )
    await _follow(session, changed, stamp.received_at)
    return changed, stamp


async def cancel_order(
    session: AsyncSession, caller: Caller, order: StandingOrder, body: OrderCancellationBody, condition: Precondition
) -> None:
    """Cancel an order (O4). Safe to repeat. Raises as `orders.amendments.cancel_order` does."""
    standing = await _locked(session, caller, order)
    stamp = await _stamp(session, caller, body, standing)
    changed = await amendments.cancel_order(
        session, standing, stamp, by=caller, reason=body.reason, condition=condition
    )
    await _follow(session, changed, stamp.received_at)


async def _locked(session: AsyncSession, caller: Caller, order: StandingOrder) -> StandingOrder:
    """The order under lock, by the way that uploads take: the rep, the territory's barrier (T5), the record."""
    if order.rep_id is not None:
        await queries.lock_rep(session, order.rep_id)
    await barrier.enter(session, order.territory_id)
    return await amendments.lock_order(session, caller, order)


async def _stamp(
    session: AsyncSession, caller: Caller, body: OrderAmendmentBody | OrderCancellationBody, order: StandingOrder
) -> Stamp:
    """When the change was captured (T1, T2): by a handheld's clocks, or when it is received.

    Who is no handheld has no clock evidence to show, whatever it sends. One statement for a handheld that sends some.
    """
    received_at = clock.now()
    if body.captured_at is None or caller.device_id is None:
        return Stamp(
            business_date=order.business_date,
            captured_at=received_at,
            received_at=received_at,
            corrected_at=received_at,
            trusted=True,
        )
    boots = await boots_of(session, caller.device_id, [body.boot_id]) if body.boot_id is not None else {}
    boot = boots.get(body.boot_id or "")
    event = EventClock(body.captured_at, body.monotonic_ms, body.boot_id)
    heard = hear_with(boot, UploadClock(body.sent_at, received_at, body.sent_monotonic_ms, body.boot_id), event)
    time = within_reach(correct(event, heard, boot), received_at, None)
    return Stamp(
        business_date=order.business_date,
        captured_at=body.captured_at,
        received_at=received_at,
        corrected_at=time.corrected_at,
        skew_ms=heard.skew_ms,
        trusted=time.trusted,
    )


async def _is_as_placed(
    session: AsyncSession, caller: Caller, order: StandingOrder, content: Mapping[str, Any]
) -> bool:
    """Whether a handheld sends what it placed, and nobody has changed the order since."""
    if caller.kind is not CallerKind.DEVICE or caller.rep_code is None:
        return False
    digest = content_digest(RECEIPT_KIND, caller.rep_code, content)
    first = (await recall(session, [Claim(order.id, RECEIPT_KIND, digest, order.business_date)])).get(order.id)
    return order.version == 1 and first is not None and first.status is ClaimStatus.DUPLICATE


def _rep_of(caller: Caller) -> RepFacts | None:
    """A handheld's rep; nobody else is held to a territory."""
    if caller.rep_id is None or caller.rep_code is None or not caller.territory_ids:
        return None
    (territory_id,) = caller.territory_ids
    return RepFacts(caller.rep_id, caller.rep_code, caller.rep_code, territory_id, active=True)


async def _follow(session: AsyncSession, changed: ChangedOrder, at: datetime) -> None:
    if not changed.repeated:
        await follow(session, Recorded(at, changes=[changed]))
