"""The SQL of reps' months."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    column,
    func,
    literal,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import one_of
from app.ground.db.statements import records_of
from app.ground.receipts.forms import RecordKey
from app.masters.catalogue.models import Product
from app.masters.outlets.models import Outlet
from app.sales.deliveries.models import Delivery, DeliveryVersion
from app.sales.returns.attribution import (
    IS_LINE_OF_RETURN,
    LINE_VALUE,
    REP_ANSWERS,
    REP_ID,
    ReturnColumns,
    rep_of,
)
from app.sales.returns.models import Return, ReturnLine, ReturnVersion

MANY_REPS = 200
"""Of so many reps the whole month's returns are read; of fewer those of the outlets that they deliver to."""

_DAY = timedelta(days=1)


class RepMonth(NamedTuple):
    """A rep's month, by its first day."""

    rep_id: int
    month: date


class ReasonValue(NamedTuple):
    """What a rep answers for by a reason, and some of the returns."""

    rep_id: int
    reason_code: str
    value: Decimal
    return_ids: Sequence[UUID]


def month_of(day: Any) -> ColumnElement[date]:
    """The first day of a day's month."""
    return func.date_trunc("month", day).cast(Date)


def _last_day(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - _DAY


async def delivered_values(session: AsyncSession, rep_ids: Collection[int], month: date) -> dict[int, Decimal]:
    """What was delivered of reps' orders on the month's local days, by rep; no entry where nothing was."""
    last = _last_day(month)
    query = (
        select(Delivery.rep_id, func.sum(Delivery.value).label("value"))
        .where(
            Delivery.rep_id == any_(literal(list(rep_ids), ARRAY(Integer))),
            Delivery.delivered_date.between(month, last),
            Delivery.business_date <= last,
        )
        .group_by(Delivery.rep_id)
    )
    return {row.rep_id: row.value for row in await session.execute(query)}


async def returned_by_reason(
    session: AsyncSession, rep_ids: Collection[int], month: date, most_ids: int
) -> list[ReasonValue]:
    """Accepted returns of the month's local days that these reps answer for, by rep and reason."""
    reps = literal(sorted(set(rep_ids)), ARRAY(Integer))
    line = (
        select(
            REP_ID.label("rep_id"),
            Return.id.label("return_id"),
            ReturnLine.reason_code,
            LINE_VALUE.label("value"),
        )
        .join(ReturnLine, IS_LINE_OF_RETURN)
        .where(Return.returned_date.between(month, _last_day(month)), ReturnLine.accepted, REP_ANSWERS)
    )
    if len(set(rep_ids)) <= MANY_REPS:
        line = line.where(one_of(Return.outlet_id, _outlets_of(reps)))
    # derived once for each line, and then added up
    lines = line.cte("lines").prefix_with("MATERIALIZED")
    ids = func.array_agg(lines.c.return_id.distinct(), type_=ARRAY(Uuid))
    query = (
        select(
            lines.c.rep_id,
            lines.c.reason_code,
            func.sum(lines.c.value).label("value"),
            ids[1:most_ids].label("return_ids"),
        )
        .where(lines.c.rep_id == any_(reps))
        .group_by(lines.c.rep_id, lines.c.reason_code)
    )
    return records_of(ReasonValue, await session.execute(query))


async def months_of_returns(session: AsyncSession, keys: Collection[RecordKey]) -> set[RepMonth]:
    """The months of the reps that the lines of returns belong to, by what they say and by what they said before."""
    standing = (
        select(REP_ID.label("rep_id"), month_of(Return.returned_date).label("month"))
        .join(ReturnLine, IS_LINE_OF_RETURN)
        .where(tuple_(Return.business_date, Return.id).in_(list(keys)))
    )
    line = (
        select(ReturnVersion, func.jsonb_array_elements(ReturnVersion.lines, type_=JSONB).label("line"))
        .where(tuple_(ReturnVersion.business_date, ReturnVersion.return_id).in_(list(keys)))
        .subquery()
    )
    names = ("outlet_id", "returned_at", "returned_date", "delivery_business_date", "delivery_id")
    said = ReturnColumns(product_id=Product.id, **{name: line.c[name] for name in names})
    stood = select(rep_of(said).label("rep_id"), month_of(line.c.returned_date).label("month")).join_from(
        line, Product, Product.code == line.c.line["product_code"].astext
    )
    rows = await session.execute(union(standing, stood))
    return {RepMonth(row.rep_id, row.month) for row in rows if row.rep_id is not None}


async def months_of_orders(session: AsyncSession, keys: Collection[RecordKey]) -> set[RepMonth]:
    """The months of orders' reps in which something of them came, and of all reps of their outlets in which something
    went back later that names no delivery: a delivery, or its correction, may be what makes it theirs.

    Three statements.
    """
    came = (await session.execute(_came_of(keys))).all()
    first: dict[int, date] = {}
    for row in came:
        first[row.outlet_id] = min(row.day, first.get(row.outlet_id, row.day))
    touched = {RepMonth(row.rep_id, row.day.replace(day=1)) for row in came}
    later = (await session.execute(_later_returns(first))).all() if first else []
    if not later:
        return touched
    outlet_ids = {row.outlet_id for row in later}
    theirs = select(Delivery.outlet_id, Delivery.rep_id).where(
        Delivery.outlet_id.in_(outlet_ids), Delivery.rep_id.is_not(None)
    )
    reps: dict[int, set[int]] = {}
    for row in (*came, *(await session.execute(theirs.distinct())).all()):
        reps.setdefault(row.outlet_id, set()).add(row.rep_id)
    return touched | {RepMonth(rep_id, row.month) for row in later for rep_id in reps[row.outlet_id]}


def _later_returns(first: Mapping[int, date]) -> Select[*tuple[Any, ...]]:
    """The months in which something went back that names no delivery, by outlet, each from its first day on."""
    days, ids = literal(list(first.values()), ARRAY(Date)), literal(list(first), ARRAY(Integer))
    outlet = (
        func.unnest(ids, days)
        .table_valued(column("id", Integer), column("first_day", Date), name="outlet")
        .render_derived()
    )
    return (
        select(Return.outlet_id, month_of(Return.returned_date).label("month"))
        .join(outlet, and_(Return.outlet_id == outlet.c.id, Return.returned_date >= outlet.c.first_day))
        .where(Return.delivery_id.is_(None))
        .distinct()
    )


def _came_of(keys: Collection[RecordKey]) -> Select[*tuple[Any, ...]]:
    """Reps, outlets and days of orders' deliveries, as they stand and as they stood; the latter within a day."""
    of_orders = and_(tuple_(Delivery.business_date, Delivery.order_id).in_(list(keys)), Delivery.rep_id.is_not(None))
    standing = select(Delivery.rep_id, Delivery.outlet_id, Delivery.delivered_date.label("day")).where(of_orders)
    day = func.timezone("UTC", DeliveryVersion.delivered_at, type_=DateTime).cast(Date)
    stood = (
        select(Delivery.rep_id, Outlet.id.label("outlet_id"), day.label("day"))
        .join(
            DeliveryVersion,
            and_(DeliveryVersion.business_date == Delivery.business_date, DeliveryVersion.delivery_id == Delivery.id),
        )
        .join(Outlet, Outlet.code == DeliveryVersion.outlet_code)
        .where(of_orders)
    ).subquery()
    shifts = [select(stood.c.rep_id, stood.c.outlet_id, (stood.c.day + shift).label("day")) for shift in (-1, 0, 1)]
    every = union_all(standing, *shifts).subquery()
    return select(every.c.rep_id, every.c.outlet_id, every.c.day).distinct()


def _outlets_of(reps: ColumnElement[Any]) -> Select[Any]:
    """The outlets that something of reps' orders went to, by what deliveries say and by what they said before."""
    standing = select(Delivery.outlet_id).where(Delivery.rep_id == any_(reps))
    stood = (
        select(Outlet.id)
        .join(DeliveryVersion, DeliveryVersion.outlet_code == Outlet.code)
        .join(
            Delivery,
            and_(Delivery.business_date == DeliveryVersion.business_date, Delivery.id == DeliveryVersion.delivery_id),
        )
        .where(Delivery.rep_id == any_(reps))
    )
    either = union(standing, stood).subquery()
    return select(either.c.outlet_id)
