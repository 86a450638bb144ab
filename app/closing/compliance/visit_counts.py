"""What visits count as, in SQL: the same conditions narrow a list down and add a day up, so that they agree."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Label, and_, exists, func, or_, select

from app.closing.compliance.rules import TOLERANCE, VisitCount
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.field.visits.models import Visit
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.motivation.points.rules import PROVISIONAL_FOR
from app.motivation.points.visit_penalties import may_be_taken_back
from app.sales.orders.models import Order


def _due(facts: Any) -> ColumnElement[bool]:
    return and_(facts.planned, ~facts.excused, facts.belongs)


def _missed_so_far(facts: Any, at: datetime) -> ColumnElement[bool]:
    over = facts.visit_date < facts.today
    overdue = and_(facts.visit_date == facts.today, facts.expected_at < at - TOLERANCE)
    return and_(_due(facts), ~facts.made, or_(over, func.coalesce(overdue, False)))


_CONDITIONS: Mapping[VisitCount, Callable[[Any, datetime], ColumnElement[bool]]] = {
    VisitCount.PLANNED: lambda facts, _: _due(facts),
    VisitCount.VISITED: lambda facts, _: and_(_due(facts), facts.made),
    VisitCount.VERIFIED: lambda facts, _: and_(_due(facts), facts.arrived_inside),
    VisitCount.ORDERED: lambda facts, _: and_(_due(facts), facts.covered),
    VisitCount.WITHOUT_ORDER: lambda facts, _: and_(_due(facts), ~facts.covered),
    VisitCount.MISSED_SO_FAR: _missed_so_far,
    VisitCount.PRODUCTIVE: lambda facts, _: facts.productive,
    VisitCount.AD_HOC: lambda facts, _: and_(~facts.planned, ~facts.excused),
    VisitCount.EXCUSED: lambda facts, _: facts.excused,
    VisitCount.DROPPED: lambda facts, _: and_(facts.planned, ~facts.excused, ~facts.belongs),
    VisitCount.FLAGGED: lambda facts, _: facts.flagged,
    VisitCount.PROVISIONAL: lambda facts, _: facts.provisional,
}


def counts_as(count: VisitCount, facts: Any, at: datetime) -> ColumnElement[bool]:
    """Whether a visit counts as that at an instant.

    `facts` has the columns `visit_date`, `today`, `expected_at`, and as booleans `planned`, `excused`, `belongs`,
    `made`, `arrived_inside`, `covered`, `productive`, `flagged` and `provisional`.
    """
    return _CONDITIONS[count](facts, at)


def belongs() -> ColumnElement[bool]:
    """Whether `Rep` may visit `Outlet` at all, as both are now (C7)."""
    return and_(Outlet.active, Rep.active, Outlet.territory_id == Rep.territory_id)


def columns_of_counts(at: datetime) -> list[Label[Any]]:
    """What counts need to know beside a visit's status, looked up for each `Visit`; for a page of a list."""
    covered = exists().where(
        Order.business_date == Visit.visit_date, Order.outlet_id == Visit.outlet_id, Order.cancelled_at.is_(None)
    )
    flagged = (
        select(CutoffRun.cutoff_at)
        .join(MissingOrder, MissingOrder.run_id == CutoffRun.id)
        .where(
            MissingOrder.business_date == Visit.visit_date,
            MissingOrder.visit_id == Visit.id,
            CutoffRun.voided_at.is_(None),
        )
    )
    still_open = CutoffRun.cutoff_at >= at - PROVISIONAL_FOR
    return [
        belongs().label("belongs"),
        covered.label("covered"),
        flagged.exists().label("flagged"),
        flagged.where(may_be_taken_back(Visit.id, still_open)).exists().label("provisional"),
    ]
