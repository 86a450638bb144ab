"""The statement that counts days and keeps what they come to (decision 60).

The sums are made from the relations that a question is answered from, and by the halves that its figures are: a day
that is kept cannot say anything else than one that is counted.
"""

import hashlib
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
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
    extract,
    false,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, aggregate_order_by, insert

from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent, TerritoryDays, days_relation
from app.closing.compliance.kept_days import ADDED_UP, figure_name
from app.closing.compliance.kpi_queries import Counting, Relations
from app.closing.compliance.kpis import Source, kpis_of
from app.closing.compliance.models import KeptDay, KeptOutlet, KeptProduct, KeptRepDay
from app.closing.compliance.must_stock import must_stock_by_product
from app.closing.compliance.rules import KpiPart
from app.closing.cutoff.places import Places
from app.ground.db.base import Base

_FIGURES = ["records", *(figure_name(definition, part) for definition in ADDED_UP for part in KpiPart)]
_UNIT = ("territory_id", "business_date", "rep_id")
_BITS = ("visited_days", "planned_days", "made_days", "ordered_days")
_DAYS, _REP_DAYS, _OUTLETS, _PRODUCTS = (
    Base.metadata.tables[model.__tablename__] for model in (KeptDay, KeptRepDay, KeptOutlet, KeptProduct)
)


@cache
def definition() -> int:
    """By which statement days are counted now: a number of its text. What another one has kept does not count."""
    day = date(2026, 1, 1)
    nothing = Counting(Extent(day, day, [1], only={1: [day]}), Deadlines({}, []), Places((), ()))
    text = str(keeping(nothing, {1: [day]}).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)


def keeping(counting: Counting, days: TerritoryDays) -> Update:
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
    same_day = and_(totals.c.territory_id == given.c.territory_id, totals.c.business_date == given.c.business_date)
    figures = (
        select(*given.c, *(func.coalesce(totals.c[name], 0).label(name) for name in _FIGURES))
        .select_from(given.outerjoin(totals, same_day))
        .subquery("found")
    )
    return (
        update(_DAYS)
        .values(
            kept_to=func.position_horizon(),
            definition=bindparam("own_definition", 0, type_=BigInteger),
            **{name: figures.c[name] for name in _FIGURES},
        )
        .where(_DAYS.c.territory_id == figures.c.territory_id, _DAYS.c.business_date == figures.c.business_date)
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
    columns = {"product_codes": "code", "products_due": "due", "products_ordered": "ordered"}
    return select(
        *(sums.c[name] for name in (*_UNIT, *_FIGURES)),
        *(func.coalesce(lists.c[name], literal_column("'{}'")).label(name) for name in columns),
    ).outerjoin(lists, and_(*(lists.c[name] == sums.c[name] for name in _UNIT)))


def _counted(source: Source, facts: FromClause) -> Select[Any]:
    """The figures that one relation gives; the others are 0."""
    if source is Source.MUST_STOCK:
        records: ColumnElement[Any] = literal(0)
        totals: dict[str, ColumnElement[Any]] = {
            "must_stock_rate_numerator": func.sum(facts.c.ordered),
            "must_stock_rate_denominator": func.sum(facts.c.due),
        }
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
        select(
            *_unit_of(visits), visits.c.outlet_id, *(fact.label(name) for fact, name in zip(facts, _BITS, strict=True))
        ),
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
        func.coalesce(facts.c.rep_id, literal_column("0", Integer)).label("rep_id"),
    ]


def _sums(facts: FromClause) -> list[ColumnElement[Any]]:
    return [func.sum(facts.c[name]).label(name) for name in _FIGURES]


def _month(day: ColumnElement[date]) -> ColumnElement[date]:
    return cast(func.date_trunc(literal_column("'month'"), day), Date)


def _bit(day: ColumnElement[date]) -> ColumnElement[int]:
    return literal_column("1", Integer).op("<<")(cast(extract("day", day), Integer) - 1)
