"""The SQL of lists and single reads: deliveries with their lines and versions, what became of the orders due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.web.access import Caller
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.models import Delivery, DeliveryVersion, Fulfilment
from app.sales.deliveries.sight import listed_deliveries, listed_fulfilments
from app.sales.orders.models import Order

ListKey = tuple[date, UUID]
"""What lists are sorted by: the day of the delivery, or of the delivery that is due, and the id."""

_OF_NO_ORDER = literal(FulfilmentStatus.MISMATCHED.value)
_STATUS: ColumnElement[str] = case((Delivery.order_id.is_(None), _OF_NO_ORDER), else_=Fulfilment.status)
_DELIVERY: Select[*tuple[Any, ...]] = (
    select(
        Delivery.id,
        Delivery.business_date,
        Delivery.number,
        Outlet.code.label("outlet_code"),
        Rep.code.label("rep_code"),
        Delivery.order_id,
        Delivery.delivered_at,
        Delivery.delivered_date,
        Delivery.value,
        _STATUS.label("status"),
        Delivery.version,
        Delivery.received_at,
        Delivery.recorded_by,
        Delivery.corrected_at,
        Delivery.corrected_by,
    )
    .join(Outlet, Outlet.id == Delivery.outlet_id)
    .outerjoin(Rep, Rep.id == Delivery.rep_id)
    .outerjoin(
        Fulfilment, and_(Fulfilment.business_date == Delivery.business_date, Fulfilment.order_id == Delivery.order_id)
    )
)
_LINES = text("""
    SELECT line.delivery_id, product.code AS product_code, line.shipped_quantity, line.accepted_quantity,
        line.unit_price, line.reason_code
    FROM unnest(CAST(:days AS date[]), CAST(:ids AS uuid[])) AS wanted (business_date, delivery_id)
    CROSS JOIN LATERAL (
        SELECT * FROM delivery_lines AS l
        WHERE l.business_date = wanted.business_date AND l.delivery_id = wanted.delivery_id OFFSET 0
    ) AS line
    JOIN products AS product ON product.id = line.product_id
    ORDER BY line.delivery_id, line.line_number
""")
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
class DeliveryFilter:
    """Which deliveries are asked for; None: any. Days are those on which they came, both ends included."""

    first: date | None = None
    last: date | None = None
    outlet_code: str | None = None
    order_id: UUID | None = None
    status: FulfilmentStatus | None = None


@dataclass(frozen=True, slots=True)
class FulfilmentFilter:
    """Which orders are asked for; None: any. Days are delivery dates, both ends included."""

    first: date
    last: date
    territory_code: str | None = None
    rep_code: str | None = None
    outlet_code: str | None = None
    status: FulfilmentStatus | None = None


class ListedLine(NamedTuple):
    """A line of a delivery, its product by code."""

    product_code: str
    shipped_quantity: Decimal
    accepted_quantity: Decimal
    unit_price: Decimal
    reason_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDelivery:
    """A delivery as the API shows it. `status`: of its order; one of no order differs from none."""

    id: UUID
    business_date: date
    number: str
    outlet_code: str
    rep_code: str | None
    order_id: UUID | None
    delivered_at: datetime
    delivered_date: date
    value: Decimal
    status: str
    version: int
    received_at: datetime
    recorded_by: str
    corrected_at: datetime | None
    corrected_by: str | None
    lines: tuple[ListedLine, ...]


async def delivery_page(
    session: AsyncSession, caller: Caller, filters: DeliveryFilter, after: ListKey | None, limit: int
) -> list[ListedDelivery]:
    """Up to `limit` deliveries that the caller may see, the newest day first, then by id. Two statements."""
    sort_key = tuple_(Delivery.delivered_date, Delivery.id)
    query = _DELIVERY.where(*_conditions_of(filters), *listed_deliveries(caller))
    if after is not None:
        query = query.where(Delivery.delivered_date <= after[0], sort_key < tuple_(*after))
    query = query.order_by(Delivery.delivered_date.desc(), Delivery.id.desc()).limit(limit)
    return await _with_lines(session, (await session.execute(query)).all())


async def delivery_at(
    session: AsyncSession, sight: Collection[ColumnElement[bool]], key: tuple[date, UUID]
) -> ListedDelivery | None:
    """One delivery within `sight` (`sight`), by two statements."""
    query = _DELIVERY.where(Delivery.business_date == key[0], Delivery.id == key[1], *sight)
    deliveries = await _with_lines(session, (await session.execute(query)).all())
    return deliveries[0] if deliveries else None


async def versions_of(session: AsyncSession, key: tuple[date, UUID]) -> Sequence[DeliveryVersion]:
    """What a delivery said before it was corrected, the newest first."""
    query = select(DeliveryVersion).where(
        DeliveryVersion.business_date == key[0], DeliveryVersion.delivery_id == key[1]
    )
    return (await session.scalars(query.order_by(DeliveryVersion.version.desc()))).all()


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


async def product_codes(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """The codes of products, by id."""
    rows = await session.execute(select(Product.id, Product.code).where(Product.id.in_(ids)))
    return {row.id: row.code for row in rows}


def _conditions_of(filters: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.first is not None:
        conditions.append(Delivery.delivered_date >= filters.first)
    if filters.last is not None:
        # the second says nothing new, but months are left out by it: nothing comes before its order
        conditions += [Delivery.delivered_date <= filters.last, Delivery.business_date <= filters.last]
    if filters.outlet_code is not None:
        conditions.append(Delivery.outlet_id == _id_of(Outlet, filters.outlet_code))
    if filters.order_id is not None:
        conditions.append(Delivery.order_id == filters.order_id)
    if filters.status is not None:
        conditions.append(_STATUS.in_([filters.status.value]))
    return conditions


def _due_conditions_of(filters: FulfilmentFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Order.delivery_date >= filters.first,
        Order.delivery_date <= filters.last,
        Order.business_date <= filters.last,
        or_(Order.cancelled_at.is_(None), Fulfilment.delivery_count > 0),
    ]
    if filters.territory_code is not None:
        conditions.append(Order.territory_id == _id_of(Territory, filters.territory_code))
    if filters.rep_code is not None:
        conditions.append(Order.rep_id == _id_of(Rep, filters.rep_code))
    if filters.outlet_code is not None:
        conditions.append(Order.outlet_id == _id_of(Outlet, filters.outlet_code))
    if filters.status is not None:
        conditions.append(_FULFILMENT_STATUS.in_([filters.status.value]))
    return conditions


def _id_of(master: Any, code: str) -> Any:
    """A code that nobody has finds nothing: its subquery has no row."""
    return select(master.id).where(master.code == code).scalar_subquery()


async def _with_lines(session: AsyncSession, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedDelivery]:
    lines: dict[UUID, list[ListedLine]] = {}
    if rows:
        keys = {"days": [row.business_date for row in rows], "ids": [row.id for row in rows]}
        for line in await session.execute(_LINES, keys):
            columns = {name: value for name, value in line._asdict().items() if name != "delivery_id"}
            lines.setdefault(line.delivery_id, []).append(ListedLine(**columns))
    return [ListedDelivery(**row._asdict(), lines=tuple(lines.get(row.id, ()))) for row in rows]
