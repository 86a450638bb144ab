"""What the orders of a territory's quarter add up to, by one statement; and who the outlets and reps of it are (MX2).

The statement looks up the quarter's orders by territory and date, and the lines of each by their key: what it reads is
the territory's, whatever the company's months hold.
"""

from collections.abc import Collection
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CompoundSelect,
    Date,
    Integer,
    Numeric,
    Text,
    any_,
    bindparam,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import without_nested_loops
from app.ground.db.statements import records_of
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.motivation.assortment_mix.figures import Sold
from app.motivation.assortment_mix.rules import Quarter
from app.sales.orders.models import Order, OrderLine


class _Kind(IntEnum):
    """What a row adds up: GROUPING(day, segment, outlet) has a bit for each of the three that it is not grouped by."""

    ORDERS = 0b000
    SEGMENT = 0b001
    GROUP = 0b011
    OUTLET = 0b110
    REP = 0b111


def _sums() -> CompoundSelect[*tuple[Any, ...]]:
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    orders = (
        select(Order.business_date, Order.id, Order.outlet_id, Order.rep_id)
        .where(Order.territory_id == bindparam("territory_id", type_=Integer))
        .where(Order.business_date.between(first, last), Order.cancelled_at.is_(None))
        .cte("counting")
    )
    # OFFSET keeps it a look-up: days have no statistics, and a join would read the whole company's months (decision 17)
    line = (
        select(OrderLine.product_id, (OrderLine.quantity * OrderLine.unit_price).label("value"))
        .where(OrderLine.business_date == orders.c.business_date, OrderLine.order_id == orders.c.id)
        .where(OrderLine.business_date.between(first, last))
        .offset(0)
        .lateral("line")
    )
    day, outlet, rep = orders.c.business_date, orders.c.outlet_id, orders.c.rep_id
    group, segment = Product.assortment_group, Product.price_segment
    sets = func.grouping_sets(tuple_(day, group), tuple_(day, segment), tuple_(outlet, group), tuple_(rep, group))
    sums = (
        select(
            func.grouping(day, segment, outlet).label("kind"),
            day.label("day"),
            outlet.label("outlet_id"),
            rep.label("rep_id"),
            group.label("group"),
            segment.label("segment"),
            func.sum(line.c.value).label("value"),
            cast_to(null(), BigInteger).label("orders"),
        )
        .select_from(orders.join(line, true()).join(Product, Product.id == line.c.product_id))
        .group_by(sets)
    )
    none = [cast_to(null(), kind) for kind in (Integer, Integer, Text, Text, Numeric)]
    counts = select(literal(_Kind.ORDERS.value), orders.c.business_date, *none, func.count()).group_by(
        orders.c.business_date
    )
    return union_all(sums, counts)


_SUMS = _sums()


class NamedOutlet(NamedTuple):
    """An outlet by what people know it by."""

    id: int
    code: str
    name: str


class NamedRep(NamedTuple):
    """A rep by what people know it by."""

    id: int
    code: str
    name: str


_OUTLETS = select(Outlet.id, Outlet.code, Outlet.name).where(Outlet.id == any_(bindparam("ids", type_=ARRAY(Integer))))
_REPS = select(Rep.id, Rep.code, Rep.name).where(Rep.id == any_(bindparam("ids", type_=ARRAY(Integer))))


async def sold(session: AsyncSession, territory_id: int, quarter: Quarter) -> Sold:
    """What the territory's orders of a quarter add up to, as they stand; those that were cancelled do not count."""
    parameters = {"territory_id": territory_id, "first": quarter.first, "last": quarter.last}
    sums = Sold()
    async with without_nested_loops(session):
        for row in await session.execute(_SUMS, parameters):
            match row.kind:
                case _Kind.ORDERS:
                    sums.orders[row.day] = row.orders
                case _Kind.GROUP:
                    sums.groups.append((row.day, row.group, row.value))
                case _Kind.SEGMENT:
                    sums.segments.append((row.day, row.segment, row.value))
                case _Kind.OUTLET:
                    sums.outlets.append((row.outlet_id, row.group, row.value))
                case _Kind.REP:
                    sums.reps.append((row.rep_id, row.group, row.value))
    return sums


async def outlets_named(session: AsyncSession, ids: Collection[int]) -> dict[int, NamedOutlet]:
    """The outlets with these ids."""
    rows = records_of(NamedOutlet, await session.execute(_OUTLETS, {"ids": list(ids)}))
    return {outlet.id: outlet for outlet in rows}


async def reps_named(session: AsyncSession, ids: Collection[int]) -> dict[int, NamedRep]:
    """The reps with these ids."""
    rows = records_of(NamedRep, await session.execute(_REPS, {"ids": list(ids)}))
    return {rep.id: rep for rep in rows}
