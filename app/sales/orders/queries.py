"""The reads of orders for answers: lists, single orders, first answers, reasons; and the forgetting of positions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    bindparam,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.newest import Newest, ids_among
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet
from app.masters.outlets.positions import Fix
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import NoOrderReason, Order
from app.sales.orders.records import ListedOrder, OrderedLine, OrderStatus
from app.sales.orders.sight import listed_orders

OrderKey = tuple[date, UUID]
"""What identifies an order, and what lists are sorted by: its business date and its id."""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are asked for; None: any. Days are business dates, both ends included; `keys`: these alone."""

    first: date | None = None
    last: date | None = None
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
    channel: str | None = None
    status: OrderStatus | None = None
    keys: Collection[OrderKey] | None = None


_ORDER = select(
    Order.id,
    Order.channel,
    Order.outlet_id,
    Order.rep_id,
    Order.business_date,
    Order.captured_at,
    Order.received_at,
    Order.corrected_at,
    Order.trusted,
    Order.delivery_date,
    Order.comment,
    Order.total_value,
    Order.warnings,
    Order.placed_by,
    Order.version,
    Order.amended_at,
    Order.amended_by,
    Order.cancelled_at,
    Order.cancelled_by,
    Order.cancelled_effective_at,
    Order.first_received_at,
    Order.read_at,
)

# OFFSET 0 makes it a look-up for each order: the period would otherwise be read whole where its month is small
# (decision 17).
_LINES = text("""
    SELECT line.order_id, product.code AS product_code, line.quantity, line.unit_price, line.list_price
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS wanted (business_date, order_id)
    CROSS JOIN LATERAL (
        SELECT l.order_id, l.line_number, l.product_id, l.quantity, l.unit_price, l.list_price FROM order_lines AS l
        WHERE l.business_date = wanted.business_date AND l.order_id = wanted.order_id
            AND l.business_date BETWEEN :first AND :last
        OFFSET 0
    ) AS line
    JOIN products AS product ON product.id = line.product_id
    ORDER BY line.order_id, line.line_number
""")


async def orders_page(
    session: AsyncSession, caller: Caller, filters: OrderFilter, after: OrderKey | None, limit: int
) -> list[ListedOrder]:
    """Up to `limit` orders that the caller may see, the newest business date first, by two statements."""
    conditions = [*_conditions_of(filters), *_conditions_after(after), *listed_orders(caller)]
    newest = Newest(_ORDER, Order.business_date, Order.id, limit)
    if caller.rep_id is not None or caller.territory_ids is None:
        page = newest.among(newest.where(*conditions))
    else:
        page = newest.among(newest.of_each(Order.territory_id, ids_among(caller.territory_ids), *conditions))
    return await _listed(session, page)


def rows_of_orders(caller: Caller, filters: OrderFilter) -> Select[int]:
    """How many lines each of the orders has that the caller may list, and that match."""
    return select(Order.line_count).where(*_conditions_of(filters), *listed_orders(caller))


async def orders_at(
    session: AsyncSession, sight: Collection[ColumnElement[bool]], keys: Sequence[OrderKey]
) -> list[ListedOrder]:
    """Those of the orders that lie within `sight` (`sight`), the newest first, by two statements."""
    conditions = [tuple_(Order.business_date, Order.id).in_(keys), *sight]
    return await _listed(session, _ORDER.where(*conditions).subquery("page"))


async def fixes_at(session: AsyncSession, keys: Collection[OrderKey]) -> dict[UUID, Fix]:
    """Where orders were captured, of those whose position is kept, by one statement."""
    rows = await session.execute(
        select(Order.id, Order.lat, Order.lon, Order.accuracy_m, Order.fix_at, Order.provider, Order.mock).where(
            tuple_(Order.business_date, Order.id).in_(keys), Order.lat.is_not(None)
        )
    )
    fixes = [row._asdict() for row in rows]
    return {fix.pop("id"): Fix(**fix) for fix in fixes}


