"""Orders with what compliance asks of them: whether they came in time, and under which terms."""

from sqlalchemy import CTE, and_, func, or_, select

from app.closing.compliance.deadline_relations import calendars_of, instants_of, void_days
from app.closing.compliance.deadlines import Deadlines
from app.closing.compliance.extents import Extent
from app.closing.cutoff.models import CutoffRun
from app.ground.db.plans import one_of
from app.masters.outlets.models import OutletTerms
from app.sales.orders.models import Order


def order_facts(extent: Extent, deadlines: Deadlines) -> CTE:
    """The orders of the extent, each with its outlet's terms at that time and whether it was in time (T5, C2).

    A day without a cutoff has no deadline: nothing is late for it (C7), nor on one whose run is void (C9).
    """
    orders = (
        select(
            Order.id,
            Order.territory_id,
            Order.rep_id,
            Order.outlet_id,
            Order.business_date,
            Order.received_at,
        )
        .where(
            *extent.holds_day_of(Order.territory_id, Order.business_date),
            extent.holds_rep(Order.rep_id),
            extent.holds_outlet(Order.outlet_id),
            Order.cancelled_at.is_(None),
        )
        .cte("orders_of_extent")
    )
    terms = terms_through_time(orders)
    calendar, instants = calendars_of(deadlines), instants_of(deadlines)
    cutoff, own = instants.alias("cutoff"), instants.alias("own")
    same_day = [
        and_(of.c.calendar == calendar.c.calendar, of.c.business_date == orders.c.business_date) for of in (cutoff, own)
    ]
    last_moment = func.least(func.coalesce(CutoffRun.cutoff_at, cutoff.c.at), own.c.at)
    void = void_days(extent, "void_days_of_orders")
    in_time = or_(void.c.territory_id.is_not(None), func.coalesce(orders.c.received_at <= last_moment, True))
    same_run = and_(
        CutoffRun.territory_id == orders.c.territory_id,
        CutoffRun.business_date == orders.c.business_date,
        CutoffRun.voided_at.is_(None),
    )
    in_force = and_(
        terms.c.outlet_id == orders.c.outlet_id,
        terms.c.valid_from <= orders.c.received_at,
        func.coalesce(orders.c.received_at < terms.c.valid_to, True),
    )
    return (
        select(*orders.c, terms.c.version.label("terms_version"), in_time.label("on_time"))
        .outerjoin(terms, in_force)
        .outerjoin(CutoffRun, same_run)
        .outerjoin(
            void,
            and_(void.c.territory_id == orders.c.territory_id, void.c.business_date == orders.c.business_date),
        )
        .outerjoin(calendar, calendar.c.territory_id == orders.c.territory_id)
        .outerjoin(cutoff, and_(same_day[0], cutoff.c.due_time.is_(None)))
        .outerjoin(own, and_(same_day[1], own.c.due_time == terms.c.order_due_time))
        .cte("order_facts")
    )


def terms_through_time(orders: CTE) -> CTE:
    """Every version of the terms of the outlets of `orders`, with the moment at which the next one replaced it."""
    until = func.lead(OutletTerms.valid_from).over(
        partition_by=OutletTerms.outlet_id, order_by=[OutletTerms.valid_from, OutletTerms.version]
    )
    return (
        select(
            OutletTerms.outlet_id,
            OutletTerms.version,
            OutletTerms.valid_from,
            until.label("valid_to"),
            OutletTerms.order_due_time,
        )
        .where(one_of(OutletTerms.outlet_id, select(orders.c.outlet_id)))
        .cte("terms_through_time")
    )
