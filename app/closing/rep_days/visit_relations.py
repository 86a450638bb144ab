"""The visits of reps' days with what was recorded of them, as relations.

Each is made by look-ups (`OFFSET 0`, arrays) that the planner must not turn into joins: it takes a day for a few rows.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Label, Select, Subquery, and_, func, select, true

from app.closing.compliance.visit_facts import check_in_facts
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.closing.rep_days.asked import on_dates
from app.field.check_ins.models import CheckIn
from app.field.check_ins.records import CheckInKind
from app.field.visits.models import Visit
from app.ground.db.plans import one_of
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.motivation.points.rules import PROVISIONAL_FOR
from app.motivation.points.visit_penalties import may_be_taken_back
from app.sales.orders.models import Order
from app.sales.orders.rules import OrderChannel


def visits_of(asked: CTE) -> CTE:
    """The visits of each line that was asked for, and whether its rep and outlet belong together as they are now."""
    columns = (Visit.territory_id, Visit.visit_date, Visit.id, Visit.outlet_id, Visit.sequence, Visit.expected_at)
    found_there = (
        select(*columns, Visit.approved_at, Visit.excused_at)
        .where(
            on_dates(Visit.visit_date),
            Visit.visit_date == asked.c.business_date,
            Visit.rep_id == asked.c.rep_id,
        )
        .offset(0)
        .lateral("visits_there")
    )
    visits = (
        select(
            asked.c.territory_id,
            asked.c.rep_id,
            asked.c.today,
            found_there.c.visit_date,
            found_there.c.id,
            found_there.c.outlet_id,
            found_there.c.sequence,
            found_there.c.expected_at,
            found_there.c.approved_at.is_not(None).label("planned"),
            found_there.c.excused_at.is_not(None).label("excused"),
        )
        .select_from(asked)
        .join(found_there, found_there.c.territory_id == asked.c.territory_id)
        .cte("visits_of_lines")
        .prefix_with("MATERIALIZED")
    )
    outlets = (
        select(Outlet.id, Outlet.code, Outlet.name, Outlet.active, Outlet.territory_id)
        .where(one_of(Outlet.id, select(visits.c.outlet_id)))
        .cte("outlets_of_visits")
        .prefix_with("MATERIALIZED")
    )
    reps = (
        select(Rep.id, Rep.active, Rep.territory_id)
        .where(one_of(Rep.id, select(visits.c.rep_id)))
        .cte("reps_of_visits")
        .prefix_with("MATERIALIZED")
    )
    belongs = and_(outlets.c.active, reps.c.active, outlets.c.territory_id == reps.c.territory_id)
    return (
        select(*visits.c, *_named(outlets), belongs.label("belongs"))
        .join(outlets, outlets.c.id == visits.c.outlet_id)
        .join(reps, reps.c.id == visits.c.rep_id)
        .cte("visits_known")
        .prefix_with("MATERIALIZED")
    )


def check_ins_of(asked: CTE) -> CTE:
    """The check-ins of each rep's day, wherever."""
    reps = _reps_of(asked)
    columns = (CheckIn.rep_id, CheckIn.business_date, CheckIn.outlet_id, CheckIn.kind, CheckIn.verdict)
    there = select(*columns, CheckIn.corrected_at).where(*_of_day(reps)).offset(0)
    return _looked_up(reps, there, "check_ins_of_reps")


def newest_of(asked: CTE) -> CTE:
    """The newest check-in of each rep's day, by the index: to sort them all takes ten times as long."""
    reps = _reps_of(asked)
    columns = (CheckIn.rep_id, CheckIn.business_date, CheckIn.outlet_id, CheckIn.kind, CheckIn.verdict)
    there = select(*columns, CheckIn.distance_m, CheckIn.corrected_at).where(*_of_day(reps))
    last = (CheckIn.corrected_at.desc(), CheckIn.id.desc())
    return _looked_up(reps, there.order_by(*last).limit(1), "newest")


def _reps_of(asked: CTE) -> Subquery:
    return select(asked.c.rep_id, asked.c.business_date).distinct().subquery("reps")


def _of_day(reps: Subquery) -> tuple[ColumnElement[bool], ...]:
    return (
        on_dates(CheckIn.business_date),
        CheckIn.business_date == reps.c.business_date,
        CheckIn.rep_id == reps.c.rep_id,
    )


def _looked_up(reps: Subquery, of_rep: Select[*tuple[Any, ...]], name: str) -> CTE:
    there = of_rep.lateral("there")
    return select(*there.c).select_from(reps).join(there, true()).cte(name).prefix_with("MATERIALIZED")


