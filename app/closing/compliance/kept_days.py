"""Which days' figures are kept, and what is kept of them as relations (decision 60)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Numeric,
    Select,
    Subquery,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.extents import Extent, TerritoryDays, days_relation, spelled
from app.closing.compliance.kpis import KPIS, Definition, Source
from app.closing.compliance.models import NOBODY, KeptDay, KeptOutlet, KeptProduct, KeptRepDay, StaleDay
from app.closing.compliance.outlet_facts import KEYS, MET_BY, met_by
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.ground.db.stored_tables import KEPT_MONTHS
from app.masters.catalogue.models import Product

ADDED_UP = [definition for definition in KPIS.values() if definition.source.adds_up]
"""The KPIs whose halves are kept, in the order of `KeptFigures`."""

# a day early: tables are cleared by several clocks (`app/ground/db/retention.py`)
KEPT_FROM: ColumnElement[date] = literal_column(
    f"(date_trunc('month', current_date + 1) - interval '{KEPT_MONTHS} months')::date", Date
)
"""The first day whose records are all there still: of earlier ones some tables may have been cleared."""

STALE = exists().where(
    StaleDay.territory_id == KeptDay.territory_id,
    StaleDay.business_date == KeptDay.business_date,
    StaleDay.marked_in >= KeptDay.kept_to,
)
"""Whether something of a kept day came or changed since it was counted."""


@dataclass(frozen=True, slots=True)
class KeptDays:
    """The days of an extent whose figures are kept as the records are now.

    `unsold`: the must-stock products of kept days that are no longer sold.
    """

    extent: Extent
    days: TerritoryDays
    unsold: Collection[str]


def figure_name(definition: Definition, part: KpiPart) -> str:
    """The column of half of a KPI."""
    return f"{definition.name}_{part}"


async def kept_of(session: AsyncSession, extent: Extent, definition: int) -> KeptDays:
    """What is kept of an extent, counted by the statement of that definition. Two statements."""
    rows = await session.execute(
        select(KeptDay.territory_id, KeptDay.business_date).where(
            extent.holds_territory(KeptDay.territory_id),
            extent.holds_day(KeptDay.business_date),
            KeptDay.business_date >= KEPT_FROM,
            KeptDay.definition == definition,
            ~STALE,
        )
    )
    days: dict[int, set[date]] = {}
    for territory_id, business_date in rows:
        days.setdefault(territory_id, set()).add(business_date)
    unsold = select(KeptProduct.code).join(Product, Product.code == KeptProduct.code).where(~Product.active)
    return KeptDays(extent, days, list(await session.scalars(unsold)) if days else [])


def kept_parts(kept_days: KeptDays, group_by: KpiGrouping) -> Iterator[Select[Any]]:
    """What is kept of the KPIs that add up: of the whole, and of each group that has records.

    Rows as in `kpi_queries`: those without a source have the halves of all of `ADDED_UP`.
    """
    for split_by in (None, group_by):
        by_rep = KpiGrouping.REP is split_by or kept_days.extent.rep_id is not None
        table = KeptRepDay if by_rep else KeptDay
        facts = _rows_of(kept_days, table)
        sums: list[ColumnElement[Any]] = [func.coalesce(func.sum(facts.c[name]), 0) for name in _NAMES]
        yield _part(facts, None, sums, split_by, group_by)
        if kept_days.unsold:
            products = _unsold_products(kept_days)
            sums = [-func.coalesce(func.sum(products.c[name]), 0) for name in ("ordered", "due")]
            yield _part(products, Source.MUST_STOCK, sums, split_by, group_by)


_NAMES = [figure_name(definition, part) for definition in ADDED_UP for part in KpiPart]


def _part(
    facts: FromClause,
    source: Source | None,
    numbers: list[ColumnElement[Any]],
    split_by: KpiGrouping | None,
    group_by: KpiGrouping,
) -> Select[Any]:
    key_type = Date if group_by is KpiGrouping.DATE else Integer
    key = cast(null(), key_type) if split_by is None else facts.c[KEYS[split_by]]
    query = select(
        literal("" if source is None else source.value).label("source"),
        (true() if split_by is None else false()).label("whole"),
        key.label("key"),
        array([cast(number, Numeric) for number in numbers]).label("numbers"),
    ).select_from(facts)
    if split_by is None:
        return query
    # a day without any record is kept, and is no group
    some = [facts.c.records > 0] + ([key != NOBODY] if split_by is KpiGrouping.REP else [])
    return query.where(*some).group_by(key)


def _rows_of(kept_days: KeptDays, table: type[KeptDay | KeptRepDay], *more: Any) -> Subquery:
    days = days_relation(kept_days.days, "days_kept")
    extent = kept_days.extent
    query = (
        select(*table.__table__.c, *more)
        .join(days, and_(days.c.territory_id == table.territory_id, days.c.business_date == table.business_date))
        .where(
            extent.holds_territory(table.territory_id),
            table.business_date.between(spelled(extent.first), spelled(extent.last)),
        )
    )
    if table is KeptRepDay:
        query = query.where(extent.holds_rep(KeptRepDay.rep_id))
    return query.subquery("kept")


def _unsold_products(kept_days: KeptDays) -> Subquery:
    """How often products that are no longer sold were due, and came, of each rep's kept day."""
    rows = _rows_of(kept_days, KeptRepDay)
    products: Any = func.unnest(rows.c.product_codes, rows.c.products_due, rows.c.products_ordered).table_valued(
        column("code"), column("due"), column("ordered"), name="products"
    )
    products = products.render_derived().lateral("products")
    return (
        select(*(rows.c[name] for name in ("territory_id", "business_date", "rep_id", "records")), *products.c)
        .select_from(rows)
        .join(products, true())
        .where(products.c.code.in_(kept_days.unsold))
        .subquery("unsold_products")
    )


