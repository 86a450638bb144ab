"""Outlets as `coverage` and `active_outlets` count them: each once, within a group or within the whole extent."""

from functools import cached_property, reduce
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Label,
    Select,
    cast,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy import union_all as all_of

from app.closing.compliance.extents import Extent
from app.closing.compliance.rules import KpiGrouping
from app.ground.db.plans import one_of
from app.masters.outlets.models import Outlet

KEYS = {
    KpiGrouping.TERRITORY: "territory_id",
    KpiGrouping.REP: "rep_id",
    KpiGrouping.OUTLET: "outlet_id",
    KpiGrouping.DATE: "business_date",
}
"""The column that a relation of facts is grouped by."""

_UNIT = ("territory_id", "rep_id", "outlet_id", "business_date")
MET_BY = ("visited", "planned", "made", "ordered")
"""What is asked of an outlet: a bit each in `met_by`, the first the lowest, since one is gathered quicker than four."""


class OutletFacts:
    """The outlets of an extent: of its visits and orders that are counted, and of those that are kept.

    All of a statement is made from two relations that are computed once: the outlets of each group, and from these the
    outlets of the whole.
    """

    def __init__(
        self,
        extent: Extent,
        visits: CTE | None,
        orders: CTE | None,
        kept_days: FromClause | None,
        group_by: KpiGrouping | None,
    ) -> None:
        self._extent = extent
        self._group_by = group_by
        self._seen = []
        if visits is not None:
            self._seen.append(_rows(visits, met_by(true(), visits.c.planned, visits.c.made, false())))
        if orders is not None:
            self._seen.append(_rows(orders, met_by(false(), false(), false(), true())))
        if kept_days is not None:
            self._seen.append(_rows(kept_days, kept_days.c.met_by))

    def planned(self, split_by: KpiGrouping | None) -> FromClause:
        """The outlets of the visits of each group: whether one was planned there, whether one was made there."""
        met = self._met(split_by)
        asked = [has(met, name) for name in ("planned", "made")]
        return select(met.c.key, met.c.outlet_id, *asked).where(has(met, "visited")).subquery("planned_outlets")

    def active(self, split_by: KpiGrouping | None) -> FromClause:
        """The active outlets of each group, and whether they ordered.

        An outlet belongs to its territory, on every day: `active_by_day` says how many. A rep's outlets are those of
        the rep's visits and orders.
        """
        if self._by_rep(split_by):
            met = self._met(split_by)
            # by the outlets: those of a territory are few
            active = select(Outlet.id).where(Outlet.active, one_of(Outlet.id, select(met.c.outlet_id)))
            those = active.subquery("active")
            outlets = select(met.c.key, met.c.outlet_id, has(met, "ordered"))
            return outlets.join(those, those.c.id == met.c.outlet_id).subquery("active_outlets")
        scope = self._scope
        key = literal(0) if split_by is None else scope.c[KEYS[split_by]]
        return select(key.label("key"), scope.c.outlet_id, scope.c.ordered).subquery("active_outlets")

    def active_by_day(self) -> Select[Any] | None:
        """Of each day how many of the active outlets ordered, and how many they are; None where reps are asked for."""
        if self._by_rep(KpiGrouping.DATE):
            return None
        scope, met = self._scope, self._met(KpiGrouping.DATE)
        ordered = (
            select(met.c.key, func.count().label("ordered"))
            .join(scope, scope.c.outlet_id == met.c.outlet_id)
            .where(has(met, "ordered"))
            .group_by(met.c.key)
            .subquery("ordered_by_day")
        )
        days = _days(self._extent)
        outlets = select(func.count()).select_from(scope).scalar_subquery()
        return (
            select(days.c.business_date.label("key"), func.coalesce(ordered.c.ordered, 0), outlets)
            .outerjoin(ordered, ordered.c.key == days.c.business_date)
            .where(outlets > 0)
        )

    def _by_rep(self, split_by: KpiGrouping | None) -> bool:
        return self._extent.rep_id is not None or split_by is KpiGrouping.REP

    def _met(self, split_by: KpiGrouping | None) -> CTE:
        return self._met_at_all if split_by is None else self._met_by_group

    @cached_property
    def _met_by_group(self) -> CTE:
        seen = all_of(*self._seen).subquery("outlets_seen")
        key = key_of(seen, self._group_by)
        bits = func.bit_or(seen.c.met_by).label("met_by")
        return select(key, seen.c.outlet_id, bits).group_by(key, seen.c.outlet_id).cte("met_by_group")

    @cached_property
    def _met_at_all(self) -> CTE:
        met = self._met_by_group
        if self._group_by is None:
            return met
        bits = func.bit_or(met.c.met_by).label("met_by")
        return select(literal(0).label("key"), met.c.outlet_id, bits).group_by(met.c.outlet_id).cte("met_at_all")

    @cached_property
    def _scope(self) -> CTE:
        """The active outlets of the extent's territories."""
        met, extent = self._met_at_all, self._extent
        ordered = select(met.c.outlet_id).where(has(met, "ordered")).subquery("ordered")
        return (
            select(Outlet.id.label("outlet_id"), Outlet.territory_id, ordered.c.outlet_id.is_not(None).label("ordered"))
            .outerjoin(ordered, ordered.c.outlet_id == Outlet.id)
            .where(Outlet.active, extent.holds_territory(Outlet.territory_id), extent.holds_outlet(Outlet.id))
            .cte("scope")
        )


def met_by(*facts: ColumnElement[bool]) -> ColumnElement[int]:
    """Whether an outlet was each of `MET_BY`, as bits."""
    bits = [cast(fact, Integer).op("<<")(number) for number, fact in enumerate(facts)]
    return reduce(lambda some, bit: some.op("|")(bit), bits)


def has(met: FromClause, name: str) -> Label[bool]:
    """Whether an outlet was one of `MET_BY`."""
    return (met.c.met_by.op("&")(literal(1 << MET_BY.index(name))) != 0).label(name)


def _rows(facts: FromClause, bits: ColumnElement[int]) -> Select[Any]:
    return select(*(facts.c[name] for name in _UNIT), bits.label("met_by"))


def key_of(facts: Any, group_by: KpiGrouping | None) -> ColumnElement[Any]:
    """The group that a row belongs to; the same for every row where there are no groups."""
    key: ColumnElement[Any] = literal(0) if group_by is None else facts.c[KEYS[group_by]]
    return key.label("key")


def _days(extent: Extent) -> FromClause:
    # by numbers of days: a series of dates would be one of instants, in the session's zone
    offset = func.generate_series(0, (extent.last - extent.first).days).column_valued("offset_days")
    return select((cast(extent.first, Date) + offset).label("business_date")).subquery("days")
