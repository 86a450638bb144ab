"""All SQL of keeping days but the statement that counts them: which are over, which are due, what goes."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    and_,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.extents import TerritoryDays, days_relation
from app.closing.compliance.keeping_statement import definition, keeping
from app.closing.compliance.kept_days import KEPT_FROM, STALE, months_relation
from app.closing.compliance.kpi_queries import Counting
from app.closing.compliance.models import KeptDay, KeptOutlet, KeptRepDay, StaleDay
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.plans import without_nested_loops
from app.sales.orders.models import Order

_BITS = ("visited_days", "planned_days", "made_days", "ordered_days")
_DAYS, _REP_DAYS, _OUTLETS, _MARKS = (
    Base.metadata.tables[model.__tablename__] for model in (KeptDay, KeptRepDay, KeptOutlet, StaleDay)
)

# what is over anywhere that keeps the time of UTC: from then on records mark their day (the triggers' condition)
_OVER = literal_column("(clock_timestamp() AT TIME ZONE 'UTC')::date", Date)
_HORIZON = func.position_horizon()


async def announce(session: AsyncSession, last_days: Mapping[int, date]) -> int:
    """Say of days that are over that they are, up to the last one of each territory (id); how many are new.

    The days before a territory's newest have been announced before. One statement.
    """
    ids, lasts = ARRAY(Integer), ARRAY(Date)
    territories: Any = func.unnest(
        cast(literal(list(last_days), ids), ids), cast(literal(list(last_days.values()), lasts), lasts)
    ).table_valued(column("territory_id", Integer), column("last_day", Date), name="territories_over")
    territories = territories.render_derived()
    newest = select(func.max(KeptDay.business_date)).where(KeptDay.territory_id == territories.c.territory_id)
    earliest = func.least(
        select(func.min(Visit.visit_date)).scalar_subquery(), select(func.min(Order.business_date)).scalar_subquery()
    )
    since = func.greatest(KEPT_FROM, func.coalesce(newest.scalar_subquery() + 1, earliest))
    days = func.generate_series(
        since, func.least(territories.c.last_day, _OVER - 1), literal_column("interval '1 day'")
    )
    day = days.table_valued("day").render_derived(name="days").lateral("days")
    over = select(territories.c.territory_id, cast(day.c.day, Date)).select_from(territories).join(day, true())
    statement = insert(KeptDay).from_select(["territory_id", "business_date"], over).on_conflict_do_nothing()
    announced = statement.returning(KeptDay.territory_id).cte("announced")
    return int((await session.execute(select(func.count()).select_from(announced))).scalar_one())


async def days_to_keep(session: AsyncSession, limit: int) -> dict[int, set[date]]:
    """Up to `limit` days that are over and not kept as they are now, the newest first. One statement.

    A day is counted once all transactions have ended that wrote before it was announced: those did not mark it.
    """
    query = (
        select(KeptDay.territory_id, KeptDay.business_date)
        .where(
            KeptDay.business_date >= KEPT_FROM,
            or_(
                and_(KeptDay.kept_to.is_(None), KeptDay.announced_in < _HORIZON),
                KeptDay.definition != definition(),
                STALE,
            ),
        )
        .order_by(KeptDay.business_date.desc(), KeptDay.territory_id)
        .limit(limit)
    )
    days: dict[int, set[date]] = {}
    for territory_id, business_date in await session.execute(query):
        days.setdefault(territory_id, set()).add(business_date)
    return days


async def keep(session: AsyncSession, counting: Counting, days: TerritoryDays) -> None:
    """Count days and keep what they come to; marks of what was counted go. Six statements.

    All of them, and those that gathered `counting`, must see the records as they were at one moment.
    """
    for statement in _clearing(days):
        await session.execute(statement)
    async with without_nested_loops(session):
        await session.execute(keeping(counting, days), {"own_definition": definition()})
    await session.execute(_forgetting_marks(days))


def _clearing(days: TerritoryDays) -> Iterator[Any]:
    given = days_relation(days, "days_to_clear")
    yield delete(_REP_DAYS).where(
        _REP_DAYS.c.territory_id == given.c.territory_id, _REP_DAYS.c.business_date == given.c.business_date
    )
    months = months_relation(days)
    held = _OUTLETS.c.visited_days.op("|")(_OUTLETS.c.ordered_days)
    yield (
        update(_OUTLETS)
        .values({name: _OUTLETS.c[name].op("&")(months.c.days.op("#")(-1)) for name in _BITS})
        .where(
            _OUTLETS.c.territory_id == months.c.territory_id,
            _OUTLETS.c.month == months.c.month,
            held.op("&")(months.c.days) != 0,
        )
    )


def _forgetting_marks(days: TerritoryDays) -> Any:
    """The marks of what was there when their day was counted."""
    given = days_relation(days, "days_kept")
    return delete(_MARKS).where(
        _MARKS.c.territory_id == given.c.territory_id,
        _MARKS.c.business_date == given.c.business_date,
        _DAYS.c.territory_id == given.c.territory_id,
        _DAYS.c.business_date == given.c.business_date,
        _MARKS.c.marked_in < _DAYS.c.kept_to,
    )


async def forget(session: AsyncSession, territory_ids: Collection[int]) -> None:
    """Take away what is kept of days whose records go, and marks of days that are never kept. Four statements."""
    ids = list(territory_ids)
    for removal in (
        delete(_DAYS).where(_DAYS.c.territory_id.in_(ids), _DAYS.c.business_date < KEPT_FROM),
        delete(_REP_DAYS).where(_REP_DAYS.c.territory_id.in_(ids), _REP_DAYS.c.business_date < KEPT_FROM),
        delete(_OUTLETS).where(_OUTLETS.c.territory_id.in_(ids), _OUTLETS.c.month < KEPT_FROM),
    ):
        await session.execute(removal)
    same_territory = _DAYS.c.territory_id == _MARKS.c.territory_id
    announced = exists().where(same_territory, _DAYS.c.business_date == _MARKS.c.business_date)
    newest = select(func.max(_DAYS.c.business_date)).where(same_territory).scalar_subquery()
    never = or_(_MARKS.c.business_date < KEPT_FROM, _MARKS.c.business_date < newest)
    await session.execute(delete(_MARKS).where(~announced, never))
