"""Use cases of orders that are changed until their cutoff (O4), with everything that follows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_taking import queries
from app.doors.order_taking.consequences import Recorded, follow
from app.doors.order_taking.schemas import OrderAmendmentBody, OrderBody, OrderCancellationBody
from app.ground import clock
from app.ground.db import barrier
from app.ground.receipts.service import Claim, ClaimStatus, content_digest, recall
from app.ground.web.access import Caller, CallerKind
from app.ground.web.versions import Precondition
from app.masters.territories.calendar import RepFacts
from app.masters.territories.field_clock import EventClock, Stamp, UploadClock, correct_within_calendar, skew_ms
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
    stamp = _stamp(body, caller, standing, clock.now())
    event = OrderBody.model_validate(body.model_dump() | {"id": order.id})
    form = event.form()
    if await _is_as_placed(session, caller, standing, event.content(form)):
        return ChangedOrder(standing, standing.version, (), repeated=True), stamp
    changed = await amendments.amend_order(
        session,
        standing,
        form,
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
    stamp = _stamp(body, caller, standing, clock.now())
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


def _stamp(
    body: OrderAmendmentBody | OrderCancellationBody, caller: Caller, order: StandingOrder, received_at: datetime
) -> Stamp:
    """When the change was captured (T1, T2).

    Without a capture time now, by the server's own clock; likewise whatever does not come from a handheld, which alone
    has evidence for its clock.
    """
    if body.captured_at is None or caller.kind is not CallerKind.DEVICE:
        return Stamp(
            business_date=order.business_date,
            captured_at=received_at,
            received_at=received_at,
            corrected_at=received_at,
            trusted=True,
        )
    sending = UploadClock(received_at, received_at)
    if body.sent_at is not None:
        sending = UploadClock(body.sent_at, received_at, body.sent_monotonic_ms, body.boot_id)
    time = correct_within_calendar(EventClock(body.captured_at, body.monotonic_ms, body.boot_id), sending)
    return Stamp(
        business_date=order.business_date,
        captured_at=body.captured_at,
        received_at=received_at,
        corrected_at=time.corrected_at,
        skew_ms=skew_ms(sending),
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
