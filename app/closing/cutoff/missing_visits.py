"""Which visits had no order as of the cutoff, and why (C2, C3): conditions that several statements share."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Integer,
    Select,
    Subquery,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    column,
    false,
    func,
    or_,
    select,
)

from app.closing.cutoff.finality_queries import refusal_stands
from app.closing.cutoff.rules import MissingOrderCause
from app.field.check_ins.geofence import GeofenceVerdict
from app.field.check_ins.models import CheckIn
from app.field.visits.models import Visit
from app.ground.db.plans import looked_up
from app.ground.web.access import CallerKind
from app.masters.territories.models import Rep
from app.sales.orders.amendment_rules import OrderChangeKind
from app.sales.orders.models import NoOrderReport, Order, OrderRefusal, OrderVersion

DAY = bindparam("day", type_=Date)
TERRITORY = bindparam("territory_id", type_=Integer)
CUTOFF = bindparam("cutoff_at", type_=DateTime(timezone=True))
RUN = bindparam("run_id", type_=Uuid)

ORDER_CANCELLED, ORDER_LATE, ORDER_IN_TIME = 1, 2, 4
"""Bits of what an outlet's orders come to."""

_CHECKED_IN, _INSIDE, _SILENT_CAME = 1, 2, 4
"""Bits of the check-ins at a visit's outlet: the rep's by the cutoff, an arrival of these INSIDE, a silent rep's."""

_REFUSED, _MAY_COME_AGAIN = 1, 2
"""Bits of the refused forms of a visit's outlet: the rep's by the cutoff, one that stands and was not given up."""


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


def has(bits: ColumnElement[int], bit: int) -> ColumnElement[bool]:
    """Whether the bit is set; not where there are none (NULL)."""
    return func.coalesce(bits, 0).op("&")(bit) != 0


_rep_then = (
    func.unnest(
        bindparam("rep_ids_then", type_=ARRAY(Integer)),
        bindparam("rep_actives_then", type_=ARRAY(Boolean)),
        bindparam("rep_territories_then", type_=ARRAY(Integer)),
    )
    .table_valued(column("id", Integer), column("active", Boolean), column("territory_id", Integer), name="rep_then")
    .render_derived()
)
_elsewhere = (
    func.unnest(
        bindparam("outlet_ids_elsewhere", type_=ARRAY(Integer)),
        bindparam("outlet_territories_elsewhere", type_=ARRAY(Integer)),
    )
    .table_valued(column("id", Integer), column("territory_id", Integer), name="elsewhere")
    .render_derived()
)
_synced = (
    func.unnest(bindparam("synced_rep_ids", type_=ARRAY(Integer)))
    .table_valued(column("rep_id", Integer), name="synced")
    .render_derived()
)
_ordered = (
    func.unnest(bindparam("ordered_outlet_ids", type_=ARRAY(Integer)))
    .table_valued(column("id", Integer), name="ordered")
    .render_derived()
)
_SILENT = bindparam("silent_rep_ids", type_=ARRAY(Integer))


def missing_visits(flagged: FromClause, *, though_ordered: bool = False) -> Select[Any]:
    """Why these visits had no order as of the cutoff (C3), at outlets that were served; `late`: orders came after it.

    `flagged` has the columns `id`, `rep_id`, `outlet_id`; the parameter `ordered_outlet_ids` names those of the outlets
    that have orders of the day under the territory. Where one came in time, the visit is none of these, unless
    `though_ordered`.
    """
    facts = _facts(flagged)
    cause = case(
        (
            and_(has(facts.c.came_to, ORDER_CANCELLED), _cancelled_by_office(facts.c.outlet_id)),
            MissingOrderCause.CANCELLED_BY_OFFICE.value,
        ),
        (has(facts.c.refusals, _REFUSED), MissingOrderCause.ORDER_REFUSED.value),
        (has(facts.c.check_ins, _INSIDE), MissingOrderCause.VISITED_NO_ORDER.value),
        (has(facts.c.check_ins, _CHECKED_IN), MissingOrderCause.UNVERIFIED.value),
        else_=MissingOrderCause.NOT_VISITED.value,
    )
    # what `held_back` says; most reps are heard of again after the cutoff alone, and nothing is looked up for these
    open_still = or_(
        ~facts.c.rep_synced,
        has(facts.c.check_ins, _SILENT_CAME),
        has(facts.c.refusals, _MAY_COME_AGAIN),
        looked_up(
            Visit,
            Visit.outlet_id == facts.c.outlet_id,
            Visit.visit_date == DAY,
            Visit.approved_at.is_not(None),
            Visit.rep_id == any_(_SILENT),
        ),
    )
    missing = select(
        facts.c.visit_id,
        facts.c.rep_id,
        facts.c.outlet_id,
        cause.label("cause"),
        facts.c.no_order_reason,
        and_(bindparam("may_be_provisional", type_=Boolean), open_still).label("provisional"),
        facts.c.answers,
        has(facts.c.came_to, ORDER_LATE).label("late"),
    )
    return missing if though_ordered else missing.where(~has(facts.c.came_to, ORDER_IN_TIME))


