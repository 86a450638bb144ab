"""Call tasks with what compliance asks of them: whether an order was taken, and whose visit they made good."""

from sqlalchemy import CTE, and_, func, select

from app.closing.call_tasks.models import CallTask
from app.closing.call_tasks.rules import CallOutcome
from app.closing.compliance.visit_facts import Extent
from app.closing.cutoff.models import MissingOrder
from app.ground.db.plans import one_of


def task_facts(extent: Extent) -> CTE:
    """The call tasks of the extent. One belongs to the rep whose visit it makes good; of several, to the first."""
    tasks = (
        select(
            CallTask.id,
            CallTask.territory_id,
            CallTask.outlet_id,
            CallTask.business_date,
            (CallTask.outcome == CallOutcome.ORDER_TAKEN.value).label("recovered"),
        )
        .where(
            extent.holds_day(CallTask.business_date),
            extent.holds_territory(CallTask.territory_id),
            extent.holds_outlet(CallTask.outlet_id),
        )
        .cte("tasks_of_extent")
    )
    missed_by = (
        select(MissingOrder.business_date, MissingOrder.outlet_id, func.min(MissingOrder.rep_id).label("rep_id"))
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
    return facts.where(extent.holds_rep(missed_by.c.rep_id)).cte("task_facts")
