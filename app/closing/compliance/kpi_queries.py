"""One statement answers every KPI of every group and of the whole; another one the ids behind one of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Numeric,
    Select,
    Text,
    cast,
    false,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.call_task_facts import task_facts
from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent
from app.closing.compliance.kept_days import ADDED_UP, KeptDays, kept_outlets, kept_parts
from app.closing.compliance.kpis import KPIS, Kpi, Source, kpis_of
from app.closing.compliance.must_stock import must_stock_facts
from app.closing.compliance.order_facts import order_facts
from app.closing.compliance.outlet_facts import OutletFacts, key_of
from app.closing.compliance.rules import KpiGrouping, KpiPart
from app.closing.compliance.visit_facts import visit_facts
from app.closing.cutoff.places import Places
from app.ground.db.plans import one_of, without_nested_loops
from app.ground.db.statements import records_of
from app.masters.outlets.models import Outlet, OutletTerms
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order

MOST_GROUPS = 10_000
"""As many groups as one answer may have."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The numerators and denominators of some KPIs: of one group, or (`key` None) of the whole extent."""

    key: str | None
    kpis: Mapping[Kpi, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted from the records: which of them, by which deadlines, and where outlets and reps were then."""

    extent: Extent
    deadlines: Deadlines
    places: Places


class Relations:
    """The relations of facts of what is counted; a statement computes only those that it names."""

    def __init__(self, counting: Counting) -> None:
        extent = counting.extent
        self.visits = visit_facts(extent, counting.deadlines, counting.places)
        self.orders = order_facts(extent, counting.deadlines)
        self.must_stock = must_stock_facts(extent, self.orders)
        self.tasks = task_facts(extent)


class Answering:
    """The relations that a question is answered from: those of what is counted, and of what is kept."""

    def __init__(
        self, asked: Extent, counting: Counting | None, kept_days: KeptDays | None, group_by: KpiGrouping | None
    ) -> None:
        self.relations = relations = None if counting is None else Relations(counting)
        visits, orders = (None, None) if relations is None else (relations.visits, relations.orders)
        its_kept = None if kept_days is None else kept_outlets(kept_days, by_day=group_by is KpiGrouping.DATE)
        self.outlets = OutletFacts(asked, visits, orders, its_kept, group_by)

    @property
    def sources(self) -> list[Source]:
        """Those that have a relation: what adds up has none where everything is kept."""
        return [source for source in Source if self.relations is not None or not source.adds_up]

    def of(self, source: Source, split_by: KpiGrouping | None) -> FromClause:
        """The relation of a source; its outlets are counted by group."""
        if source is Source.PLANNED_OUTLETS:
            return self.outlets.planned(split_by)
        if source is Source.ACTIVE_OUTLETS:
            return self.outlets.active(split_by)
        if self.relations is None:
            raise LookupError(source)
        return {
            Source.VISITS: self.relations.visits,
            Source.ORDERS: self.relations.orders,
            Source.MUST_STOCK: self.relations.must_stock,
            Source.CALL_TASKS: self.relations.tasks,
        }[source]


async def kpi_figures(
    session: AsyncSession, asked: Extent, counting: Counting | None, kept_days: KeptDays | None, group_by: KpiGrouping
) -> list[Figures]:
    """Every KPI of an extent as a whole and of each of its groups, by one statement.

    Of the days that are not `kept` it is counted. The answer is cut after a little more than MOST_GROUPS groups.
    """
    answering = Answering(asked, counting, kept_days, group_by)
    halves = union_all(
        *(_part(answering, source, None, group_by) for source in answering.sources),
        *(_part(answering, source, group_by, group_by) for source in answering.sources),
        *(kept_parts(kept_days, group_by) if kept_days is not None else ()),
    ).subquery("halves")
    figures = (
        select(halves.c.source, halves.c.whole, _label(halves.c.key, group_by).label("label"), halves.c.numbers)
        .order_by(halves.c.whole.desc())
        .limit((MOST_GROUPS + 2) * (len(Source) + 2))
    )
    async with without_nested_loops(session):
        rows = await session.execute(figures)
    return list(_collect(rows.all()))


def _part(answering: Answering, source: Source, split_by: KpiGrouping | None, group_by: KpiGrouping) -> Select[Any]:
    """The figures of one source: of the whole (`split_by` None) or of each group."""
    if source is Source.ACTIVE_OUTLETS and split_by is KpiGrouping.DATE:
        by_day = answering.outlets.active_by_day()
        if by_day is not None:
            return _of_days(source, by_day)
    facts = answering.of(source, split_by)
    numbers = [kpi.half(part).total(facts.c) for kpi in kpis_of(source) for part in KpiPart]
    no_key = cast(null(), Date if group_by is KpiGrouping.DATE else Integer)
    if split_by is None:
        key: ColumnElement[Any] = no_key
    elif source.evidence == "outlet":
        key = facts.c.key
    else:
        key = key_of(facts, split_by)
    query = select(
        literal(source.value).label("source"),
        (true() if split_by is None else false()).label("whole"),
        key.label("key"),
        array([cast(number, Numeric) for number in numbers]).label("numbers"),
    ).select_from(facts)
    return query if split_by is None else query.where(key.is_not(None)).group_by(key)


def _of_days(source: Source, by_day: Select[Any]) -> Select[Any]:
    """The figures of a source whose halves stand beside each day."""
    key, *numbers = by_day.subquery("by_day").c
    return select(
        literal(source.value).label("source"),
        false().label("whole"),
        key.label("key"),
        array([cast(number, Numeric) for number in numbers]).label("numbers"),
    )


def _label(key: ColumnElement[Any], group_by: KpiGrouping) -> ColumnElement[Any]:
    """The label of a group: a date, or a code."""
    if group_by is KpiGrouping.DATE:
        return cast(key, Text)
    model: Any = {KpiGrouping.TERRITORY: Territory, KpiGrouping.REP: Rep, KpiGrouping.OUTLET: Outlet}[group_by]
    return select(model.code).where(model.id == key).scalar_subquery()


def _collect(rows: Sequence[Any]) -> Iterator[Figures]:
    """What was counted and what is kept of each group, added up."""
    kpis_by_key: dict[str | None, dict[Kpi, tuple[Decimal, Decimal]]] = {None: {}}
    for row in rows:
        kpis = kpis_by_key.setdefault(None if row.whole else row.label, {})
        definitions = kpis_of(Source(row.source)) if row.source else ADDED_UP
        for index, kpi in enumerate(definitions):
            numerator, denominator = kpis.get(kpi.name, (Decimal(0), Decimal(0)))
            kpis[kpi.name] = (numerator + row.numbers[2 * index], denominator + row.numbers[2 * index + 1])
    return (Figures(key, kpis) for key, kpis in kpis_by_key.items())


async def own_due_times(session: AsyncSession, extent: Extent) -> dict[int, set[time]]:
    """The order due times of their own that outlets have, or had, which ordered in each territory of the extent."""
    ordered = (
        select(Order.territory_id, Order.outlet_id)
        .where(*extent.holds_day_of(Order.territory_id, Order.business_date))
        .distinct()
        .cte("ordered")
    )
    query = (
        select(ordered.c.territory_id, OutletTerms.order_due_time)
        .join(OutletTerms, OutletTerms.outlet_id == ordered.c.outlet_id)
        .where(one_of(OutletTerms.outlet_id, select(ordered.c.outlet_id)), OutletTerms.order_due_time.is_not(None))
        .distinct()
    )
    due_times: dict[int, set[time]] = {}
    async with without_nested_loops(session):
        rows = await session.execute(query)
    for territory_id, due_time in rows:
        if due_time is not None:
            due_times.setdefault(territory_id, set()).add(due_time)
    return due_times


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One record behind a figure, and how much of the figure it is. Only an outlet has no date."""

    id: str
    business_date: date | None
    territory_code: str
    rep_code: str | None
    outlet_code: str
    amount: Decimal


async def evidence_rows(
    session: AsyncSession, counting: Counting, kpi: Kpi, part: KpiPart, after: Sequence[Any] | None, limit: int
) -> Sequence[EvidenceRow]:
    """The records behind half of a KPI of the extent, by date and id (outlets: by code), up to `limit`."""
    source, half = KPIS[kpi].source, KPIS[kpi].half(part)
    facts = Answering(counting.extent, counting, None, None).of(source, None)
    amount = cast(literal(1) if half.amount is None else half.amount(facts.c), Numeric)
    if source.evidence == "outlet":
        order: list[Any] = [Outlet.code]
        columns: list[Any] = [Outlet.code, cast(null(), Date), cast(null(), Text)]
        joined = facts.join(Outlet, Outlet.id == facts.c.outlet_id)
        joined = joined.join(Territory, Territory.id == Outlet.territory_id)
    else:
        order = [facts.c.business_date, facts.c.id]
        columns = [cast(facts.c.id, Text), facts.c.business_date, Rep.code]
        joined = facts.join(Outlet, Outlet.id == facts.c.outlet_id)
        joined = joined.join(Territory, Territory.id == facts.c.territory_id)
        joined = joined.outerjoin(Rep, Rep.id == facts.c.rep_id)
    identifier, business_date, rep_code = columns
    query = (
        select(
            identifier.label("id"),
            business_date.label("business_date"),
            Territory.code.label("territory_code"),
            rep_code.label("rep_code"),
            Outlet.code.label("outlet_code"),
            amount.label("amount"),
        )
        .select_from(joined)
        .where(half.counts(facts.c), amount != 0)
    )
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    async with without_nested_loops(session):
        return records_of(EvidenceRow, await session.execute(query.order_by(*order).limit(limit)))
