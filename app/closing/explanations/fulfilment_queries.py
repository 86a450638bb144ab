"""The reads of what came of orders and what came back, each as far as the reader may be told of it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, not_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.explanations.records import OrderedPrice, SeenReturn
from app.ground.db.statements import records_of
from app.ground.receipts.forms import RecordKey
from app.ground.receipts.service import filings
from app.ground.web.access import Caller
from app.ground.web.months import last_day_of
from app.sales.deliveries.models import Delivery
from app.sales.deliveries.sight import deliveries_in_sight
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.models import OrderLine, OrderVersion
from app.sales.returns.models import Return
from app.sales.returns.sight import returns_in_sight


async def deliveries_of(session: AsyncSession, caller: Caller, delivery_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these deliveries that the caller may read, in the order given. Two statements; none without ids."""
    keys = await _keys(session, delivery_ids)
    if not keys:
        return []
    query = select(Delivery.id).where(tuple_(Delivery.business_date, Delivery.id).in_(keys))
    readable = set(await session.scalars(query.where(*deliveries_in_sight(caller))))
    return [id_ for id_ in delivery_ids if id_ in readable]


async def prices_of(session: AsyncSession, order_id: UUID, day: date) -> list[OrderedPrice]:
    """What the lines of an order say of prices."""
    query = select(OrderLine.product_id, OrderLine.unit_price, OrderLine.list_price)
    query = query.where(OrderLine.business_date == day, OrderLine.order_id == order_id)
    return records_of(OrderedPrice, await session.execute(query.order_by(OrderLine.line_number)))


async def change_of(session: AsyncSession, order_id: UUID, day: date, at: datetime) -> OrderChangeKind | None:
    """How an order was changed at the very instant at which something was concluded of it (O4)."""
    query = (
        select(OrderVersion.change)
        .where(OrderVersion.business_date == day, OrderVersion.order_id == order_id, OrderVersion.received_at == at)
        .order_by(OrderVersion.version.desc())
        .limit(1)
    )
    change = await session.scalar(query)
    return None if change is None else OrderChangeKind(change)


async def month_in_sight(
    session: AsyncSession, caller: Caller, rep_id: int, month: date, return_ids: Sequence[UUID]
) -> tuple[bool, list[SeenReturn]]:
    """Whether the figures of a rep's month are for the caller, and those of these returns that it may read, the largest
    first; where the delivery of one is out of sight, without it.

    A rep's month is the rep's own; to staff it is told where all that came of the rep's orders, and all these returns,
    are in sight. Three statements at the most.
    """
    returns = await _returns(session, caller, return_ids)
    seen = [each for each, in_sight in returns if in_sight]
    if caller.rep_id is not None or caller.territory_ids is None:
        return True, seen
    hidden = len(seen) < len(returns) or await session.scalar(select(_hidden_deliveries(caller, rep_id, month)))
    return not hidden, seen


async def _returns(session: AsyncSession, caller: Caller, ids: Sequence[UUID]) -> list[tuple[SeenReturn, bool]]:
    """These returns, each with whether it is in sight."""
    keys = await _keys(session, ids)
    if not keys:
        return []
    named = and_(Delivery.business_date == Return.delivery_business_date, Delivery.id == Return.delivery_id)
    query = (
        select(Return.id, Delivery.id.label("delivery_id"), and_(true(), *returns_in_sight(caller)).label("in_sight"))
        .outerjoin(Delivery, and_(named, *deliveries_in_sight(caller)))
        .where(tuple_(Return.business_date, Return.id).in_(keys))
        .order_by(Return.value.desc(), Return.id)
    )
    return [(SeenReturn(row.id, row.delivery_id), row.in_sight) for row in await session.execute(query)]


def _hidden_deliveries(caller: Caller, rep_id: int, month: date) -> ColumnElement[bool]:
    last = last_day_of(month)
    return exists().where(
        Delivery.rep_id == rep_id,
        Delivery.delivered_date.between(month, last),
        Delivery.business_date <= last,
        not_(and_(true(), *deliveries_in_sight(caller))),
    )


async def _keys(session: AsyncSession, ids: Collection[UUID]) -> list[RecordKey]:
    return [(filing.business_date, id_) for id_, filing in (await filings(session, ids)).items()]
