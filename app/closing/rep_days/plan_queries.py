"""The visits of reps' days, added up: one statement for any number of lines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import CTE, ColumnElement, DateTime, Label, and_, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.rules import VisitCount
from app.closing.compliance.visit_counts import counts_as
from app.closing.rep_days.asked import line_parameters, lines_asked
from app.closing.rep_days.records import LastSeen, Line, NextVisit
from app.closing.rep_days.rules import PlanSoFar
from app.closing.rep_days.visit_relations import check_ins_of, facts_of, newest_of
from app.field.visits.sight import planned_visit_of
from app.ground.db.plans import planned_once_without_nested_loops
from app.ground.db.statements import DirectStatement, maker_of
from app.masters.outlets.models import Outlet

_AT: Any = bindparam("at", type_=DateTime(timezone=True))
_last_seen = maker_of(LastSeen)
_COUNTS = tuple(count.value for count in VisitCount)
_counts_in: Callable[[Mapping[str, Any]], tuple[int, ...]] = itemgetter(*_COUNTS)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the visits of a line come to."""

    counts: Mapping[str, int]
    so_far: PlanSoFar
    last_seen: LastSeen | None
    next_visit: NextVisit | None


async def plans(session: AsyncSession, lines: Sequence[Line], today: Mapping[int, date], at: datetime) -> list[Plan]:
    """What the visits of each line come to at an instant, in the order of the lines; `today`: by territory id."""
    # joins of what is taken for a few rows: looped over, a page takes a second
    async with planned_once_without_nested_loops(session):
        rows = await _plans().rows(session, line_parameters(lines, today) | {"at": at})
    by_line = {(row["territory_id"], row["rep_id"]): _plan(row) for row in rows}
    return [by_line[line.territory_id, line.rep_id] for line in lines]


@cache
def _plans() -> DirectStatement:
    """Built once: that takes longer than it runs."""
    asked = lines_asked()
    check_ins = check_ins_of(asked)
    facts = facts_of(asked, check_ins, _AT)
    of_line = [facts.c.territory_id, facts.c.rep_id]
    counted = select(*of_line, *(_count(count, facts) for count in VisitCount)).group_by(*of_line).cte("counted")
    plan = _plan_in_order(facts)
    last = _last(plan)
    coming = _coming(plan, last)
    newest = newest_of(asked)
    joined: Any = asked
    for relation in (counted, last, coming):
        joined = joined.outerjoin(relation, _same_line(relation, asked))
    joined = joined.outerjoin(
        newest, and_(newest.c.rep_id == asked.c.rep_id, newest.c.business_date == asked.c.business_date)
    )
    outlet = (
        select(Outlet.code, Outlet.name, Outlet.territory_id)
        .where(Outlet.id == newest.c.outlet_id)
        .offset(0)
        .lateral("newest_outlet")
    )
    columns: list[ColumnElement[Any]] = [
        asked.c.territory_id,
        asked.c.rep_id,
        *(func.coalesce(counted.c[count.value], 0).label(count.value) for count in VisitCount),
        last.c.expected_at.label("last_expected_at"),
        last.c.arrived_at.label("last_arrived_at"),
        *(coming.c[column].label(f"next_{column}") for column in ("id", "outlet_code", "outlet_name", "expected_at")),
        newest.c.corrected_at.label("at"),
        *(newest.c[column] for column in ("kind", "verdict", "distance_m")),
        outlet.c.code.label("outlet_code"),
        outlet.c.name.label("outlet_name"),
        outlet.c.territory_id.label("outlet_territory_id"),
        planned_visit_of(newest.c).label("at_a_planned_visit"),
    ]
    return DirectStatement(select(*columns).select_from(joined.outerjoin(outlet, true())))


def _count(count: VisitCount, facts: CTE) -> Label[int]:
    return func.count().filter(counts_as(count, facts.c, _AT)).label(count.value)


def _plan_in_order(facts: CTE) -> CTE:
    """The planned visits, each with its place: by its sequence, then by when it is expected."""
    of_line: Any = {"partition_by": [facts.c.territory_id, facts.c.rep_id]}
    order: Any = [facts.c.sequence.nulls_last(), facts.c.expected_at.nulls_last(), facts.c.id]
    place = func.row_number().over(**of_line, order_by=order).label("place")
    return select(*facts.c, place).where(counts_as(VisitCount.PLANNED, facts.c, _AT)).cte("plan_in_order")


def _last(plan: CTE) -> CTE:
    """Of each line the planned visit that the rep arrived at last."""
    of_line = [plan.c.territory_id, plan.c.rep_id]
    return (
        select(*of_line, plan.c.place, plan.c.expected_at, plan.c.arrived_at)
        .where(plan.c.made)
        .ext(distinct_on(*of_line))
        .order_by(*of_line, plan.c.arrived_at.desc(), plan.c.place.desc())
        .cte("last_made")
    )


def _coming(plan: CTE, last: CTE) -> CTE:
    """Of each line the planned visit that comes next (`NextVisit`)."""
    of_line = [plan.c.territory_id, plan.c.rep_id]
    skipped: ColumnElement[bool] = func.coalesce(plan.c.place < last.c.place, False)
    return (
        select(*of_line, plan.c.id, plan.c.outlet_code, plan.c.outlet_name, plan.c.expected_at)
        .outerjoin(last, _same_line(last, plan))
        .where(~plan.c.made)
        .ext(distinct_on(*of_line))
        .order_by(*of_line, skipped, plan.c.place)
        .cte("coming")
    )


def _same_line(rows: CTE, other: CTE) -> ColumnElement[bool]:
    return and_(rows.c.territory_id == other.c.territory_id, rows.c.rep_id == other.c.rep_id)


def _plan(row: Mapping[str, Any]) -> Plan:
    counts = dict(zip(_COUNTS, _counts_in(row), strict=True))
    last_seen = next_visit = None
    if row["at"] is not None:
        last_seen = _last_seen(row)
    if row["next_id"] is not None:
        next_visit = NextVisit(
            row["next_id"], row["next_outlet_code"], row["next_outlet_name"], row["next_expected_at"]
        )
    so_far = PlanSoFar(
        counts[VisitCount.PLANNED],
        counts[VisitCount.VISITED],
        row["last_expected_at"],
        row["last_arrived_at"],
        row["next_expected_at"],
    )
    return Plan(counts, so_far, last_seen, next_visit)
