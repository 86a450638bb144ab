"""What is looked up for the items of a page alone: facts that lie in other tables than their record.

Each by one statement for all of a page, which names their days, so that PostgreSQL touches no other months.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.rules import VisitFacts, visit_status
from app.closing.compliance.visit_facts import check_in_facts
from app.field.check_ins.models import CheckIn
from app.ground.db.plans import looked_up
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.models import DeliveryLine, Fulfilment
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel
from app.sales.returns.models import ReturnLine

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item whose facts are not whole yet."""

    id: UUID
    business_date: date
    rep_id: int | None
    facts: Facts


LookUp = Callable[[AsyncSession, int, Sequence[FoundItem]], Awaitable[Sequence[Facts]]]
"""The whole facts of items of an outlet, in their order."""

_OUTLET_ID: ColumnElement[int] = bindparam("outlet_id", type_=Integer)
_FIRST, _LAST = bindparam("first", type_=Date), bindparam("last", type_=Date)


def _keys(**kinds: Any) -> Any:
    """The page's records as a relation, a parameter of the same name for each column."""
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()]
    columns = [column(name, kind) for name, kind in kinds.items()]
    return func.unnest(*arrays).table_valued(*columns, name="asked").render_derived()


_visit = _keys(day=Date, rep=Integer)
_seen = (
    select(*check_in_facts())
    .where(CheckIn.outlet_id == _OUTLET_ID, CheckIn.business_date.between(_FIRST, _LAST))
    .where(CheckIn.business_date == _visit.c.day, CheckIn.rep_id == _visit.c.rep)
    .lateral("seen")
)
_VISITS = select(
    _visit.c.day,
    _visit.c.rep,
    *(func.coalesce(_seen.c[name], False).label(name) for name in ("checked_in", "made", "arrived_inside")),
    looked_up(
        Order,
        Order.outlet_id == _OUTLET_ID,
        Order.business_date.between(_FIRST, _LAST),
        Order.business_date == _visit.c.day,
        Order.rep_id == _visit.c.rep,
        Order.channel == OrderChannel.HANDHELD.value,
        Order.cancelled_at.is_(None),
    ).label("productive"),
).select_from(_visit.join(_seen, true()))

_delivery = _keys(day=Date, id=Uuid, order_id=Uuid)
_concluded = (
    select(Fulfilment.status, Fulfilment.mismatches)
    .where(Fulfilment.business_date.between(_FIRST, _LAST))
    .where(Fulfilment.business_date == _delivery.c.day, Fulfilment.order_id == _delivery.c.order_id)
    .lateral("concluded")
)
_mismatch = func.jsonb_array_elements(_concluded.c.mismatches).table_valued(column("value", JSONB), name="mismatch")
_mismatched = select(cast(_mismatch.c.value["product_id"].astext, Integer))
_delivered = (
    select(
        func.count().label("lines"),
        func.count()
        .filter(or_(_delivery.c.order_id.is_(None), DeliveryLine.product_id.in_(_mismatched)))
        .label("mismatched_lines"),
    )
    .where(DeliveryLine.business_date.between(_FIRST, _LAST))
    .where(DeliveryLine.business_date == _delivery.c.day, DeliveryLine.delivery_id == _delivery.c.id)
    .lateral("delivered")
)
_DELIVERIES = select(
    _delivery.c.id,
    case(
        (_delivery.c.order_id.is_(None), FulfilmentStatus.MISMATCHED.value),
        else_=func.coalesce(_concluded.c.status, FulfilmentStatus.OPEN.value),
    ).label("status"),
    _delivered.c.lines,
    _delivered.c.mismatched_lines,
).select_from(_delivery.outerjoin(_concluded, true()).join(_delivered, true()))

_return = _keys(day=Date, id=Uuid)
_sent_back = (
    select(func.count().label("lines"), func.count().filter(~ReturnLine.accepted).label("declined_lines"))
    .where(ReturnLine.business_date.between(_FIRST, _LAST))
    .where(ReturnLine.business_date == _return.c.day, ReturnLine.return_id == _return.c.id)
    .lateral("sent_back")
)
_RETURNS = select(_return.c.id, *_sent_back.c).select_from(_return.join(_sent_back, true()))


async def visit_facts(session: AsyncSession, outlet_id: int, items: Sequence[FoundItem]) -> list[Facts]:
    """How visits stand now (V5), and what came of them."""
    days = [item.business_date for item in items]
    parameters = {"outlet_id": outlet_id, "day": days, "rep": [item.rep_id for item in items]}
    rows = await session.execute(_VISITS, parameters | _bounds(days))
    seen = {(row.day, row.rep): row for row in rows}
    return [_stands(item, seen[item.business_date, item.rep_id]) for item in items]


def _stands(item: FoundItem, seen: Any) -> Facts:
    facts = dict(item.facts)
    today = date.fromisoformat(facts.pop("today"))
    planned, excused = facts.pop("planned"), facts.pop("excused")
    visit = VisitFacts(item.business_date, planned, excused, seen.checked_in, seen.arrived_inside)
    return {
        "status": visit_status(visit, today).value,
        "made": seen.made,
        "productive": seen.productive,
        **facts,
    }


async def delivery_facts(session: AsyncSession, _: int, items: Sequence[FoundItem]) -> list[Facts]:
    """How the orders of deliveries stand (D2), and how many lines are not as ordered."""
    orders = [UUID(order) if (order := item.facts["order_id"]) else None for item in items]
    return await _with_lines(session, _DELIVERIES, items, {"order_id": orders})


async def return_facts(session: AsyncSession, _: int, items: Sequence[FoundItem]) -> list[Facts]:
    """How many lines of returns were declined."""
    return await _with_lines(session, _RETURNS, items, {})


async def _with_lines(
    session: AsyncSession, statement: Any, items: Sequence[FoundItem], others: Mapping[str, Any]
) -> list[Facts]:
    """What a statement looks up by the day under which a record is filed, and its id."""
    days = [date.fromisoformat(item.facts["filed_under"]) for item in items]
    parameters = {"day": days, "id": [item.id for item in items], **others, **_bounds(days)}
    lines = {row.id: row._asdict() for row in await session.execute(statement, parameters)}
    return [
        {name: fact for name, fact in (item.facts | lines[item.id]).items() if name not in {"filed_under", "id"}}
        for item in items
    ]


def _bounds(days: Sequence[date]) -> dict[str, date]:
    return {"first": min(days), "last": max(days)}