def facts_of(asked: CTE, check_ins: CTE, at: Any) -> CTE:
    """The visits of the lines with every column that `visit_counts.counts_as` needs, and when the rep arrived first."""
    visits = visits_of(asked)
    arrivals = _made(check_ins)
    sold = (
        select(Order.business_date, Order.outlet_id, Order.rep_id, Order.channel)
        .where(
            on_dates(Order.business_date),
            one_of(Order.outlet_id, select(visits.c.outlet_id)),
            Order.cancelled_at.is_(None),
        )
        .cte("sold")
        .prefix_with("MATERIALIZED")
    )
    covered = _distinct(select(sold.c.business_date, sold.c.outlet_id), "covered")
    productive = _distinct(
        select(sold.c.business_date, sold.c.outlet_id, sold.c.rep_id).where(
            sold.c.channel == OrderChannel.HANDHELD.value
        ),
        "productive",
    )
    flagged = _flagged(asked, at)
    same_outlet = [covered.c.business_date == visits.c.visit_date, covered.c.outlet_id == visits.c.outlet_id]
    return (
        select(
            *visits.c,
            arrivals.c.arrived_at,
            func.coalesce(arrivals.c.made, False).label("made"),
            func.coalesce(arrivals.c.arrived_inside, False).label("arrived_inside"),
            covered.c.outlet_id.is_not(None).label("covered"),
            productive.c.outlet_id.is_not(None).label("productive"),
            flagged.c.visit_id.is_not(None).label("flagged"),
            func.coalesce(flagged.c.provisional, False).label("provisional"),
        )
        .outerjoin(arrivals, _same_visit(visits, arrivals))
        .outerjoin(covered, and_(*same_outlet))
        .outerjoin(productive, _same_visit(visits, productive))
        .outerjoin(flagged, flagged.c.visit_id == visits.c.id)
        .cte("facts")
        .prefix_with("MATERIALIZED")
    )


def _made(check_ins: CTE) -> CTE:
    of_visit = [check_ins.c.rep_id, check_ins.c.business_date, check_ins.c.outlet_id]
    arrival = check_ins.c.kind == CheckInKind.ARRIVAL.value
    arrived_at = func.min(check_ins.c.corrected_at).filter(arrival).label("arrived_at")
    return select(*of_visit, arrived_at, *check_in_facts(check_ins.c)).group_by(*of_visit).cte("made")


def _flagged(asked: CTE, at: Any) -> CTE:
    """What the runs of the lines' days have flagged, and whether any of it may be taken back."""
    of_days = select(asked.c.territory_id, asked.c.business_date).distinct().subquery("of_days")
    runs = (
        select(CutoffRun.id, CutoffRun.business_date, CutoffRun.cutoff_at)
        .join(
            of_days,
            and_(of_days.c.territory_id == CutoffRun.territory_id, of_days.c.business_date == CutoffRun.business_date),
        )
        .where(CutoffRun.voided_at.is_(None))
        .cte("runs")
        .prefix_with("MATERIALIZED")
    )
    by_run = (
        select(MissingOrder.visit_id, MissingOrder.rep_id)
        .where(
            on_dates(MissingOrder.business_date),
            MissingOrder.business_date == runs.c.business_date,
            MissingOrder.run_id == runs.c.id,
        )
        .offset(0)
        .lateral("missing_of_run")
    )
    missing = (
        select(by_run.c.visit_id, runs.c.cutoff_at)
        .select_from(runs)
        .join(by_run, true())
        .where(by_run.c.rep_id.in_(select(asked.c.rep_id)))
        .cte("missing")
        .prefix_with("MATERIALIZED")
    )
    provisional = may_be_taken_back(missing.c.visit_id, missing.c.cutoff_at >= at - PROVISIONAL_FOR)
    return select(missing.c.visit_id, provisional.label("provisional")).cte("flagged").prefix_with("MATERIALIZED")


def _named(outlets: CTE) -> list[Label[Any]]:
    return [outlets.c.code.label("outlet_code"), outlets.c.name.label("outlet_name")]


def _distinct(rows: Any, name: str) -> CTE:
    distinct: CTE = rows.distinct().cte(name)
    return distinct


def _same_visit(visits: CTE, other: CTE) -> Any:
    return and_(
        other.c.business_date == visits.c.visit_date,
        other.c.rep_id == visits.c.rep_id,
        other.c.outlet_id == visits.c.outlet_id,
    )
