"""Who may see which deliveries, and what became of which orders, as conditions (decision 52)."""

from sqlalchemy import ColumnElement, Subquery, or_, select
from sqlalchemy.orm import aliased

from app.ground.web.access import Caller, CallerKind
from app.masters.outlets.models import Outlet
from app.sales.deliveries.models import Delivery
from app.sales.orders.sight import listed_orders, orders_in_sight


def deliveries_in_sight(caller: Caller) -> list[ColumnElement[bool]]:
    """What a single delivery must be for the caller to see it.

    A device sees those of its rep's orders, and those for outlets that its rep looks after. A supervisor sees those of
    the own territories and those of outlets that have come to them since; integration clients, where the route admits
    them, all.
    """
    outlet = aliased(Outlet)
    its_outlet = select(outlet.id).where(outlet.id == Delivery.outlet_id)
    if caller.rep_id is not None:
        looked_after = outlet.rep_id == caller.rep_id, outlet.territory_id.in_(caller.territory_ids or ())
        return [or_(Delivery.rep_id == caller.rep_id, its_outlet.where(*looked_after).exists())]
    if caller.territory_ids is None:
        return []
    taken_over = its_outlet.where(outlet.territory_id.in_(caller.territory_ids))
    return [or_(Delivery.territory_id.in_(caller.territory_ids), taken_over.exists())]


def listed_deliveries(caller: Caller) -> list[ColumnElement[bool]]:
    """What the deliveries of a list must be: a device lists as many as it sees, staff those of the territories."""
    if caller.rep_id is not None or caller.territory_ids is None:
        return deliveries_in_sight(caller)
    return [Delivery.territory_id.in_(caller.territory_ids)]


def outlets_looked_after(caller: Caller) -> Subquery:
    """The outlets whose deliveries a device lists, by their ids."""
    of_rep = Outlet.rep_id == caller.rep_id, Outlet.territory_id.in_(caller.territory_ids or ())
    return select(Outlet.id).where(*of_rep).subquery("looked_after")


def fulfilments_in_sight(caller: Caller) -> list[ColumnElement[bool]]:
    """What an order must be for the caller to see what became of it: who reads deliveries need not read orders."""
    return [] if caller.kind is CallerKind.CLIENT else orders_in_sight(caller)


def listed_fulfilments(caller: Caller) -> list[ColumnElement[bool]]:
    """The same for a list."""
    return [] if caller.kind is CallerKind.CLIENT else listed_orders(caller)


def orders_to_decide(caller: Caller) -> list[ColumnElement[bool]]:
    """What an order must be for the caller to say who answers: it is of an own territory."""
    return listed_orders(caller)
