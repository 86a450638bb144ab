"""The relations that every figure of compliance is taken from (here visits; `order_facts`, `task_facts` beside it).

Each is derived from the raw records by the statement that asks, so that a figure, its evidence and a visit's status
cannot disagree. All are pruned to the partitions of the period, and scan what belongs to the territories by index.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Label,
    Subquery,
    and_,
    case,
    extract,
    func,
    or_,
    select,
    true,
)

from app.closing.compliance.accountability import relation
from app.closing.compliance.deadline_relations import cutoffs_of
from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent
from app.closing.compliance.rules import VisitStatus
from app.closing.cutoff.places import Places, Spell
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.models import CheckIn
from app.field.check_ins.records import CheckInKind
from app.field.visits.models import Visit
from app.ground.db.plans import one_of
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel


def check_in_facts(seen: Any = CheckIn) -> list[Label[Any]]:
    """What the check-ins of one visit say, as aggregates over them (V5); `seen` has the columns of check-ins."""
    arrival = seen.kind == CheckInKind.ARRIVAL.value
    return [
        func.bool_or(true()).label("checked_in"),
        func.bool_or(arrival).label("made"),
        func.bool_or(and_(arrival, seen.verdict == GeofenceVerdict.INSIDE.value)).label("arrived_inside"),
    ]


def status_case(facts: Any, today: ColumnElement[date]) -> ColumnElement[str]:
    """`rules.visit_status` in SQL, to filter by; `facts` has the columns of `rules.VisitFacts`."""
    return case(
        (facts.excused, VisitStatus.EXCUSED.value),
        (facts.arrived_inside, VisitStatus.VERIFIED.value),
        (or_(facts.checked_in, ~facts.planned), VisitStatus.UNVERIFIED.value),
        (facts.visit_date < today, VisitStatus.MISSED.value),
        else_=VisitStatus.PLANNED.value,
    )


def visit_facts(extent: Extent, deadlines: Deadlines, places: Places) -> CTE:
    """The visits of the extent, each with what its check-ins and orders say. One row a visit.

    `planned` are those of approved plans, not excused, that count at all (C7): see `accountability`.
    """
    visits = _visits(extent, deadlines, places)
    check_ins = _check_ins_by_visit(extent, visits)
    sold = _orders_at(extent, visits)
    covered = select(sold.c.business_date, sold.c.outlet_id).distinct().cte("covered")
    productive = (
        select(
            sold.c.business_date,
            sold.c.outlet_id,
            sold.c.rep_id,
            func.sum(sold.c.line_count).label("lines"),
            func.sum(sold.c.total_value).label("value"),
        )
        .where(sold.c.channel == OrderChannel.HANDHELD.value)
        .group_by(sold.c.business_date, sold.c.outlet_id, sold.c.rep_id)
        .cte("productive")
    )
    joined = (
        select(
            *visits.c,
            func.coalesce(check_ins.c.made, False).label("made"),
            func.coalesce(check_ins.c.arrived_inside, False).label("arrived_inside"),
            check_ins.c.first_arrival_at,
            check_ins.c.dwell_seconds,
            (check_ins.c.dwell_seconds > 0).label("stayed"),
            covered.c.outlet_id.is_not(None).label("covered"),
            productive.c.rep_id.is_not(None).label("productive"),
            productive.c.lines,
            productive.c.value,
        )
        .outerjoin(check_ins, _same_visit(visits, check_ins))
        .outerjoin(
            covered, and_(covered.c.business_date == visits.c.business_date, covered.c.outlet_id == visits.c.outlet_id)
        )
        .outerjoin(productive, _same_visit(visits, productive))
        .subquery("joined")
    )
    facts = select(*joined.c, _in_order(joined).label("in_order")).subquery("visits_of_days")
    # only now: a rep's day is in order as a whole, whichever of its outlets is asked for
    return select(*facts.c).where(extent.holds_outlet(facts.c.outlet_id)).cte("visit_facts")


def _visits(extent: Extent, deadlines: Deadlines, places: Places) -> CTE:
    recorded = (
        select(
            Visit.id,
            Visit.territory_id,
            Visit.rep_id,
            Visit.outlet_id,
            Visit.visit_date.label("business_date"),
            Visit.sequence,
            and_(Visit.approved_at.is_not(None), Visit.excused_at.is_(None)).label("agreed"),
        )
        .where(*extent.holds_day_of(Visit.territory_id, Visit.visit_date), extent.holds_rep(Visit.rep_id))
        .cte("visits_recorded")
    )
    cutoffs = cutoffs_of(extent, deadlines)
    of_cutoff = and_(
        cutoffs.c.territory_id == recorded.c.territory_id, cutoffs.c.business_date == recorded.c.business_date
    )
    joined: FromClause = recorded.outerjoin(cutoffs, of_cutoff)
    counts, homes = [recorded.c.agreed, cutoffs.c.at.is_not(None)], []
    masters: list[tuple[Any, Any, Collection[Spell]]] = [
        (Outlet, recorded.c.outlet_id, places.outlets),
        (Rep, recorded.c.rep_id, places.reps),
    ]
    for model, master_id, spells in masters:
        now = (
            select(model.id, model.active, model.territory_id)
            .where(one_of(model.id, select(master_id)))
            .subquery(f"{model.__tablename__}_now")
        )
        then = relation(spells, f"{model.__tablename__}_then")
        at_the_cutoff = and_(then.c.begin_at <= cutoffs.c.at, cutoffs.c.at < then.c.end_at)
        joined = joined.outerjoin(now, now.c.id == master_id).outerjoin(
            then, and_(then.c.id == master_id, at_the_cutoff)
        )
        counts.append(func.coalesce(then.c.active, now.c.active, True))
        homes.append(func.coalesce(then.c.territory_id, now.c.territory_id, recorded.c.territory_id))
    facts = [column for column in recorded.c if column.name != "agreed"]
    counts.append(homes[0] == homes[1])
    return select(*facts, and_(*counts).label("planned")).select_from(joined).cte("visits_of_extent")


def _check_ins_by_visit(extent: Extent, visits: CTE) -> CTE:
    """By rep, not by territory: a visit is its rep's, wherever the rep belonged when the check-in came."""
    visit = [CheckIn.rep_id, CheckIn.business_date, CheckIn.outlet_id]
    in_turn: Any = {"partition_by": visit, "order_by": [CheckIn.corrected_at, CheckIn.id]}
    seen = (
        select(
            *visit,
            CheckIn.kind,
            CheckIn.verdict,
            CheckIn.corrected_at,
            func.lag(CheckIn.kind).over(**in_turn).label("kind_before"),
            (CheckIn.corrected_at - func.lag(CheckIn.corrected_at).over(**in_turn)).label("since"),
        )
        .where(
            extent.holds_day(CheckIn.business_date),
            one_of(CheckIn.rep_id, select(visits.c.rep_id)),
        )
        .subquery("check_ins_in_turn")
    )
    arrival, departure = (seen.c.kind == kind.value for kind in (CheckInKind.ARRIVAL, CheckInKind.DEPARTURE))
    stay = and_(departure, seen.c.kind_before == CheckInKind.ARRIVAL.value)
    return (
        select(
            seen.c.rep_id,
            seen.c.business_date,
            seen.c.outlet_id,
            *check_in_facts(seen.c),
            func.min(seen.c.corrected_at).filter(arrival).label("first_arrival_at"),
            func.floor(extract("epoch", func.sum(seen.c.since).filter(stay))).label("dwell_seconds"),
        )
        .group_by(seen.c.rep_id, seen.c.business_date, seen.c.outlet_id)
        .cte("check_ins_of_visits")
    )


