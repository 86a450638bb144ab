"""Who may see which returns, as conditions (decision 52)."""

from sqlalchemy import ColumnElement, Subquery, or_, select, union
from sqlalchemy.orm import aliased

from app.ground.web.access import Caller
from app.masters.outlets.models import Outlet
from app.sales.deliveries.models import Delivery
from app.sales.returns.attribution import IS_LINE_OF_RETURN, REP_ID
from app.sales.returns.models import Return, ReturnLine


def returns_in_sight(caller: Caller) -> list[ColumnElement[bool]]:
    """What a single return must be for the caller to see it.

    A device sees those of which a line belongs to its rep, and those of outlets that its rep looks after. A supervisor
    sees those of the own territories and those of outlets that have come to them since; integration clients, where the
    route admits them, all.
    """
    outlet = aliased(Outlet)
    its_outlet = select(outlet.id).where(outlet.id == Return.outlet_id)
    if caller.rep_id is not None:
        looked_after = outlet.rep_id == caller.rep_id, outlet.territory_id.in_(caller.territory_ids or ())
        return [or_(its_outlet.where(*looked_after).exists(), _has_line_of(caller.rep_id))]
    if caller.territory_ids is None:
        return []
    taken_over = its_outlet.where(outlet.territory_id.in_(caller.territory_ids))
    return [or_(Return.territory_id.in_(caller.territory_ids), taken_over.exists())]


def listed_returns(caller: Caller) -> list[ColumnElement[bool]]:
    """What the returns of a list must be: a device lists as many as it sees, staff those of the territories."""
    if caller.rep_id is not None:
        # says nothing new, but lets the outlets' index find the few that can be
        return [Return.outlet_id.in_(select(outlets_of_rep(caller.rep_id).c.id)), *returns_in_sight(caller)]
    if caller.territory_ids is None:
        return []
    return [Return.territory_id.in_(caller.territory_ids)]


def outlets_of_rep(rep_id: int) -> Subquery:
    """Where returns that a device sees can be: outlets that its rep looks after, and those that its orders went to."""
    looked_after = select(Outlet.id).where(Outlet.rep_id == rep_id)
    delivered_to = select(Delivery.outlet_id).where(Delivery.rep_id == rep_id)
    return union(looked_after, delivered_to).subquery("of_rep")


def returns_to_decide(caller: Caller) -> list[ColumnElement[bool]]:
    """What a return must be for the caller to say who answers: it is of an own territory."""
    return [] if caller.territory_ids is None else [Return.territory_id.in_(caller.territory_ids)]


def _has_line_of(rep_id: int) -> ColumnElement[bool]:
    return select(ReturnLine.line_number).where(IS_LINE_OF_RETURN, REP_ID.in_([rep_id])).correlate(Return).exists()