def _facts(flagged: FromClause) -> Subquery:
    """What is known of these visits, looked up once for each: the planner would ask anew wherever it is mentioned."""
    outlet_in = case((_elsewhere.c.id.is_(None), TERRITORY), else_=_elsewhere.c.territory_id)
    rep_in = case(
        (_rep_then.c.id.is_(None), case((Rep.active, Rep.territory_id))),
        (_rep_then.c.active, _rep_then.c.territory_id),
    )
    orders = select(came_to()).where(Order.business_date == DAY, Order.outlet_id == flagged.c.outlet_id)
    # only an outlet that was once elsewhere has orders under another territory
    may_have_orders = or_(_ordered.c.id.is_not(None), _elsewhere.c.id.is_not(None))
    masters = (
        flagged.outerjoin(_synced, _synced.c.rep_id == flagged.c.rep_id)
        .outerjoin(_elsewhere, _elsewhere.c.id == flagged.c.outlet_id)
        .outerjoin(_ordered, _ordered.c.id == flagged.c.outlet_id)
        .outerjoin(Rep, Rep.id == flagged.c.rep_id)
        .outerjoin(_rep_then, _rep_then.c.id == flagged.c.rep_id)
    )
    return (
        select(
            flagged.c.id.label("visit_id"),
            flagged.c.rep_id,
            flagged.c.outlet_id,
            case((may_have_orders, orders.scalar_subquery())).label("came_to"),
            _check_ins(flagged).label("check_ins"),
            _refusals(flagged).label("refusals"),
            _reason(flagged).label("no_order_reason"),
            # active, and in the outlet's territory, at the cutoff (decision 19)
            func.coalesce(rep_in == outlet_in, false()).label("answers"),
            _synced.c.rep_id.is_not(None).label("rep_synced"),
        )
        .select_from(masters)
        .where(outlet_in.is_not(None))
        .offset(0)
        .subquery("facts")
    )


def _check_ins(flagged: FromClause) -> ColumnElement[int]:
    in_time = and_(CheckIn.rep_id == flagged.c.rep_id, CheckIn.received_at <= CUTOFF)
    inside = and_(in_time, CheckIn.kind == "arrival", CheckIn.verdict == GeofenceVerdict.INSIDE.value)
    bits = _bits((inside, _INSIDE), (in_time, _CHECKED_IN), (CheckIn.rep_id == any_(_SILENT), _SILENT_CAME))
    return select(bits).where(CheckIn.outlet_id == flagged.c.outlet_id, CheckIn.business_date == DAY).scalar_subquery()


def _refusals(flagged: FromClause) -> ColumnElement[int]:
    in_time = and_(OrderRefusal.rep_id == flagged.c.rep_id, OrderRefusal.received_at <= CUTOFF)
    bits = _bits((in_time, _REFUSED), (and_(*refusal_stands()), _MAY_COME_AGAIN))
    of_the_outlet = (OrderRefusal.outlet_id == flagged.c.outlet_id, OrderRefusal.business_date == DAY)
    refused_anything = flagged.c.outlet_id.in_(select(OrderRefusal.outlet_id).where(OrderRefusal.business_date == DAY))
    return case((refused_anything, select(bits).where(*of_the_outlet).scalar_subquery()))


def _reason(flagged: FromClause) -> ColumnElement[str]:
    """The newest reason that the rep had given by the cutoff, looked up where the outlet has any: that is few."""
    newest = NoOrderReport.corrected_at.desc(), NoOrderReport.id.desc()
    reason = (
        select(NoOrderReport.reason_code)
        .where(NoOrderReport.outlet_id == flagged.c.outlet_id, NoOrderReport.business_date == DAY)
        .where(NoOrderReport.rep_id == flagged.c.rep_id, NoOrderReport.received_at <= CUTOFF)
        .order_by(*newest)
        .limit(1)
    )
    gave_any = flagged.c.outlet_id.in_(select(NoOrderReport.outlet_id).where(NoOrderReport.business_date == DAY))
    return case((gave_any, reason.scalar_subquery()))


def _bits(*said: tuple[ColumnElement[bool], int]) -> ColumnElement[int]:
    """Over all rows of a group: the bit of each condition that any of them meets; NULL where there is no row."""
    first, *others = (case((condition, bit), else_=0) for condition, bit in said)
    bits: ColumnElement[int] = first
    for other in others:
        bits = bits.op("|")(other)
    return func.bit_or(bits)
