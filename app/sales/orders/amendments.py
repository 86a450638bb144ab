"""Use cases of orders that are changed until their cutoff (O4). Every version is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem
from app.ground.receipts.service import content_digest, filed_under
from app.ground.web.access import Caller
from app.ground.web.versions import Precondition
from app.masters.outlets.service import outlets_by_code
from app.masters.territories.calendar import RepFacts, TerritoryFacts, cutoff_at
from app.masters.territories.field_clock import Stamp
from app.masters.territories.service import territory_facts
from app.sales.orders import amendment_queries as queries
from app.sales.orders.amendment_rules import (
    Openness,
    OrderChangeKind,
    StandingOrder,
    effective_at,
    may_cancel_earlier,
    openness,
)
from app.sales.orders.errors import OrderCancelled, OrderClosed, OrderNotFound, OrderRefused, OrderSuperseded
from app.sales.orders.judging import FormToJudge, judge_forms
from app.sales.orders.records import RECEIPT_KIND, ChangedOrder, KeptVersion
from app.sales.orders.rules import OrderDecision, OrderForm
from app.sales.orders.sight import orders_in_sight, orders_to_change

__all__ = ["StandingOrder", "amend_order", "cancel_order", "lock_order", "order_to_change", "versions_of"]


async def order_to_change(session: AsyncSession, caller: Caller, order_id: UUID) -> StandingOrder | None:
    """An order that the caller may change, None where there is none."""
    day = await filed_under(session, order_id, RECEIPT_KIND)
    return await queries.standing_order(session, orders_to_change(caller), day, order_id) if day else None


async def lock_order(session: AsyncSession, caller: Caller, order: StandingOrder) -> StandingOrder:
    """The order as it is now, locked until the transaction ends: whoever changes it next sees this change.

    Enter the territory's barrier before (T5). Raises OrderNotFound where the caller may no longer see it.
    """
    sight = orders_to_change(caller)
    current = await queries.standing_order(session, sight, order.business_date, order.id, lock=True)
    if current is None:
        raise OrderNotFound
    return current


async def amend_order(
    session: AsyncSession,
    order: StandingOrder,
    form: OrderForm,
    stamp: Stamp,
    *,
    by: Caller,
    rep: RepFacts | None,
    condition: Precondition,
) -> ChangedOrder:
    """Let a locked order be what a form says, judged as if it were new (O2), by the order's business date.

    The very same amendment again is answered like the first one, whatever `condition` says of the version that it was
    made for. When the order came, and what tells where it was captured, stay as they are. Raises StaleVersion,
    OrderClosed after the cutoff (see `openness`), OrderCancelled, OrderSuperseded, and OrderRefused with every problem:
    then the order stays as it is.
    """
    digest = content_digest("order_amendment", by.actor, form.content())
    before = await queries.version_with(session, order, digest)
    if before is not None:
        return ChangedOrder(order, before.version, before.warnings, repeated=True)
    condition.check(order.version)
    await _must_be_open(session, order, stamp, by, OrderChangeKind.AMENDED)
    decision = await _judge(session, order, form, stamp, rep)
    if not decision.accepted:
        raise OrderRefused("The amendment was refused; the order stays as it is.", errors=decision.problems)
    await queries.keep_first(session, order)
    await queries.amend(session, order, (form.delivery_date, form.comment), decision, stamp.received_at, by)
    await queries.keep_changed(session, order, OrderChangeKind.AMENDED, stamp, by, "", digest)
    return ChangedOrder(order, order.version + 1, [warning.as_json() for warning in decision.warnings])


async def cancel_order(
    session: AsyncSession, order: StandingOrder, stamp: Stamp, *, by: Caller, reason: str, condition: Precondition
) -> ChangedOrder:
    """Cancel a locked order: it stays, and counts for nothing from `effective_at` on. Safe to repeat.

    Of several cancellations the one that counts from the earliest instant stands, whichever came first. It takes back
    every version, also one that was captured later and came before it. Raises StaleVersion, and OrderClosed after the
    cutoff (see `openness`).
    """
    if order.cancelled_at is None:
        condition.check(order.version)
        await _must_be_open(session, order, stamp, by, OrderChangeKind.CANCELLED)
    elif not may_cancel_earlier(order, stamp, by.kind, (await _cutoff_of(session, order))[1]):
        return ChangedOrder(order, order.version, (), repeated=True)
    await queries.keep_first(session, order)
    await queries.cancel(session, order, stamp.received_at, effective_at(stamp, by.kind), by)
    digest = content_digest("order_cancellation", by.actor, {"captured_at": stamp.captured_at, "reason": reason})
    await queries.keep_changed(session, order, OrderChangeKind.CANCELLED, stamp, by, reason, digest)
    return ChangedOrder(order, order.version + 1, ())


async def versions_of(session: AsyncSession, caller: Caller, order_id: UUID) -> list[KeptVersion]:
    """Every version of an order that was changed, the newest first; none where nobody changed it.

    Raises OrderNotFound.
    """
    day = await filed_under(session, order_id, RECEIPT_KIND)
    order = await queries.standing_order(session, orders_in_sight(caller), day, order_id) if day else None
    if order is None:
        raise OrderNotFound
    return await queries.versions_of(session, order)


async def _cutoff_of(session: AsyncSession, order: StandingOrder) -> tuple[TerritoryFacts, datetime]:
    territory = await territory_facts(session, order.territory_id)
    return territory, cutoff_at(territory, order.business_date)


async def _must_be_open(
    session: AsyncSession, order: StandingOrder, stamp: Stamp, by: Caller, kind: OrderChangeKind
) -> None:
    territory, cutoff = await _cutoff_of(session, order)
    match openness(order, stamp, by.kind, cutoff, kind):
        case Openness.CANCELLED:
            raise OrderCancelled(cancelled_at=order.cancelled_at.isoformat() if order.cancelled_at else None)
        case Openness.CLOSED:
            cutoff_text = cutoff.astimezone(territory.zone).isoformat()
            raise OrderClosed(f"It could be changed until {cutoff_text}.", cutoff_at=cutoff_text)
        case Openness.SUPERSEDED:
            raise OrderSuperseded("A version that was captured later has come already.", version=order.version)
        case Openness.OPEN:
            pass


async def _judge(
    session: AsyncSession, order: StandingOrder, form: OrderForm, stamp: Stamp, rep: RepFacts | None
) -> OrderDecision:
    """Like a new form that was captured, and came, when the change did."""
    if form.outlet_code != order.outlet_code:
        message = f"An order stays with its outlet, {order.outlet_code}: cancel it, and place another one."
        return OrderDecision((FieldProblem("/outlet_code", "another_outlet", message),))
    outlet = (await outlets_by_code(session, [form.outlet_code])).get(form.outlet_code)
    zone = (await territory_facts(session, order.territory_id)).zone
    (judged,) = await judge_forms(session, [FormToJudge(form, b"", outlet, stamp, zone, rep)])
    return judged.decision
