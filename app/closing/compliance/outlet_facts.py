"""Outlets as `coverage` and `active_outlets` count them: each once, within a group or within the whole extent."""

from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Subquery, and_, cast, func, literal, select, true, union_all

from app.closing.compliance.extents import Extent
from app.closing.compliance.rules import KpiGrouping
from app.masters.outlets.models import Outlet

KEYS = {
    KpiGrouping.TERRITORY: "territory_id",
    KpiGrouping.REP: "rep_id",
    KpiGrouping.OUTLET: "outlet_id",
    KpiGrouping.DATE: "business_date",
}
"""The column that a relation of facts is grouped by."""


def key_of(facts: Any, group_by: KpiGrouping | None) -> ColumnElement[Any]:
    """The group that a row belongs to; the same for every row where there are no groups."""
    key: ColumnElement[Any] = literal(0) if group_by is None else facts.c[KEYS[group_by]]
    return key.label("key")


def planned_outlets(visits: FromClause, group_by: KpiGrouping | None) -> Subquery:
    """The outlets of the visits of each group: whether one was planned there, whether one was made there."""
    key = key_of(visits, group_by)
    return (
        select(
            key,
            visits.c.outlet_id,
            func.bool_or(visits.c.planned).label("planned"),
            func.bool_or(visits.c.made).label("made"),
        )
        .group_by(key, visits.c.outlet_id)
        .subquery("planned_outlets")
    )


def active_outlets(extent: Extent, visits: FromClause, orders: FromClause, group_by: KpiGrouping | None) -> Subquery:
    """The active outlets of each group, and whether they ordered.

    An outlet belongs to its territory, on every day. A rep's outlets are those of the rep's visits and orders.
    """
    if extent.rep_id is not None or group_by is KpiGrouping.REP:
        return _of_reps(visits, orders, group_by)
    return _of_territories(extent, orders, group_by)


def _of_reps(visits: FromClause, orders: FromClause, group_by: KpiGrouping | None) -> Subquery:
    met = union_all(
        select(key_of(visits, group_by), visits.c.outlet_id, literal(value=False).label("ordered")),
        select(key_of(orders, group_by), orders.c.outlet_id, literal(value=True).label("ordered")),
    ).subquery("met")
    return (
        select(met.c.key, met.c.outlet_id, func.bool_or(met.c.ordered).label("ordered"))
        .join(Outlet, and_(Outlet.id == met.c.outlet_id, Outlet.active))
        .group_by(met.c.key, met.c.outlet_id)
        .subquery("active_outlets")
    )


def _of_territories(extent: Extent, orders: FromClause, group_by: KpiGrouping | None) -> Subquery:
    outlets = select(Outlet.id.label("outlet_id"), Outlet.territory_id).where(
        Outlet.active, extent.holds_territory(Outlet.territory_id), extent.holds_outlet(Outlet.id)
    )
    scope = outlets.subquery("scope")
    if group_by is not KpiGrouping.DATE:
        ordered = select(orders.c.outlet_id).distinct().subquery("ordered")
        return (
            select(key_of(scope, group_by), scope.c.outlet_id, ordered.c.outlet_id.is_not(None).label("ordered"))
            .outerjoin(ordered, ordered.c.outlet_id == scope.c.outlet_id)
            .subquery("active_outlets")
        )
    days = _days(extent)
    ordered = select(orders.c.outlet_id, orders.c.business_date).distinct().subquery("ordered")
    return (
        select(days.c.business_date.label("key"), scope.c.outlet_id, ordered.c.outlet_id.is_not(None).label("ordered"))
        .select_from(days)
        .join(scope, true())
        .outerjoin(
            ordered,
            and_(ordered.c.outlet_id == scope.c.outlet_id, ordered.c.business_date == days.c.business_date),
        )
        .subquery("active_outlets")
    )


def _days(extent: Extent) -> Subquery:
    # by numbers of days: a series of dates would be one of instants, in the session's zone
    offset = func.generate_series(0, (extent.last - extent.first).days).column_valued("offset_days")
    return select((cast(extent.first, Date) + offset).label("business_date")).subquery("days")
