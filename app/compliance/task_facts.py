"""Call tasks with what compliance asks of them: whether an order was taken, and whose visit they made good."""

from sqlalchemy import CTE, and_, func, select

from app.call_tasks.models import CallTask
from app.call_tasks.rules import Outcome
from app.compliance.facts import Extent
from app.cutoff.models import MissingOrder


def task_facts(extent: Extent) -> CTE:
    """The call tasks of the extent. One belongs to the rep whose visit it makes good; of several, to the first."""
    wanted = select(
        CallTask.id,
        CallTask.territory_id,
        CallTask.outlet_id,
        CallTask.business_date,
        (CallTask.outcome == Outcome.ORDER_TAKEN.value).label("recovered"),
    ).where(CallTask.business_date.between(extent.first, extent.last), CallTask.territory_id.in_(extent.territory_ids))
    if extent.outlet_id is not None:
        wanted = wanted.where(CallTask.outlet_id == extent.outlet_id)
    tasks = wanted.cte("tasks_of_extent")
    missed_by = (
        select(MissingOrder.business_date, MissingOrder.outlet_id, func.min(MissingOrder.rep_id).label("rep_id"))
        .where(
            MissingOrder.business_date.between(extent.first, extent.last),
            MissingOrder.outlet_id.in_(select(tasks.c.outlet_id).distinct()),
        )
        .group_by(MissingOrder.business_date, MissingOrder.outlet_id)
        .cte("missed_by")
    )
    facts = select(*tasks.c, missed_by.c.rep_id).outerjoin(
        missed_by,
        and_(missed_by.c.business_date == tasks.c.business_date, missed_by.c.outlet_id == tasks.c.outlet_id),
    )
    if extent.rep_id is not None:
        facts = facts.where(missed_by.c.rep_id == extent.rep_id)
    return facts.cte("task_facts")
