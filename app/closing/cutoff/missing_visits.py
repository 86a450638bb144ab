"""Which visits had no order as of the cutoff, and why (C2, C3): conditions that several statements share."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    false,
    func,
    or_,
    select,
    true,
)

from app.closing.cutoff.finality_queries import held_back
from app.closing.cutoff.rules import MissingOrderCause
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.ground.db.plans import looked_up
from app.ground.web.access import CallerKind
from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.models import NoOrderReport, Order, OrderRefusal, OrderVersion

DAY = bindparam("day", type_=Date)
TERRITORY = bindparam("territory_id", type_=Integer)
CUTOFF = bindparam("cutoff_at", type_=DateTime(timezone=True))
RUN = bindparam("run_id", type_=Uuid)

ORDER_CANCELLED, ORDER_LATE, ORDER_IN_TIME = 1, 2, 4
"""Bits of what an outlet's orders come to."""


def planned() -> tuple[ColumnElement[bool], ...]:
    """The conditions for a visit to be planned as of the cutoff (C2)."""
    return (
        Visit.visit_date == DAY,
        Visit.territory_id == TERRITORY,
        Visit.approved_at <= CUTOFF,
        or_(Visit.excused_at.is_(None), Visit.excused_at > CUTOFF),
    )


def came_to() -> ColumnElement[Any]:
    """What the orders of a visit's outlet and day come to as of the cutoff, as bits; NULL where there are none."""
    cancelled = and_(Order.cancelled_at.is_not(None), Order.cancelled_at <= CUTOFF)
    in_time = Order.received_at <= CUTOFF
    return func.bit_or(case((cancelled, ORDER_CANCELLED), (in_time, ORDER_IN_TIME), else_=ORDER_LATE))


def places_now() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The territories that a visit's outlet and its rep belong to, NULL where they are not active."""
    outlet, rep = (
        select(case((table.active, table.territory_id))).where(table.id == of_visit).scalar_subquery()
        for table, of_visit in ((Outlet, Visit.outlet_id), (Rep, Visit.rep_id))
    )
    return outlet.label("outlet_in"), rep.label("rep_in")


def _cancelled_by_office(outlet_id: Any) -> ColumnElement[bool]:
    """Whether somebody else than the rep has cancelled an order of the outlet by the cutoff (O4)."""
    by_office = looked_up(
        OrderVersion,
        OrderVersion.business_date == Order.business_date,
        OrderVersion.order_id == Order.id,
        OrderVersion.change == OrderChangeKind.CANCELLED.value,
        OrderVersion.received_at <= CUTOFF,
        OrderVersion.changed_by_kind != CallerKind.DEVICE.value,
    )
    return looked_up(
        Order, Order.outlet_id == outlet_id, Order.business_date == DAY, Order.cancelled_at <= CUTOFF, by_office
    )


def ordered(flagged: CTE, what: int) -> ColumnElement[bool]:
    """Whether the orders of a flagged visit's outlet came to this, too."""
    return func.coalesce(flagged.c.came_to, 0).op("&")(what) != 0


_rep_then, _outlet_then = (
    func.unnest(
        bindparam(f"{name}_ids_then", type_=ARRAY(Integer)),
        bindparam(f"{name}_actives_then", type_=ARRAY(Boolean)),
        bindparam(f"{name}_territories_then", type_=ARRAY(Integer)),
    )
    .table_valued(
        column("id", Integer), column("active", Boolean), column("territory_id", Integer), name=f"{name}_then"
    )
    .render_derived()
    for name in ("rep", "outlet")
)


def _at_the_cutoff(then: Any, now: ColumnElement[int]) -> ColumnElement[int]:
    """The territory that a master belonged to at the cutoff, NULL where it was not active: `now`, unless it changed."""
    return case((then.c.id.is_(None), now), (then.c.active, then.c.territory_id))


def missing_visits(flagged: CTE) -> Select[Any]:
    """Why these visits had no order as of the cutoff (C3), at outlets that were served.

    `flagged` has the columns `id`, `rep_id`, `outlet_id`, `came_to`, and those of `places_now`.
    """
    rep_ids = func.unnest(bindparam("synced_rep_ids", type_=ARRAY(Integer)))
    synced = rep_ids.table_valued(column("rep_id", Integer), name="synced").render_derived()
    refused = _of_the_rep(select(true()), OrderRefusal, flagged).limit(1).scalar_subquery()
    inside = func.bool_or(and_(CheckIn.kind == "arrival", CheckIn.verdict == GeofenceVerdict.INSIDE.value))
    # a filter, no condition: the index of the outlet's day is meant, not that of the rep's whole day
    by_the_rep = inside.filter(CheckIn.rep_id == flagged.c.rep_id)
    inside_arrival = _at_the_outlet(select(by_the_rep), CheckIn, flagged).scalar_subquery()
    newest = NoOrderReport.corrected_at.desc(), NoOrderReport.id.desc()
    reason = _of_the_rep(select(NoOrderReport.reason_code), NoOrderReport, flagged).order_by(*newest).limit(1)
    seen = case(
        {True: MissingOrderCause.VISITED_NO_ORDER.value, False: MissingOrderCause.UNVERIFIED.value},
        value=inside_arrival,
        else_=MissingOrderCause.NOT_VISITED.value,
    )
    cause = case(
        (
            and_(ordered(flagged, ORDER_CANCELLED), _cancelled_by_office(flagged.c.outlet_id)),
            MissingOrderCause.CANCELLED_BY_OFFICE.value,
        ),
        (refused, MissingOrderCause.ORDER_REFUSED.value),
        else_=seen,
    )
    # most reps are heard of again after the cutoff alone: what else may hold a penalty back is looked up for the others
    open_still = or_(synced.c.rep_id.is_(None), held_back(flagged.c.outlet_id, DAY, flagged.c.rep_id, CUTOFF))
    outlet_in = _at_the_cutoff(_outlet_then, flagged.c.outlet_in)
    rep_in = _at_the_cutoff(_rep_then, flagged.c.rep_in)
    masters = (
        flagged.outerjoin(synced, synced.c.rep_id == flagged.c.rep_id)
        .outerjoin(_outlet_then, _outlet_then.c.id == flagged.c.outlet_id)
        .outerjoin(_rep_then, _rep_then.c.id == flagged.c.rep_id)
    )
    return (
        select(
            flagged.c.id.label("visit_id"),
            flagged.c.rep_id,
            flagged.c.outlet_id,
            cause.label("cause"),
            reason.scalar_subquery().label("no_order_reason"),
            and_(bindparam("may_be_provisional", type_=Boolean), open_still).label("provisional"),
            # active, and in the outlet's territory, at the cutoff (decision 19)
            func.coalesce(rep_in == outlet_in, false()).label("answers"),
        )
        .select_from(masters)
        .where(outlet_in.is_not(None))
    )


def _of_the_rep(query: Select[Any], source: Any, flagged: CTE) -> Select[Any]:
    """`query` over what the visit's rep recorded for its outlet on the day, in the system by the cutoff."""
    return _at_the_outlet(query, source, flagged).where(source.rep_id == flagged.c.rep_id)


def _at_the_outlet(query: Select[Any], source: Any, flagged: CTE) -> Select[Any]:
    """`query` over what anyone recorded for the visit's outlet on the day, in the system by the cutoff."""
    return query.where(
        source.outlet_id == flagged.c.outlet_id, source.business_date == DAY, source.received_at <= CUTOFF
    )
