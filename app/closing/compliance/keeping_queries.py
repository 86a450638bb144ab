"""All SQL of keeping days: which are over, which are to be counted, and the statement that counts them (decision 60).

The sums are made from the relations that a question is answered from, and by the halves that its figures are: a day
that is kept cannot say anything else than one that is counted.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    Update,
    and_,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    extract,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent, TerritoryDays, days_relation
from app.closing.compliance.kept_days import ADDED_UP, KEPT_FROM, STALE, figure_name, months_relation
from app.closing.compliance.kpi_queries import Counting, Relations
from app.closing.compliance.kpis import Source, kpis_of
from app.closing.compliance.models import NOBODY, KeptDay, KeptOutlet, KeptProduct, KeptRepDay, StaleDay
from app.closing.compliance.must_stock import must_stock_by_product
from app.closing.compliance.rules import KpiPart
from app.closing.cutoff.places import Places
from app.field.visits.models import Visit
from app.ground.db.base import Base
from app.ground.db.plans import without_nested_loops
from app.sales.orders.models import Order

_FIGURES = ["records", *(figure_name(definition, part) for definition in ADDED_UP for part in KpiPart)]
_UNIT = ("territory_id", "business_date", "rep_id")
_BITS = ("visited_days", "planned_days", "made_days", "ordered_days")
_DAYS, _REP_DAYS, _OUTLETS, _PRODUCTS, _MARKS = (
    Base.metadata.tables[model.__tablename__] for model in (KeptDay, KeptRepDay, KeptOutlet, KeptProduct, StaleDay)
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
    days = func.generate_series(since, func.least(territories.c.last_day, _OVER - 1), literal_column("interval '1 day'"))
    day = days.table_valued("day").render_derived(name="days").lateral("days")
    over = select(territories.c.territory_id, cast(day.c.day, Date)).select_from(territories).join(day, true())
    statement = insert(KeptDay).from_select(["territory_id", "business_date"], over).on_conflict_do_nothing()
    announced = statement.returning(KeptDay.territory_id).cte("announced")
    return int((await session.execute(select(func.count()).select_from(announced))).scalar_one())


async def days_to_keep(session: AsyncSession, limit: int) -> dict[int, set[date]]:
    """Up to `limit` days that are over and not kept as they are now, the newest first. One statement.

    A day is counted once every transaction has ended that began to write before it was announced: those did not mark it.
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
    """Count days and keep what they come to; marks of what was counted go. Four statements.

    All of them, and those that gathered `counting`, must see the records as they were at one moment.
    """
    for statement in _clearing(days):
        await session.execute(statement)
    async with without_nested_loops(session):
        await session.execute(_keeping(counting, days), {"own_definition": definition()})
    await session.execute(_forgetting_marks(days))


@cache
def definition() -> int:
    """By which statement days are counted now: a number of its text. What another one has kept does not count."""
    day = date(2026, 1, 1)
    nothing = Counting(Extent(day, day, [1], only={1: [day]}), Deadlines({}, []), Places((), ()))
    text = str(_keeping(nothing, {1: [day]}).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)


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


def _keeping(counting: Counting, days: TerritoryDays) -> Update:
    """One statement, so that all of it is counted at once: each rep's part, the outlets, and from these the days."""
    relations = Relations(counting)
    products = must_stock_by_product(counting.extent, relations.orders)
    units = _units(relations, products)
    rep_days = insert(_REP_DAYS).from_select([*units.selected_columns.keys()], units)
    written = rep_days.returning(*(_REP_DAYS.c[name] for name in (*_UNIT, *_FIGURES))).cte("rep_days")
    codes = insert(_PRODUCTS).from_select(["code"], select(products.c.product_code).distinct())
    given = days_relation(days, "days_to_keep")
    totals = (
        select(written.c.territory_id, written.c.business_date, *_sums(written))
        .group_by(written.c.territory_id, written.c.business_date)
        .subquery("totals")
    )
    same_day = and_(
        totals.c.territory_id == given.c.territory_id, totals.c.business_date == given.c.business_date
    )
    found = (
        select(*given.c, *(func.coalesce(totals.c[name], 0).label(name) for name in _FIGURES))
        .select_from(given.outerjoin(totals, same_day))
        .subquery("found")
    )
    return (
        update(_DAYS)
        .values(
            kept_to=_HORIZON,
            definition=bindparam("own_definition", type_=BigInteger),
            **{name: found.c[name] for name in _FIGURES},
        )
        .where(_DAYS.c.territory_id == found.c.territory_id, _DAYS.c.business_date == found.c.business_date)
        .add_cte(_outlets(relations).cte("outlets"), codes.on_conflict_do_nothing().cte("products"))
    )