async def lines_of(session: AsyncSession, keys: Sequence[OrderKey]) -> dict[UUID, tuple[OrderedLine, ...]]:
    """The lines of orders in the order of the form, by one statement."""
    if not keys:
        return {}
    days = [day for day, _ in keys]
    rows = await session.execute(
        _LINES, {"days": days, "ids": [id_ for _, id_ in keys], "first": min(days), "last": max(days)}
    )
    lines: dict[UUID, list[OrderedLine]] = {}
    for row in rows:
        line = OrderedLine(row.product_code, row.quantity, row.unit_price, row.list_price)
        lines.setdefault(row.order_id, []).append(line)
    return {order_id: tuple(of_order) for order_id, of_order in lines.items()}


async def cancelled_among(session: AsyncSession, keys: Collection[OrderKey]) -> set[UUID]:
    """Those of the orders that were cancelled."""
    condition = tuple_(Order.business_date, Order.id).in_(keys)
    return set(await session.scalars(select(Order.id).where(condition, Order.cancelled_at.is_not(None))))


async def active_reasons(session: AsyncSession) -> dict[str, str]:
    """Code → label of the active reasons, by code."""
    rows = await session.execute(
        select(NoOrderReason.code, NoOrderReason.label).where(NoOrderReason.active).order_by(NoOrderReason.code)
    )
    return {row.code: row.label for row in rows}


def _conditions_of(filters: OrderFilter) -> list[ColumnElement[bool]]:
    """A code that nobody has finds nothing: its subquery has no row."""
    conditions: list[ColumnElement[bool]] = []
    if filters.first is not None:
        conditions.append(Order.business_date >= filters.first)
    if filters.last is not None:
        conditions.append(Order.business_date <= filters.last)
    if filters.territory_code is not None:
        id_of = select(Territory.id).where(Territory.code == filters.territory_code).scalar_subquery()
        conditions.append(Order.territory_id == id_of)
    if filters.rep_code is not None:
        conditions.append(Order.rep_id == select(Rep.id).where(Rep.code == filters.rep_code).scalar_subquery())
    if filters.outlet_code is not None:
        id_of = select(Outlet.id).where(Outlet.code == filters.outlet_code).scalar_subquery()
        conditions.append(Order.outlet_id == id_of)
    if filters.channel is not None:
        conditions.append(Order.channel == filters.channel)
    if filters.status is not None:
        accepted = Order.cancelled_at.is_(None)
        conditions.append(accepted if filters.status is OrderStatus.ACCEPTED else ~accepted)
    if filters.keys is not None:
        conditions.append(tuple_(Order.business_date, Order.id).in_(filters.keys))
    return conditions


def _conditions_after(after: OrderKey | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    # the first of the two says nothing new, but partitions are pruned by it
    return [Order.business_date <= after[0], tuple_(Order.business_date, Order.id) < tuple_(*after)]


async def _listed(session: AsyncSession, page: Subquery) -> list[ListedOrder]:
    columns = [column for name, column in page.c.items() if name not in {"outlet_id", "rep_id"}]
    rows = await session.execute(
        select(*columns, Outlet.code.label("outlet_code"), Rep.code.label("rep_code"))
        .join(Outlet, Outlet.id == page.c.outlet_id)
        .outerjoin(Rep, Rep.id == page.c.rep_id)
        .order_by(page.c.business_date.desc(), page.c.id.desc())
    )
    orders = rows.all()
    lines = await lines_of(session, [(order.business_date, order.id) for order in orders])
    return [ListedOrder(**order._asdict(), lines=lines.get(order.id, ())) for order in orders]


_FORGET = text("""
    UPDATE orders SET lat = NULL, lon = NULL
    WHERE (business_date, id) IN (
        SELECT business_date, id FROM orders
        WHERE business_date >= :first AND business_date < :end AND lat IS NOT NULL LIMIT :most)
      AND business_date >= :first AND business_date < :end
""").bindparams(bindparam("first", type_=Date), bindparam("end", type_=Date))


async def forget_positions(session: AsyncSession, first: date, end: date, most: int) -> int:
    """Take the positions from up to `most` orders of these days, `end` left out; how many had one."""
    result: Any = await session.execute(_FORGET, {"first": first, "end": end, "most": most})
    return int(result.rowcount)
