"""Items of what outlets order: orders and what became of them, words about no order, forms that were refused."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from app.closing.call_tasks.models import CallTask
from app.doors.timelines.reading import (
    FOR_OPERATOR,
    LAST_DAY,
    OUTLET_ID,
    in_order,
    money,
    newest,
    of_span,
    record,
    told,
    within,
    word,
)
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.models import NoOrderReport, Order, OrderRefusal, OrderVersion

_CODES = cast("$[*].code", JSONPATH)


def order_in_sight() -> ColumnElement[bool]:
    """Whether an operator reads the outlet's orders: where it has a call task (`orders.sight`). Others do."""
    tasks = select(CallTask.id).where(CallTask.outlet_id == OUTLET_ID, within(CallTask.territory_id))
    return or_(~FOR_OPERATOR, tasks.exists())


def orders() -> Select[*tuple[Any, ...]]:
    """Accepted orders when they were captured, by whatever door: what they said then, and how they stand."""
    records = record(
        Order.outlet_id == OUTLET_ID,
        of_span(Order.business_date),
        order_in_sight(),
        at=Order.corrected_at,
        title="order_accepted",
        id_=Order.id,
        business_date=Order.business_date,
        rep_id=Order.rep_id,
        actor=Order.placed_by,
        channel=Order.channel,
        total_value=Order.total_value,
        line_count=Order.line_count,
        delivery_date=Order.delivery_date,
        version=Order.version,
        cancelled=Order.cancelled_at.is_not(None),
    )
    rows = newest(records)
    as_placed = (
        select(OrderVersion.total_value)
        .where(OrderVersion.business_date == rows.c.business_date, cast(OrderVersion.order_id, Text) == rows.c.id)
        .where(OrderVersion.version == 1)
        .correlate(rows)
        .scalar_subquery()
    )
    return told(
        rows,
        channel=rows.c.channel,
        value=money(case((rows.c.version > 1, func.coalesce(as_placed, rows.c.total_value)), else_=rows.c.total_value)),
        lines=rows.c.line_count,
        delivery_date=rows.c.delivery_date,
        version=rows.c.version,
        cancelled=rows.c.cancelled,
    )


def order_changes() -> Select[*tuple[Any, ...]]:
    """Amendments and cancellations when they were in the system, however long after the order's day.

    Operators read an order as it stands, and no versions of it: that it was cancelled is all that they are told.
    """
    cancelled = OrderVersion.change == OrderChangeKind.CANCELLED.value
    records = record(
        Order.outlet_id == OUTLET_ID,
        Order.business_date <= LAST_DAY,
        Order.version > 1,
        OrderVersion.change != OrderChangeKind.PLACED.value,
        or_(cancelled, ~FOR_OPERATOR),
        order_in_sight(),
        at=OrderVersion.received_at,
        title=case((cancelled, word("order_cancelled")), else_=word("order_amended")),
        id_=Order.id,
        key=func.concat(Order.id, word(":"), in_order(OrderVersion.version)),
        business_date=Order.business_date,
        rep_id=Order.rep_id,
        actor=OrderVersion.changed_by,
        channel=Order.channel,
        total_value=OrderVersion.total_value,
        version=OrderVersion.version,
    )
    of_order = and_(OrderVersion.business_date == Order.business_date, OrderVersion.order_id == Order.id)
    rows = newest(records.join(OrderVersion, of_order))
    return told(rows, channel=rows.c.channel, value=money(rows.c.total_value), version=rows.c.version)


def no_orders() -> Select[*tuple[Any, ...]]:
    """Reps' words that there was no order, and why."""
    records = record(
        NoOrderReport.outlet_id == OUTLET_ID,
        of_span(NoOrderReport.business_date),
        within(NoOrderReport.territory_id),
        at=NoOrderReport.corrected_at,
        title="no_order_reported",
        id_=NoOrderReport.id,
        business_date=NoOrderReport.business_date,
        rep_id=NoOrderReport.rep_id,
        reason_code=NoOrderReport.reason_code,
    )
    rows = newest(records)
    return told(rows, reason_code=rows.c.reason_code)


def refusals() -> Select[*tuple[Any, ...]]:
    """Forms that were refused when they came (O2), each content of an id once."""
    records = record(
        OrderRefusal.outlet_id == OUTLET_ID,
        at=OrderRefusal.received_at,
        title="order_refused",
        id_=OrderRefusal.id,
        key=func.concat(OrderRefusal.id, word(":"), func.encode(OrderRefusal.digest, word("hex"))),
        business_date=OrderRefusal.business_date,
        rep_id=OrderRefusal.rep_id,
        actor=OrderRefusal.placed_by,
        channel=OrderRefusal.channel,
        problems=OrderRefusal.problems,
        stands=OrderRefusal.stands(),
    )
    rows = newest(records)
    codes = func.jsonb_path_query_array(rows.c.problems, _CODES, type_=JSONB)
    return told(rows, channel=rows.c.channel, problems=codes, accepted_since=~rows.c.stands)
