"""Task cards as they leave."""

from app.closing.call_tasks.service import CallOutcome, CallTaskStatus, TaskCounts
from app.doors.call_centre.schemas import (
    CallAnswer,
    CallTaskAnswer,
    CallTaskOutletAnswer,
    CallTaskSummaryAnswer,
    DoneTasksAnswer,
    PastOrderAnswer,
    PastOrderLineAnswer,
    RepReasonAnswer,
)
from app.doors.call_centre.service import TaskCard
from app.masters.outlets.terms_schemas import MustStockAnswer
from app.sales.orders.rules import OrderChannel
from app.sales.orders.schemas import SuggestedLineAnswer


def answer_of(card: TaskCard) -> CallTaskAnswer:
    """A call task with everything around it."""
    task, context = card.task, card.context
    return CallTaskAnswer(
        id=task.id,
        territory_code=context.territory_code,
        business_date=task.business_date,
        due_at=task.due_at,
        status=CallTaskStatus(task.status),
        attempts=task.attempts,
        available_at=task.available_at,
        claimed_by=context.claimed_by,
        claimed_at=task.claimed_at,
        outcome=None if task.outcome is None else CallOutcome(task.outcome),
        reason_code=task.reason_code,
        comment=task.comment,
        order_id=task.order_id,
        finished_at=task.finished_at,
        covered_by_order_id=context.covered_by_order_id,
        excused=context.excused,
        outlet=_outlet(card),
        reps_reason=_reps_reason(card),
        recent_orders=_recent_orders(card),
        suggested_lines=[
            SuggestedLineAnswer(product_code=line.product_code, quantity=line.quantity) for line in card.suggested_lines
        ],
        calls=_calls(card),
    )


def summary_of(counts: TaskCounts) -> CallTaskSummaryAnswer:
    """How a day's tasks stand."""
    done = counts.done
    return CallTaskSummaryAnswer(
        total=counts.total,
        open=counts.open,
        resting=counts.resting,
        claimed=counts.claimed,
        overdue=counts.overdue,
        done=DoneTasksAnswer(
            order_taken=done[CallOutcome.ORDER_TAKEN],
            no_order=done[CallOutcome.NO_ORDER],
            no_answer=done[CallOutcome.NO_ANSWER],
            wrong_number=done[CallOutcome.WRONG_NUMBER],
        ),
        cancelled=counts.cancelled,
        expired=counts.expired,
        next_due_at=counts.next_due_at,
        next_available_at=counts.next_available_at,
    )


def _outlet(card: TaskCard) -> CallTaskOutletAnswer:
    context = card.context
    return CallTaskOutletAnswer(
        code=context.outlet_code,
        name=context.outlet_name,
        phone=context.phone,
        address=context.address,
        channel=context.trade_channel,
        order_due_time=context.order_due_time,
        min_order_value=context.min_order_value,
        credit_hold=context.credit_hold,
        must_stock=[MustStockAnswer.model_validate(item) for item in context.must_stock],
    )


def _reps_reason(card: TaskCard) -> RepReasonAnswer | None:
    context = card.context
    if context.rep_code is None or context.reason_code is None:
        return None
    return RepReasonAnswer(
        rep_code=context.rep_code,
        reason_code=context.reason_code,
        label=context.reason_label,
        comment=context.reason_comment or "",
    )


def _recent_orders(card: TaskCard) -> list[PastOrderAnswer]:
    return [
        PastOrderAnswer(
            id=order.id,
            business_date=order.business_date,
            channel=OrderChannel(order.channel),
            total_value=order.total_value,
            lines=[
                PastOrderLineAnswer(product_code=line.product_code, quantity=line.quantity, unit_price=line.unit_price)
                for line in order.lines
            ],
        )
        for order in card.recent_orders
    ]


def _calls(card: TaskCard) -> list[CallAnswer]:
    return [
        CallAnswer(
            told_at=call.told_at,
            operator=card.operators[call.operator_id],
            outcome=CallOutcome(call.outcome),
            reason_code=call.reason_code,
            comment=call.comment,
            call_back_at=call.call_back_at,
            order_id=call.order_id,
        )
        for call in card.calls
    ]
