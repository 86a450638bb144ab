"""Which must-stock products the orders of an extent owed their outlets, and which of them they contain."""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Numeric,
    Text,
    and_,
    any_,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import InstrumentedAttribute

from app.closing.compliance.extents import Extent
from app.ground.db.plans import one_of
from app.masters.catalogue.models import Product
from app.masters.outlets.models import OutletTerms
from app.sales.orders.models import OrderLine


def must_stock_facts(extent: Extent, orders: CTE) -> CTE:
    """The orders that came under a must-stock list: how many of its products were due, how many came.

    `orders` is `order_facts`. A product counts from its minimum quantity on, as in the order's own warning (O2).
    """
    due = _due_by_terms(orders, Product.active)
    lists = (
        select(due.c.outlet_id, due.c.version, func.count().label("due"))
        .group_by(due.c.outlet_id, due.c.version)
        .cte("must_stock_lists")
    )
    ordered = _ordered_by_order(extent, orders, due)
    return (
        select(
            orders.c.id,
            orders.c.territory_id,
            orders.c.rep_id,
            orders.c.outlet_id,
            orders.c.business_date,
            lists.c.due,
            func.coalesce(ordered.c.products, 0).label("ordered"),
        )
        .join(lists, and_(lists.c.outlet_id == orders.c.outlet_id, lists.c.version == orders.c.terms_version))
        .outerjoin(ordered, and_(ordered.c.business_date == orders.c.business_date, ordered.c.order_id == orders.c.id))
        .cte("must_stock_facts")
    )


def must_stock_by_product(extent: Extent, orders: CTE) -> CTE:
    """How often each product was due and how often it came, of each rep's day; those that are sold no more, too.

    Without these it adds up to `must_stock_facts`. `rep_id` is null where the orders are nobody's.
    """
    due = _due_by_terms(orders, true())
    lines = _listed_lines(extent, orders, due)
    owed = select(
        orders.c.territory_id,
        orders.c.rep_id,
        orders.c.business_date,
        due.c.product_code,
        literal(1).label("due"),
        literal(0).label("ordered"),
    ).join(due, and_(due.c.outlet_id == orders.c.outlet_id, due.c.version == orders.c.terms_version))
    came = (
        select(lines.c.territory_id, lines.c.rep_id, lines.c.business_date, due.c.product_code, literal(0), literal(1))
        .join(due, _asked_for(due, lines))
        .where(lines.c.quantity >= due.c.min_quantity)
    )
    both = union_all(owed, came).subquery("owed_and_came")
    key = [both.c.territory_id, both.c.rep_id, both.c.business_date, both.c.product_code]
    return (
        select(*key, func.sum(both.c.due).label("due"), func.sum(both.c.ordered).label("ordered"))
        .group_by(*key)
        .cte("must_stock_by_product")
    )


def _due_by_terms(orders: CTE, sold: ColumnElement[bool] | InstrumentedAttribute[bool]) -> CTE:
    """The must-stock products of the terms that orders came under, those that are `sold`.

    A product that nobody knows has no id.
    """
    in_force = select(orders.c.outlet_id, orders.c.terms_version).distinct().cte("terms_in_force")
    items: Any = func.jsonb_to_recordset(OutletTerms.must_stock).table_valued(
        column("product_code", Text), column("min_quantity", Numeric), name="items"
    )
    items = items.render_derived(with_types=True)
    return (
        select(
            OutletTerms.outlet_id,
            OutletTerms.version,
            Product.id.label("product_id"),
            items.c.product_code,
            items.c.min_quantity,
        )
        .select_from(in_force)
        .join(
            OutletTerms,
            and_(OutletTerms.outlet_id == in_force.c.outlet_id, OutletTerms.version == in_force.c.terms_version),
        )
        .where(one_of(OutletTerms.outlet_id, select(in_force.c.outlet_id)))
        .join(items, func.jsonb_typeof(OutletTerms.must_stock) == "array")
        .outerjoin(Product, Product.code == items.c.product_code)
        .where(func.coalesce(sold, true()))
        .cte("must_stock_due")
    )


def _ordered_by_order(extent: Extent, orders: CTE, due: CTE) -> CTE:
    """How many must-stock products each order contains."""
    lines = _listed_lines(extent, orders, due)
    return (
        select(lines.c.business_date, lines.c.order_id, func.count().label("products"))
        .join(due, _asked_for(due, lines))
        .where(lines.c.quantity >= due.c.min_quantity)
        .group_by(lines.c.business_date, lines.c.order_id)
        .cte("must_stock_ordered")
    )


def _asked_for(due: CTE, lines: CTE) -> ColumnElement[bool]:
    return and_(
        due.c.outlet_id == lines.c.outlet_id,
        due.c.version == lines.c.terms_version,
        due.c.product_id == lines.c.product_id,
    )


def _listed_lines(extent: Extent, orders: CTE, due: CTE) -> CTE:
    """The orders' lines of products that stand on a list; no others are read."""
    # as an array, not as a relation: an order's lines are read once, and not once for each product
    listed = func.coalesce(
        select(func.array_agg(due.c.product_id.distinct())).scalar_subquery(), array([], type_=Integer)
    )
    of_the_order = (
        select(OrderLine.product_id, OrderLine.quantity)
        .where(
            OrderLine.business_date == orders.c.business_date,
            OrderLine.order_id == orders.c.id,
            extent.holds_day(OrderLine.business_date),
            OrderLine.product_id == any_(listed),
        )
        .offset(literal_column("0"))  # keeps it a look-up for each order; a join would read the whole month
        .lateral("of_the_order")
    )
    return (
        select(
            orders.c.business_date,
            orders.c.territory_id,
            orders.c.rep_id,
            orders.c.id.label("order_id"),
            orders.c.outlet_id,
            orders.c.terms_version,
            *of_the_order.c,
        )
        .join(of_the_order, true())
        .cte("listed_lines")
        .prefix_with("MATERIALIZED")
    )
