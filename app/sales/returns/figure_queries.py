"""The SQL of figures: orders due, what was delivered, what went back, each added up by one statement."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Select, and_, false, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.models import Delivery, DeliveryLine, Fulfilment
from app.sales.deliveries.sight import listed_deliveries, listed_fulfilments
from app.sales.mismatch_reasons.rules import AnsweringParty
from app.sales.orders.models import Order, OrderLine
from app.sales.returns.attribution import ANSWERED_BY, IS_LINE_OF_RETURN, LINE_VALUE, REP_ID
from app.sales.returns.figures import FigureFilter, FigureGrouping, FigureSums
from app.sales.returns.models import Return, ReturnLine
from app.sales.returns.sight import listed_returns

Sums = dict[Any, FigureSums]
"""By the group's key: the id of a rep (None: of none), outlet, product or territory; a warehouse's code, or None."""

_MASTERS: dict[FigureGrouping, Any] = {
    FigureGrouping.REP: Rep,
    FigureGrouping.OUTLET: Outlet,
    FigureGrouping.PRODUCT: Product,
    FigureGrouping.TERRITORY: Territory,
}
_ACCEPTED_VALUE = func.round(DeliveryLine.accepted_quantity * DeliveryLine.unit_price, 4, type_=Numeric)


async def add_due_orders(
    session: AsyncSession,
    caller: Caller,
    filters: FigureFilter,
    grouping: FigureGrouping,
    todays: Mapping[date, Collection[int]],
    sums: Sums,
) -> None:
    """Count the orders due, by what was concluded of them last. `todays`: territories by what day it is there.

    Of a product those that have it.
    """
    in_full = and_(Fulfilment.status == FulfilmentStatus.MATCHED.value, Fulfilment.on_time.is_(True))
    key = _key(grouping, Order, OrderLine)
    query = (
        select(
            key.label("key"),
            func.count().label("due"),
            func.count().filter(in_full).label("in_full"),
            func.count().filter(Fulfilment.status == FulfilmentStatus.UNDELIVERED.value).label("undelivered"),
        )
        .select_from(Order)
        .outerjoin(Fulfilment, and_(Fulfilment.business_date == Order.business_date, Fulfilment.order_id == Order.id))
        .where(
            Order.delivery_date.between(filters.first, filters.last),
            Order.business_date <= filters.last,
            Order.cancelled_at.is_(None),
            or_(
                false(), *(and_(Order.delivery_date < day, Order.territory_id.in_(ids)) for day, ids in todays.items())
            ),
            *listed_fulfilments(caller),
            *_of_filter(filters, Order.territory_id, Order.rep_id),
        )
        .group_by(key)
    )
    if grouping is FigureGrouping.PRODUCT:
        query = query.join(
            OrderLine, and_(OrderLine.business_date == Order.business_date, OrderLine.order_id == Order.id)
        )
    for row in await session.execute(_with_warehouse(query, grouping, Order)):
        group = sums.setdefault(row.key, FigureSums())
        group.due, group.in_full, group.undelivered = row.due, row.in_full, row.undelivered


async def add_delivered(
    session: AsyncSession, caller: Caller, filters: FigureFilter, grouping: FigureGrouping, sums: Sums
) -> None:
    """Add up what outlets accepted. A device's is what came of its rep's orders."""
    of_product = grouping is FigureGrouping.PRODUCT
    key, value = _key(grouping, Delivery, DeliveryLine), _ACCEPTED_VALUE if of_product else Delivery.value
    query = (
        select(
            key.label("key"),
            func.sum(value).label("delivered"),
            func.coalesce(func.sum(value).filter(Delivery.rep_id.is_not(None)), 0).label("of_reps"),
        )
        .select_from(Delivery)
        .where(
            Delivery.delivered_date.between(filters.first, filters.last),
            *listed_deliveries(caller),
            *_of_filter(filters, Delivery.territory_id, Delivery.rep_id),
        )
        .group_by(key)
    )
    if of_product:
        query = query.join(
            DeliveryLine,
            and_(DeliveryLine.business_date == Delivery.business_date, DeliveryLine.delivery_id == Delivery.id),
        )
    for row in await session.execute(_with_warehouse(query, grouping, Delivery)):
        group = sums.setdefault(row.key, FigureSums())
        group.delivered, group.delivered_of_reps = row.delivered, row.of_reps


async def add_returned(
    session: AsyncSession, caller: Caller, filters: FigureFilter, grouping: FigureGrouping, sums: Sums
) -> None:
    """Add up what was accepted of returns."""
    line = (
        select(
            _key(grouping, Return, ReturnLine).label("key"),
            REP_ID.label("rep_id"),
            ANSWERED_BY.label("party"),
            ReturnLine.reason_code,
            LINE_VALUE.label("value"),
        )
        .select_from(Return)
        .join(ReturnLine, IS_LINE_OF_RETURN)
        .where(
            Return.returned_date.between(filters.first, filters.last),
            ReturnLine.accepted,
            *listed_returns(caller),
            *_of_filter(filters, Return.territory_id, None),
        )
    )
    # derived once for each line, and then added up
    lines = _with_warehouse(line, grouping, Return).cte("lines").prefix_with("MATERIALIZED")
    key = lines.c.rep_id if grouping is FigureGrouping.REP else lines.c.key
    of_rep = and_(lines.c.party == AnsweringParty.REP.value, lines.c.rep_id.is_not(None))
    names = key, lines.c.reason_code, lines.c.party, of_rep
    labelled = key.label("group"), lines.c.reason_code, lines.c.party, of_rep.label("of_rep")
    query = select(*labelled, func.sum(lines.c.value).label("value")).group_by(*names)
    if filters.rep_id is not None:
        query = query.where(lines.c.rep_id == filters.rep_id)
    for row in await session.execute(query):
        sums.setdefault(row.group, FigureSums()).add_returned(row.reason_code, row.party, row.value, of_rep=row.of_rep)


async def codes_of(session: AsyncSession, grouping: FigureGrouping, keys: Collection[Any]) -> dict[Any, str | None]:
    """The codes of groups by their keys; a warehouse's key is its code. One statement at the most."""
    if grouping is FigureGrouping.WAREHOUSE:
        return {key: key for key in keys}
    master = _MASTERS[grouping]
    rows = await session.execute(select(master.id, master.code).where(master.id.in_([key for key in keys if key])))
    return {None: None} | {row.id: row.code for row in rows}


def _key(grouping: FigureGrouping, record: Any, line: Any) -> ColumnElement[Any]:
    """A group's key. A return has no rep: it is derived line by line."""
    keys: dict[FigureGrouping, Any] = {
        FigureGrouping.REP: null() if record is Return else record.rep_id,
        FigureGrouping.OUTLET: record.outlet_id,
        FigureGrouping.PRODUCT: line.product_id,
        FigureGrouping.WAREHOUSE: Territory.warehouse_code,
        FigureGrouping.TERRITORY: record.territory_id,
    }
    key: ColumnElement[Any] = keys[grouping]
    return key


def _with_warehouse(query: Select[Any], grouping: FigureGrouping, record: Any) -> Select[Any]:
    """Goods come from the territory's warehouse, and go back there."""
    if grouping is not FigureGrouping.WAREHOUSE:
        return query
    return query.join(Territory, Territory.id == record.territory_id)


def _of_filter(filters: FigureFilter, territory_id: Any, rep_id: Any) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.territory_id is not None:
        conditions.append(territory_id == filters.territory_id)
    if filters.rep_id is not None and rep_id is not None:
        conditions.append(rep_id == filters.rep_id)
    return conditions