def kept_outlets(kept_days: KeptDays, *, by_day: bool) -> Subquery:
    """The outlets of each rep's kept days, and by what they were met (`MET_BY`); each of a month once.

    Or by day, and then of all reps, without saying of which. Where nothing is said, `business_date` or `rep_id` is
    null, as `rep_id` is of nobody's orders.
    """
    rows = _outlets_by_day(kept_days) if by_day else _outlets_by_rep(kept_days)
    return (
        select(
            rows.c.territory_id,
            rows.c.rep_id,
            rows.c.outlet_id,
            rows.c.business_date,
            met_by(*(rows.c[name] != 0 for name in MET_BY)).label("met_by"),
        )
        .where(rows.c.visited.op("|")(rows.c.ordered) != 0)
        .subquery("kept_outlets_met")
    )


def _outlets_by_rep(kept_days: KeptDays) -> Subquery:
    """The bits of the kept days of each rep's outlets, by month."""
    masks = months_relation(kept_days.days)
    extent = kept_days.extent
    return (
        select(
            KeptOutlet.territory_id,
            func.nullif(KeptOutlet.rep_id, NOBODY).label("rep_id"),
            KeptOutlet.outlet_id,
            KeptOutlet.month,
            cast(null(), Date).label("business_date"),
            *(KeptOutlet.__table__.c[f"{name}_days"].op("&")(masks.c.days).label(name) for name in MET_BY),
        )
        .join(masks, and_(masks.c.territory_id == KeptOutlet.territory_id, masks.c.month == KeptOutlet.month))
        .where(
            extent.holds_territory(KeptOutlet.territory_id),
            KeptOutlet.month.between(spelled(extent.first.replace(day=1)), spelled(extent.last)),
            extent.holds_rep(KeptOutlet.rep_id),
        )
        .subquery("outlets_of_reps")
    )


def _outlets_by_day(kept_days: KeptDays) -> Subquery:
    """The same of all reps together, a row for each day of the month."""
    rows = _outlets_by_rep(kept_days)
    unit = (rows.c.territory_id, rows.c.outlet_id, rows.c.month)
    months = select(*unit, *(func.bit_or(rows.c[name]).label(name) for name in MET_BY)).group_by(*unit).cte("months")
    numbers = func.generate_series(0, 30).table_valued(column("number", Integer), name="numbers").render_derived()
    bit: ColumnElement[int] = literal_column("1", Integer).op("<<")(numbers.c.number)
    return (
        select(
            months.c.territory_id,
            cast(null(), Integer).label("rep_id"),
            months.c.outlet_id,
            (months.c.month + numbers.c.number).label("business_date"),
            *(months.c[name].op("&")(bit).label(name) for name in MET_BY),
        )
        .join(numbers, true())
        .subquery("outlets_of_days")
    )


def months_relation(days: TerritoryDays) -> Any:
    """Days as bits of each territory's months: a table of territory_id, month, days."""
    masks: dict[tuple[int, date], int] = {}
    for territory_id, its in days.items():
        for day in its:
            month = territory_id, day.replace(day=1)
            masks[month] = masks.get(month, 0) | 1 << (day.day - 1)
    integers, dates = ARRAY(Integer), ARRAY(Date)
    rows = func.unnest(
        cast(literal([territory_id for territory_id, _ in masks], integers), integers),
        cast(literal([month for _, month in masks], dates), dates),
        cast(literal(list(masks.values()), integers), integers),
    ).table_valued(column("territory_id", Integer), column("month", Date), column("days", Integer), name="months_kept")
    return rows.render_derived()