def _units(relations: Relations, products: FromClause) -> Select[Any]:
    """Each rep's part of a day: its figures, and its must-stock products."""
    sources = {
        Source.VISITS: relations.visits,
        Source.ORDERS: relations.orders,
        Source.MUST_STOCK: products,
        Source.CALL_TASKS: relations.tasks,
    }
    counted = union_all(*(_counted(source, facts) for source, facts in sources.items())).subquery("counted")
    unit = [counted.c[name] for name in _UNIT]
    sums = select(*unit, *_sums(counted)).group_by(*unit).subquery("sums")
    lists = _listed(products)
    kept = {"product_codes": "code", "products_due": "due", "products_ordered": "ordered"}
    return select(
        *(sums.c[name] for name in (*_UNIT, *_FIGURES)),
        *(func.coalesce(lists.c[name], literal_column("'{}'")).label(name) for name in kept),
    ).outerjoin(lists, and_(*(lists.c[name] == sums.c[name] for name in _UNIT)))


def _counted(source: Source, facts: FromClause) -> Select[Any]:
    """The figures that one relation gives; the others are 0."""
    if source is Source.MUST_STOCK:
        records: ColumnElement[Any] = literal(0)
        totals = {"must_stock_rate_numerator": func.sum(facts.c.ordered), "must_stock_rate_denominator": func.sum(facts.c.due)}
    else:
        records = func.count()
        totals = {
            figure_name(definition, part): definition.half(part).total(facts.c)
            for definition in kpis_of(source)
            for part in KpiPart
        }
    figures = {"records": records, **totals}
    return select(*_unit_of(facts), *(figures.get(name, literal(0)).label(name) for name in _FIGURES)).group_by(
        *_unit_of(facts)
    )


def _listed(products: FromClause) -> Subquery:
    """The must-stock products of each rep's part of a day, as arrays."""
    in_turn = products.c.product_code
    return (
        select(
            *_unit_of(products),
            func.array_agg(aggregate_order_by(products.c.product_code, in_turn)).label("product_codes"),
            func.array_agg(aggregate_order_by(products.c.due, in_turn)).label("products_due"),
            func.array_agg(aggregate_order_by(products.c.ordered, in_turn)).label("products_ordered"),
        )
        .group_by(*_unit_of(products))
        .subquery("lists")
    )


def _outlets(relations: Relations) -> Insert:
    """The outlets of each rep's days, as bits of their months."""
    visits, orders = relations.visits, relations.orders
    facts = (true(), visits.c.planned, visits.c.made, false())
    seen = union_all(
        select(*_unit_of(visits), visits.c.outlet_id, *(fact.label(name) for fact, name in zip(facts, _BITS, strict=True))),
        select(*_unit_of(orders), orders.c.outlet_id, false(), false(), false(), true()),
    ).subquery("seen")
    key = [seen.c.territory_id, _month(seen.c.business_date), seen.c.rep_id, seen.c.outlet_id]
    bits = [func.bit_or(case((seen.c[name], _bit(seen.c.business_date)), else_=0)) for name in _BITS]
    names = ["territory_id", "month", "rep_id", "outlet_id", *_BITS]
    added = insert(_OUTLETS).from_select(names, select(*key, *bits).group_by(*key))
    both = {name: _OUTLETS.c[name].op("|")(added.excluded[name]) for name in _BITS}
    return added.on_conflict_do_update(index_elements=list(_OUTLETS.primary_key), set_=both)


def _unit_of(facts: FromClause) -> list[ColumnElement[Any]]:
    return [
        facts.c.territory_id.label("territory_id"),
        facts.c.business_date.label("business_date"),
        func.coalesce(facts.c.rep_id, literal_column(str(NOBODY), Integer)).label("rep_id"),
    ]


def _sums(facts: FromClause) -> list[ColumnElement[Any]]:
    return [func.sum(facts.c[name]).label(name) for name in _FIGURES]


def _month(day: ColumnElement[date]) -> ColumnElement[date]:
    return cast(func.date_trunc(literal_column("'month'"), day), Date)


def _bit(day: ColumnElement[date]) -> ColumnElement[int]:
    return literal_column("1", Integer).op("<<")(cast(extract("day", day), Integer) - 1)


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
    for table, day in ((_DAYS, "business_date"), (_REP_DAYS, "business_date"), (_OUTLETS, "month")):
        await session.execute(delete(table).where(table.c.territory_id.in_(ids), table.c[day] < KEPT_FROM))
    same_territory = _DAYS.c.territory_id == _MARKS.c.territory_id
    announced = exists().where(same_territory, _DAYS.c.business_date == _MARKS.c.business_date)
    newest = select(func.max(_DAYS.c.business_date)).where(same_territory).scalar_subquery()
    never = or_(_MARKS.c.business_date < KEPT_FROM, _MARKS.c.business_date < newest)
    await session.execute(delete(_MARKS).where(~announced, never))
