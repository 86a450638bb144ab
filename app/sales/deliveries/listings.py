"""The SQL of lists and single reads of deliveries, with their lines and versions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, literal, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.ground.db.newest import Newest, ids_among
from app.ground.db.plans import looked_up
from app.ground.web.access import Caller
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.deliveries.fulfilment_rules import FulfilmentStatus
from app.sales.deliveries.models import Delivery, DeliveryLine, DeliveryVersion, Fulfilment
from app.sales.deliveries.sight import outlets_looked_after

ListKey = tuple[date, UUID]
"""What lists are sorted by: the day of the delivery, or of the delivery that is due, and the id."""

_OF_NO_ORDER = literal(FulfilmentStatus.MISMATCHED.value)
_other = aliased(Delivery, name="other")
SAME_NUMBER_WITHIN = timedelta(days=31)
"""So many days apart a number is told twice by mistake."""


def _status_of(delivery: Any) -> ColumnElement[str]:
    return case((delivery.order_id.is_(None), _OF_NO_ORDER), else_=Fulfilment.status)


def _brings_something(delivery: Any) -> ColumnElement[bool]:
    return looked_up(
        DeliveryLine,
        DeliveryLine.business_date == delivery.business_date,
        DeliveryLine.delivery_id == delivery.id,
        DeliveryLine.shipped_quantity > 0,
    )


def _listed(delivery: Any) -> Select[*tuple[Any, ...]]:
    """What is told of deliveries. `delivery`: the mapped class, or a page of it."""
    same_number = looked_up(
        _other,
        _other.outlet_id == delivery.outlet_id,
        _other.delivered_date >= delivery.delivered_date - SAME_NUMBER_WITHIN,
        _other.delivered_date <= delivery.delivered_date + SAME_NUMBER_WITHIN,
        _other.number == delivery.number,
        _other.id != delivery.id,
        _brings_something(_other),
    )
    return (
        select(
            delivery.id,
            delivery.business_date,
            delivery.number,
            Outlet.code.label("outlet_code"),
            Rep.code.label("rep_code"),
            delivery.order_id,
            delivery.delivered_at,
            delivery.delivered_date,
            delivery.value,
            _status_of(delivery).label("status"),
            and_(same_number, _brings_something(delivery)).label("same_number"),
            delivery.version,
            delivery.received_at,
            delivery.recorded_by,
            delivery.corrected_at,
            delivery.corrected_by,
        )
        .join(Outlet, Outlet.id == delivery.outlet_id)
        .outerjoin(Rep, Rep.id == delivery.rep_id)
        .outerjoin(Fulfilment, _fulfilment_of(delivery))
    )


def _fulfilment_of(delivery: Any) -> ColumnElement[bool]:
    return and_(Fulfilment.business_date == delivery.business_date, Fulfilment.order_id == delivery.order_id)


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


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are asked for; None: any. Days are those on which they came, both ends included. `number`: of
    the delivery note, as it was told.
    """

    first: date | None = None
    last: date | None = None
    outlet_code: str | None = None
    order_id: UUID | None = None
    status: FulfilmentStatus | None = None
    number: str | None = None


class DeliveryWarning(StrEnum):
    """What is odd about a delivery, and taken all the same."""

    SAME_NUMBER = "same_number"


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
    warnings: tuple[DeliveryWarning, ...]
    lines: tuple[ListedLine, ...]


async def delivery_page(
    session: AsyncSession, caller: Caller, filters: DeliveryFilter, after: ListKey | None, limit: int
) -> list[ListedDelivery]:
    """Up to `limit` deliveries that the caller may see, the newest day first, then by id. Two statements."""
    page = page_of_deliveries(caller, filters, after, limit)
    query = _listed(aliased(Delivery, page))
    rows = await session.execute(query.order_by(page.c.delivered_date.desc(), page.c.id.desc()))
    return await _with_lines(session, rows.all())


