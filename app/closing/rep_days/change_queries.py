"""All SQL of what has changed of reps' days (decision 80)."""

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy import Text as SqlText
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import UserDefinedType

from app.closing.rep_days.models import DayChange
from app.field.visits.models import Visit
from app.field.watermarks.models import DeviceSyncState
from app.ground.db.statements import DirectStatement
from app.masters.territories.models import PastCalendar, Territory
from app.sales.orders.models import Order

KEPT = timedelta(hours=1)
"""So long a change is told. Whoever asks more rarely than half as often is told that everything may have changed."""

_NOW: Any = bindparam("now", type_=DateTime(timezone=True))
_FROM: Any = bindparam("ended_below", type_=BigInteger)
_BEYOND: Any = bindparam("begun_from", type_=BigInteger)
_RUNNING: Any = bindparam("running", type_=ARRAY(BigInteger))
_DAYS: Any = bindparam("days", type_=ARRAY(Date))


class _Xid(UserDefinedType[str]):
    """The number of a transaction, without its epoch."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in PostgreSQL."""
        return "xid"


async def changes(session: AsyncSession, parameters: dict[str, Any]) -> Any:
    """What changed since a snapshot, and the present one: a row by name. One statement."""
    (row,) = await _changes().rows(session, parameters)
    return row


@cache
def _changes() -> DirectStatement:
    """A change is new where its transaction is visible now, and was not in the snapshot before.

    A row that is visible was written by a transaction that has committed, so that the first half needs no condition.
    """
    marks = (
        select(DayChange.territory_id, DayChange.rep_id, DayChange.call_task_id)
        .where(_is_new(DayChange.changed_in), _is_of_today())
        .cte("marks")
        .prefix_with("MATERIALIZED")
    )
    uploading = (
        select(DeviceSyncState.rep_id)
        .distinct()
        .where(_is_new(DeviceSyncState.changed_in))
        .cte("uploading")
        .prefix_with("MATERIALIZED")
    )
    reps = union(
        select(uploading.c.rep_id),
        _covered_by(uploading),
        select(marks.c.rep_id).where(marks.c.rep_id.is_not(None)),
    )
    whole = select(marks.c.territory_id).where(marks.c.rep_id.is_(None), marks.c.call_task_id.is_(None))
    offset = func.position_offset(type_=BigInteger)
    # another database, or one that went on without what it had told: whatever was seen of it may be otherwise
    lost = or_(
        offset != bindparam("offset", type_=BigInteger),
        bindparam("at", type_=DateTime(timezone=True)) < func.clock_timestamp() - KEPT / 2,
    )
    territories = case((lost, func.array(select(Territory.id).scalar_subquery())), else_=_array(whole.distinct()))
    return DirectStatement(
        select(
            cast(func.pg_current_snapshot(), SqlText).label("snapshot"),
            offset.label("offset"),
            func.clock_timestamp(type_=DateTime(timezone=True)).label("at"),
            _array(reps).label("reps"),
            territories.label("territories"),
            _array(select(marks.c.call_task_id).where(marks.c.call_task_id.is_not(None)).distinct()).label(
                "call_tasks"
            ),
        )
    )


def _covered_by(uploading: CTE) -> Select[int]:
    """Whose visits the new orders of those cover (O5): mostly their own.

    By the transaction that wrote an order, which is none that had ended before: the age of a number is how many began
    after it, whatever its epoch. To be told of an order twice does no harm.
    """
    written_in: ColumnElement[Any] = literal_column("orders.xmin")
    orders = (
        select(Order.business_date, Order.outlet_id)
        .where(
            Order.business_date == func.any(_DAYS),
            Order.rep_id == uploading.c.rep_id,
            func.age(written_in) <= func.age(cast(bindparam("ended_below_number", type_=SqlText), _Xid)),
        )
        .offset(0)
        .lateral("new_orders")
    )
    visits = (
        select(Visit.rep_id)
        .where(
            Visit.visit_date == func.any(_DAYS),
            Visit.visit_date == orders.c.business_date,
            Visit.outlet_id == orders.c.outlet_id,
        )
        .offset(0)
        .lateral("visits_there")
    )
    return select(visits.c.rep_id).select_from(uploading).join(orders, true()).join(visits, true())


def _array(rows: Any) -> ColumnElement[Any]:
    return func.array(rows.scalar_subquery())


def _is_new(changed_in: Any) -> ColumnElement[bool]:
    return and_(changed_in >= _FROM, or_(changed_in >= _BEYOND, changed_in == func.any(_RUNNING)))


def _is_of_today() -> ColumnElement[bool]:
    """Whether it is today's date in the territory (T3), also on the day on which its zone changes (T6)."""

    def today(zone: Any) -> ColumnElement[Any]:
        return cast(func.timezone(zone, _NOW), Date)

    by_its_zone = select(Territory.id).where(
        Territory.id == DayChange.territory_id, today(Territory.time_zone) == DayChange.business_date
    )
    by_one_before = select(PastCalendar.id).where(
        PastCalendar.territory_id == DayChange.territory_id,
        PastCalendar.valid_until >= DayChange.business_date,
        today(PastCalendar.time_zone) == DayChange.business_date,
    )
    return or_(by_its_zone.exists(), by_one_before.exists())


async def forget(session: AsyncSession, age: timedelta) -> int:
    """Forget changes that are older, by the database's clock; how many."""
    result: Any = await session.execute(delete(DayChange).where(DayChange.changed_at < func.clock_timestamp() - age))
    return int(result.rowcount)
