"""Visits with their status (V5), by page and one by one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Label,
    Row,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.rules import VisitFacts, visit_status
from app.closing.compliance.visit_counts import columns_of_counts, counts_as
from app.closing.compliance.visit_facts import check_in_facts, status_case
from app.closing.compliance.visit_records import ListedVisit, VisitFilter, VisitKey
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.field.visits.sight import outlet_in_sight
from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep, Territory
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel


async def visits_page(
    session: AsyncSession, caller: Caller, visit_filter: VisitFilter, after: VisitKey | None, limit: int, at: datetime
) -> list[ListedVisit]:
    """Up to `limit` visits that the caller may see, by day and id, with their status as of `at`."""
    conditions = _conditions_of(caller, visit_filter)
    if after is not None:
        # the first condition is what finds the partitions
        conditions += [Visit.visit_date >= after[0], tuple_(Visit.visit_date, Visit.id) > after]
    count = visit_filter.counted_as
    facts = _facts(conditions, caller, at, [] if count is None else columns_of_counts(at))
    visits = select(*facts.c).order_by(facts.c.visit_date, facts.c.id).limit(limit)
    if count is not None:
        visits = visits.where(counts_as(count, facts.c, at))
    if visit_filter.status is not None:
        visits = visits.where(status_case(facts.c, facts.c.today) == visit_filter.status.value)
    return [_listed(row) for row in await session.execute(visits)]


def rows_of_visits(caller: Caller, visit_filter: VisitFilter) -> Select[int]:
    """A row for each of the visits that the caller may see, and that match but for their status: as many at the most.

    How a visit stands is looked up one by one, which takes longer than a count may.
    """
    visits = select(literal(1)).select_from(Visit).join(Territory, Territory.id == Visit.territory_id)
    visits = visits.join(Rep, Rep.id == Visit.rep_id).join(Outlet, Outlet.id == Visit.outlet_id)
    return visits.where(*_conditions_of(caller, visit_filter))


async def visit_by_key(session: AsyncSession, caller: Caller, key: VisitKey, at: datetime) -> ListedVisit | None:
    """One visit, where the caller may see it."""
    day, visit_id = key
    conditions = [*_conditions_of(caller, VisitFilter()), Visit.visit_date == day, Visit.id == visit_id]
    row = (await session.execute(select(*_facts(conditions, caller, at).c))).one_or_none()
    return None if row is None else _listed(row)


def _facts(
    conditions: Sequence[ColumnElement[bool]], caller: Caller, at: datetime, more: Sequence[Label[Any]] = ()
) -> Subquery:
    """The visits, each with the columns of `rules.VisitFacts`; their check-ins are looked up one visit at a time.

    This suits a page: the look-ups stop when the page is full. Where the outlet is out of the caller's sight, nothing
    is told that follows from where it is: that an arrival was INSIDE would tell it after a few tries.
    """
    in_sight = outlet_in_sight(caller, Visit.approved_at.is_not(None))
    check_ins = (
        select(*check_in_facts())
        .where(
            CheckIn.business_date == Visit.visit_date,
            CheckIn.rep_id == Visit.rep_id,
            CheckIn.outlet_id == Visit.outlet_id,
        )
        .lateral("check_ins_of_visit")
    )
    productive = exists().where(
        Order.business_date == Visit.visit_date,
        Order.outlet_id == Visit.outlet_id,
        Order.rep_id == Visit.rep_id,
        Order.channel == OrderChannel.HANDHELD.value,
        Order.cancelled_at.is_(None),
    )
    return (
        select(
            Visit.visit_date,
            Visit.id,
            Visit.rep_id,
            Visit.outlet_id,
            Territory.code.label("territory_code"),
            Rep.code.label("rep_code"),
            Outlet.code.label("outlet_code"),
            case((in_sight, Outlet.name)).label("outlet_name"),
            in_sight.label("outlet_in_sight"),
            Visit.sequence,
            Visit.expected_at,
            Visit.approved_at.is_not(None).label("planned"),
            Visit.excused_at,
            Visit.excused_by,
            Visit.excuse_reason,
            Visit.excuse_comment,
            Visit.excused_at.is_not(None).label("excused"),
            func.coalesce(check_ins.c.checked_in, False).label("checked_in"),
            func.coalesce(check_ins.c.made, False).label("made"),
            and_(in_sight, func.coalesce(check_ins.c.arrived_inside, False)).label("arrived_inside"),
            cast(func.timezone(Territory.time_zone, at), Date).label("today"),
            productive.label("productive"),
            *more,
        )
        .join(Territory, Territory.id == Visit.territory_id)
        .join(Rep, Rep.id == Visit.rep_id)
        .join(Outlet, Outlet.id == Visit.outlet_id)
        .join(check_ins, true())
        .where(*conditions)
        .subquery("visit")
    )


def _conditions_of(caller: Caller, visit_filter: VisitFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if caller.rep_id is not None:
        conditions.append(Visit.rep_id == caller.rep_id)
    elif caller.territory_ids is not None:
        conditions.append(Visit.territory_id.in_(caller.territory_ids))
    if visit_filter.first is not None:
        conditions.append(Visit.visit_date >= visit_filter.first)
    if visit_filter.last is not None:
        conditions.append(Visit.visit_date <= visit_filter.last)
    for column, code in (
        (Territory.code, visit_filter.territory_code),
        (Rep.code, visit_filter.rep_code),
        (Outlet.code, visit_filter.outlet_code),
    ):
        if code is not None:
            conditions.append(column == code)
    return conditions


def _listed(row: Row[*tuple[Any, ...]]) -> ListedVisit:
    """A visit with the status that the rule gives it."""
    facts = VisitFacts(row.visit_date, row.planned, row.excused, row.checked_in, row.arrived_inside)
    return ListedVisit(
        visit_date=row.visit_date,
        id=row.id,
        rep_id=row.rep_id,
        outlet_id=row.outlet_id,
        territory_code=row.territory_code,
        rep_code=row.rep_code,
        outlet_code=row.outlet_code,
        outlet_name=row.outlet_name,
        outlet_in_sight=row.outlet_in_sight,
        sequence=row.sequence,
        expected_at=row.expected_at,
        planned=row.planned,
        excused_at=row.excused_at,
        excused_by=row.excused_by,
        excuse_reason=row.excuse_reason,
        excuse_comment=row.excuse_comment,
        productive=row.productive,
        status=visit_status(facts, row.today),
    )