def page_of_deliveries(caller: Caller, filters: DeliveryFilter, after: ListKey | None, limit: int) -> Subquery:
    """A page's deliveries as they are stored: the newest of each part of what the caller sees."""
    conditions = _conditions_of(filters)
    if after is not None:
        sort_key = tuple_(Delivery.delivered_date, Delivery.id)
        conditions += [Delivery.delivered_date <= after[0], sort_key < tuple_(*after)]
    newest = Newest(select(Delivery), Delivery.delivered_date, Delivery.id, limit)
    if caller.rep_id is not None:
        own = newest.where(Delivery.rep_id == caller.rep_id, *conditions)
        return newest.among(own, newest.of_each(Delivery.outlet_id, outlets_looked_after(caller), *conditions))
    if caller.territory_ids is not None:
        return newest.among(newest.of_each(Delivery.territory_id, ids_among(caller.territory_ids), *conditions))
    return newest.among(newest.where(*conditions))


async def delivery_at(
    session: AsyncSession, sight: Collection[ColumnElement[bool]], key: tuple[date, UUID]
) -> ListedDelivery | None:
    """One delivery within `sight` (`sight`), by two statements."""
    query = _listed(Delivery).where(Delivery.business_date == key[0], Delivery.id == key[1], *sight)
    deliveries = await _with_lines(session, (await session.execute(query)).all())
    return deliveries[0] if deliveries else None


async def versions_of(session: AsyncSession, key: tuple[date, UUID]) -> Sequence[DeliveryVersion]:
    """What a delivery said before it was corrected, the newest first."""
    query = select(DeliveryVersion).where(
        DeliveryVersion.business_date == key[0], DeliveryVersion.delivery_id == key[1]
    )
    return (await session.scalars(query.order_by(DeliveryVersion.version.desc()))).all()


async def product_codes(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """The codes of products, by id."""
    rows = await session.execute(select(Product.id, Product.code).where(Product.id.in_(ids)))
    return {row.id: row.code for row in rows}


def _conditions_of(filters: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.first is not None:
        conditions.append(Delivery.delivered_date >= filters.first)
    if filters.last is not None:
        # the second says nothing new, but is read off the month: nothing comes before its order. What fills none is
        # filed under the day on which it was first said to have come, which a correction leaves as it is
        not_ordered_later = or_(Delivery.order_id.is_(None), Delivery.business_date <= filters.last)
        conditions += [Delivery.delivered_date <= filters.last, not_ordered_later]
    if filters.outlet_code is not None:
        conditions.append(Delivery.outlet_id == id_of(Outlet, filters.outlet_code))
    if filters.order_id is not None:
        conditions.append(Delivery.order_id == filters.order_id)
    if filters.number is not None:
        conditions.append(Delivery.number == filters.number)
    if filters.status is not None:
        conditions.append(_stands_so(filters.status))
    return conditions


def _stands_so(status: FulfilmentStatus) -> ColumnElement[bool]:
    of_order = looked_up(Fulfilment, _fulfilment_of(Delivery), Fulfilment.status == status.value)
    return or_(Delivery.order_id.is_(None), of_order) if status is FulfilmentStatus.MISMATCHED else of_order


def id_of(master: Any, code: str) -> Any:
    """A code that nobody has finds nothing: its subquery has no row."""
    return select(master.id).where(master.code == code).scalar_subquery()


async def _with_lines(session: AsyncSession, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ListedDelivery]:
    lines: dict[UUID, list[ListedLine]] = {}
    if rows:
        keys = {"days": [row.business_date for row in rows], "ids": [row.id for row in rows]}
        for line in await session.execute(_LINES, keys):
            columns = {name: value for name, value in line._asdict().items() if name != "delivery_id"}
            lines.setdefault(line.delivery_id, []).append(ListedLine(**columns))
    return [_delivery(row, lines.get(row.id, ())) for row in rows]


def _delivery(row: Row[*tuple[Any, ...]], lines: Sequence[ListedLine]) -> ListedDelivery:
    columns = row._asdict()
    warnings = (DeliveryWarning.SAME_NUMBER,) if columns.pop("same_number") else ()
    return ListedDelivery(**columns, warnings=warnings, lines=tuple(lines))