def _orders_at(extent: Extent, visits: CTE) -> CTE:
    """The orders of the visited outlets, by any channel and of anyone: those cover a visit (O5)."""
    return (
        select(Order.business_date, Order.outlet_id, Order.rep_id, Order.channel, Order.line_count, Order.total_value)
        .where(
            extent.holds_day(Order.business_date),
            one_of(Order.outlet_id, select(visits.c.outlet_id)),
            Order.cancelled_at.is_(None),
        )
        .cte("orders_at_outlets")
    )


def _same_visit(visits: CTE, other: CTE) -> ColumnElement[bool]:
    return and_(
        other.c.business_date == visits.c.business_date,
        other.c.rep_id == visits.c.rep_id,
        other.c.outlet_id == visits.c.outlet_id,
    )


def _in_order(facts: Subquery) -> ColumnElement[bool]:
    """`reference.made_in_planned_order` in SQL.

    By territory: the figure of one must not hang on which others are asked for.
    """
    counts = and_(facts.c.planned, facts.c.made)
    before = func.lag(facts.c.sequence).over(
        partition_by=[facts.c.territory_id, facts.c.rep_id, facts.c.business_date, counts],
        order_by=[facts.c.first_arrival_at, facts.c.sequence],
    )
    return and_(counts, func.coalesce(before <= facts.c.sequence, True))
