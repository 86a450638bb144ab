"""The SQL of what became of the orders due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.listings import ListKey, id_of
from app.sales.deliveries.models import Fulfilment
from app.sales.deliveries.sight import listed_fulfilments
from app.sales.orders.models import Order

_FULFILMENT_STATUS: ColumnElement[str] = func.coalesce(Fulfilment.status, FulfilmentStatus.OPEN.value)
_DUE: Select[*tuple[Any, ...]] = (
    select(
        Order.id.label("order_id"),
        Order.business_date,
        Order.delivery_date,
        Territory.code.label("territory_code"),
        Rep.code.label("rep_code"),
        Outlet.code.label("outlet_code"),
        Order.total_value.label("order_value"),
        _FULFILMENT_STATUS.label("status"),
        Fulfilment.on_time,
        func.coalesce(Fulfilment.delivery_count, 0).label("deliveries"),
        Fulfilment.last_delivered_date,
    )
    .join(Outlet, Outlet.id == Order.outlet_id)
    .join(Territory, Territory.id == Order.territory_id)
    .outerjoin(Rep, Rep.id == Order.rep_id)
    .outerjoin(Fulfilment, and_(Fulfilment.business_date == Order.business_date, Fulfilment.order_id == Order.id))
)


@dataclass(frozen=True, slots=True)
class FulfilmentFilter:
    """Which orders are asked for; None: any. Days are delivery dates, both ends included."""

    first: date
    last: date
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
    status: FulfilmentStatus | None = None


async def fulfilment_page(
    session: AsyncSession, caller: Caller, filters: FulfilmentFilter, after: ListKey | None, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Up to `limit` orders due in a range that the caller may see, with what became of them, by delivery date and id.

    Cancelled ones are due where something came of them all the same. By one statement.
    """
    query = _DUE.where(*_due_conditions_of(filters), *listed_fulfilments(caller))
    if after is not None:
        query = query.where(Order.delivery_date >= after[0], tuple_(Order.delivery_date, Order.id) > tuple_(*after))
    return (await session.execute(query.order_by(Order.delivery_date, Order.id).limit(limit))).all()


def _due_conditions_of(filters: FulfilmentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Order.delivery_date >= filters.first,
        Order.delivery_date <= filters.last,
        Order.business_date <= filters.last,
        or_(Order.cancelled_at.is_(None), Fulfilment.delivery_count > 0),
    ]
    if filters.territory_code is not None:
        conditions.append(Order.territory_id == id_of(Territory, filters.territory_code))
    if filters.rep_code is not None:
        conditions.append(Order.rep_id == id_of(Rep, filters.rep_code))
    if filters.outlet_code is not None:
        conditions.append(Order.outlet_id == id_of(Outlet, filters.outlet_code))
    if filters.status is not None:
        conditions.append(_FULFILMENT_STATUS.in_([filters.status.value]))
    return conditions
