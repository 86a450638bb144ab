"""Call tasks with what compliance asks of them: whether an order was taken, and whose visit they made good."""

from sqlalchemy import CTE, and_, func, select

from app.closing.call_tasks.models import CallTask
from app.closing.call_tasks.rules import CallOutcome
from app.closing.compliance.deadline_relations import void_days
from app.closing.compliance.extents import Extent
from app.closing.cutoff.models import CutoffRun, MissingOrder
from app.ground.db.plans import one_of


def task_facts(extent: Extent) -> CTE:
    """The call tasks of the extent. One belongs to the rep whose visit it makes good; of several, to the first.

    What a void run had phoned counts for nobody (C9): no call of a day that was not closed anew, and none whose outlet
    the new run does not miss.
    """
    void = void_days(extent, "void_days_of_tasks")
    tasks = (
        select(
            CallTask.id,
            CallTask.territory_id,
            CallTask.outlet_id,
            CallTask.business_date,
            (CallTask.outcome == CallOutcome.ORDER_TAKEN.value).label("recovered"),
        )
        .outerjoin(
            void, and_(void.c.territory_id == CallTask.territory_id, void.c.business_date == CallTask.business_date)
        )
        .where(
            *extent.holds_day_of(CallTask.territory_id, CallTask.business_date),
            extent.holds_outlet(CallTask.outlet_id),
            void.c.territory_id.is_(None),
        )
        .cte("tasks_of_extent")
    )
    in_force = CutoffRun.voided_at.is_(None)
    missed_by = (
        select(
            MissingOrder.business_date,
            MissingOrder.outlet_id,
            func.min(MissingOrder.rep_id).filter(in_force).label("rep_id"),
            func.bool_or(in_force).label("by_standing_run"),
        )
        .outerjoin(CutoffRun, CutoffRun.id == MissingOrder.run_id)
        .where(
            extent.holds_day(MissingOrder.business_date),
            one_of(MissingOrder.outlet_id, select(tasks.c.outlet_id)),
        )
        .group_by(MissingOrder.business_date, MissingOrder.outlet_id)
        .cte("missed_by")
    )
    facts = select(*tasks.c, missed_by.c.rep_id).outerjoin(
        missed_by,
        and_(missed_by.c.business_date == tasks.c.business_date, missed_by.c.outlet_id == tasks.c.outlet_id),
    )
    flagged = func.coalesce(missed_by.c.by_standing_run, True)
    return facts.where(extent.holds_rep(missed_by.c.rep_id), flagged).cte("task_facts")
