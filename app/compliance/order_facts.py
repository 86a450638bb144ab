"""Orders with what compliance asks of them: whether they came in time, and under which terms."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    DateTime,
    Text,
    Time,
    and_,
    cast,
    column,
    func,
    literal,
    select,
)

from app.compliance.deadlines import Deadline
from app.compliance.facts import Extent
from app.cutoff.models import CutoffRun
from app.orders.models import Order
from app.outlets.models import OutletTerms
from app.territories.models import Territory


def order_facts(extent: Extent, deadlines: Sequence[Deadline]) -> CTE:
    """The orders of the extent, each with its outlet's terms at that time and whether it was in time (T5, C2)."""
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
            extent.holds_day(Order.business_date),
            extent.holds_territory(Order.territory_id),
            extent.holds_rep(Order.rep_id),
            extent.holds_outlet(Order.outlet_id),
        )
        .cte("orders_of_extent")
    )
    terms = terms_through_time(orders)
    known = deadline_rows(deadlines)
    cutoff, own = known.alias("cutoff"), known.alias("own")
    last_moment = func.least(func.coalesce(CutoffRun.cutoff_at, cutoff.c.at), own.c.at)
    same_run = and_(CutoffRun.territory_id == orders.c.territory_id, CutoffRun.business_date == orders.c.business_date)
    in_force = and_(
        terms.c.outlet_id == orders.c.outlet_id,
        terms.c.valid_from <= orders.c.received_at,
        func.coalesce(orders.c.received_at < terms.c.valid_to, True),
    )
    return (
        select(
            *orders.c, terms.c.version.label("terms_version"), (orders.c.received_at <= last_moment).label("on_time")
        )
        .outerjoin(terms, in_force)
        .outerjoin(CutoffRun, same_run)
        .join(Territory, Territory.id == orders.c.territory_id)
        .outerjoin(cutoff, _deadline_of(cutoff, orders, Territory.order_cutoff))
        .outerjoin(own, _deadline_of(own, orders, terms.c.order_due_time))
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
        .where(OutletTerms.outlet_id.in_(select(orders.c.outlet_id).distinct()))
        .cte("terms_through_time")
    )


def deadline_rows(deadlines: Sequence[Deadline]) -> CTE:
    """`deadlines` as a relation. They are reckoned outside of SQL, whose zone arithmetic is not that of T4."""
    rows: Any = func.unnest(
        cast(literal([d.zone for d in deadlines], ARRAY(Text)), ARRAY(Text)),
        cast(literal([d.business_date for d in deadlines], ARRAY(Date)), ARRAY(Date)),
        cast(literal([d.wall_time for d in deadlines], ARRAY(Time)), ARRAY(Time)),
        cast(literal([d.at for d in deadlines], ARRAY(DateTime(timezone=True))), ARRAY(DateTime(timezone=True))),
    ).table_valued(
        column("zone", Text),
        column("business_date", Date),
        column("wall_time", Time),
        column("at", DateTime(timezone=True)),
        name="given_deadlines",
    )
    return select(*rows.render_derived().c).cte("deadlines")


def _deadline_of(deadlines: Any, orders: CTE, wall_time: Any) -> ColumnElement[bool]:
    """Which of the deadlines is that of an order, where its territory's clock must show this wall time."""
    return and_(
        deadlines.c.zone == Territory.time_zone,
        deadlines.c.business_date == orders.c.business_date,
        deadlines.c.wall_time == wall_time,
    )
