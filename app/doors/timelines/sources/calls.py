"""Items of the end of the day: orders that were missing at the cutoff, and the calls that came of them."""

from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, true

from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.call_tasks.rules import CallTaskStatus
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.doors.timelines.reading import OUTLET_ID, in_order, instant, newest, of_span, record, told, within, word
from app.masters.identity.models import User


def missing_orders() -> Select[*tuple[Any, ...]]:
    """What runs that stand have flagged, at the cutoff, with the last step of what became of it (C3, C4)."""
    records = record(
        MissingOrder.outlet_id == OUTLET_ID,
        of_span(MissingOrder.business_date),
        within(CutoffRun.territory_id),
        at=CutoffRun.cutoff_at,
        title="order_missing",
        id_=MissingOrder.visit_id,
        business_date=MissingOrder.business_date,
        rep_id=MissingOrder.rep_id,
        visit_id=MissingOrder.visit_id,
        run_id=CutoffRun.id,
        cause=MissingOrder.cause,
        no_order_reason=MissingOrder.no_order_reason,
        provisional=MissingOrder.provisional,
        supplement=MissingOrder.supplement,
    )
    rows = newest(records.join(CutoffRun, and_(CutoffRun.id == MissingOrder.run_id, CutoffRun.voided_at.is_(None))))
    step = MissingOrderResolution
    last_step = (
        select(step.outcome, step.order_id, step.resolved_at)
        .where(step.business_date == rows.c.business_date, step.visit_id == rows.c.visit_id)
        .order_by(step.step.desc())
        .limit(1)
        .lateral("last_step")
    )
    items = told(
        rows,
        cutoff_run_id=rows.c.run_id,
        cause=rows.c.cause,
        no_order_reason=rows.c.no_order_reason,
        provisional=rows.c.provisional,
        supplement=rows.c.supplement,
        resolution=last_step.c.outcome,
        resolved_at=instant(last_step.c.resolved_at),
        order_id=last_step.c.order_id,
    )
    return items.select_from(rows.outerjoin(last_step, true()))


def opened_tasks() -> Select[*tuple[Any, ...]]:
    """Call tasks when they were opened, and how they stand."""
    records = record(
        CallTask.outlet_id == OUTLET_ID,
        of_span(CallTask.business_date),
        within(CallTask.territory_id),
        # of tasks that opened before that was noted: when they could be phoned last
        at=func.coalesce(CallTask.opened_at, func.least(CallTask.available_at, CallTask.due_at)),
        title="call_task_opened",
        id_=CallTask.id,
        business_date=CallTask.business_date,
        status=CallTask.status,
        attempts=CallTask.attempts,
        due_at=CallTask.due_at,
    )
    rows = newest(records)
    return told(rows, status=rows.c.status, attempts=rows.c.attempts, due_at=instant(rows.c.due_at))


def call_attempts() -> Select[*tuple[Any, ...]]:
    """What operators told of calls."""
    records = record(
        CallTask.outlet_id == OUTLET_ID,
        of_span(CallTask.business_date),
        within(CallTask.territory_id),
        at=CallAttempt.told_at,
        title="call_made",
        id_=CallTask.id,
        key=in_order(CallAttempt.id),
        business_date=CallTask.business_date,
        actor=word("user:") + User.username,
        outcome=CallAttempt.outcome,
        reason_code=CallAttempt.reason_code,
        call_back_at=CallAttempt.call_back_at,
        order_id=CallAttempt.order_id,
    )
    rows = newest(
        records.join(CallAttempt, CallAttempt.task_id == CallTask.id).join(User, User.id == CallAttempt.operator_id)
    )
    return told(
        rows,
        outcome=rows.c.outcome,
        reason_code=rows.c.reason_code,
        call_back_at=instant(rows.c.call_back_at),
        order_id=rows.c.order_id,
    )


def ended_tasks() -> Select[*tuple[Any, ...]]:
    """Call tasks that ended with no call: at their deadline, or when the order came."""
    expired, cancelled = (
        CallTask.status == status.value for status in (CallTaskStatus.EXPIRED, CallTaskStatus.CANCELLED)
    )
    records = record(
        CallTask.outlet_id == OUTLET_ID,
        of_span(CallTask.business_date),
        or_(expired, cancelled),
        within(CallTask.territory_id),
        # once its deadline has passed it is over, whenever that is noted
        at=case((expired, CallTask.due_at), else_=func.least(CallTask.finished_at, CallTask.due_at)),
        title=case((expired, word("call_task_expired")), else_=word("call_task_cancelled")),
        id_=CallTask.id,
        business_date=CallTask.business_date,
        attempts=CallTask.attempts,
        order_id=CallTask.order_id,
    )
    rows = newest(records)
    return told(rows, attempts=rows.c.attempts, order_id=rows.c.order_id)
