"""Who may see, and who may change, which orders: record by record, as conditions on `Order` (decision 52)."""

from sqlalchemy import ColumnElement, Date, DateTime, Integer, column, false, or_, select, table
from sqlalchemy.orm import aliased

from app.ground.web.access import Caller, CallerKind, Role, Scope
from app.masters.outlets.models import Outlet
from app.sales.orders.models import Order

# Their owners stand above: here they only tell what brings an order into somebody's sight.
_VISIT = table(
    "visits",
    column("visit_date", Date),
    column("rep_id", Integer),
    column("outlet_id", Integer),
    column("approved_at", DateTime(timezone=True)),
)
_CALL_TASK = table("call_tasks", column("outlet_id", Integer), column("territory_id", Integer))


def orders_in_sight(caller: Caller) -> list[ColumnElement[bool]]:
    """What a single order must be for the caller to see it, by itself or within another record.

    A device sees its rep's orders, and those that cover a visit of its rep's approved plan (O5). A supervisor sees
    those of the own territories and those of outlets that have come to them since, an operator those of them whose
    outlet has a call task, an integration client with `orders:read` all, without it none.
    """
    if caller.rep_id is not None:
        return [or_(Order.rep_id == caller.rep_id, _covers_a_planned_visit(caller.rep_id))]
    conditions = _opened_to(caller)
    if caller.territory_ids is not None:
        outlet = aliased(Outlet)
        taken_over = select(outlet.id).where(
            outlet.id == Order.outlet_id, outlet.territory_id.in_(caller.territory_ids)
        )
        conditions.append(or_(Order.territory_id.in_(caller.territory_ids), taken_over.exists()))
    return conditions


def listed_orders(caller: Caller) -> list[ColumnElement[bool]]:
    """What the orders of a list must be: a device lists its rep's own, staff those of the territories."""
    if caller.rep_id is not None:
        return [Order.rep_id == caller.rep_id]
    conditions = _opened_to(caller)
    if caller.territory_ids is not None:
        conditions.append(Order.territory_id.in_(caller.territory_ids))
    return conditions


def orders_to_change(caller: Caller) -> list[ColumnElement[bool]]:
    """What a single order must be for the caller to amend or cancel it, where the route admits the caller.

    Nobody changes what they cannot read. A client that may write and not read has its own orders alone.
    """
    if caller.kind is CallerKind.CLIENT and Scope.ORDERS_READ not in caller.scopes:
        return [Order.placed_by == caller.actor]
    return listed_orders(caller)


def _opened_to(caller: Caller) -> list[ColumnElement[bool]]:
    """What scope and role open, in whatever territories."""
    if caller.kind is CallerKind.CLIENT and Scope.ORDERS_READ not in caller.scopes:
        return [false()]
    return [_has_a_call_task(caller)] if caller.role is Role.OPERATOR else []


def _covers_a_planned_visit(rep_id: int) -> ColumnElement[bool]:
    visit = _VISIT.c
    return (
        select(visit.rep_id)
        .where(
            visit.visit_date == Order.business_date,
            visit.rep_id == rep_id,
            visit.outlet_id == Order.outlet_id,
            visit.approved_at.is_not(None),
        )
        .exists()
    )


def _has_a_call_task(caller: Caller) -> ColumnElement[bool]:
    tasks = select(_CALL_TASK.c.outlet_id).where(_CALL_TASK.c.outlet_id == Order.outlet_id)
    if caller.territory_ids is not None:
        tasks = tasks.where(_CALL_TASK.c.territory_id.in_(caller.territory_ids))
    return tasks.exists()
