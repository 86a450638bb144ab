"""Use cases of fulfilments: conclude what became of orders, decide who answers, find what has fallen due (D2, D3)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem, Invalid
from app.ground.receipts.forms import RecordKey
from app.ground.receipts.service import filed_under
from app.ground.web.access import Caller
from app.masters.territories.calendar import TerritoryFacts, business_date, cutoff_at, next_working_day
from app.masters.territories.service import all_territory_facts, territories_by_id
from app.sales.deliveries import fulfilment_queries, queries
from app.sales.deliveries.conclusions import Conclusion, conclusion_of
from app.sales.deliveries.difference_rules import OrderedProduct
from app.sales.deliveries.errors import NothingDelivered
from app.sales.deliveries.fulfilment_queries import KeptState
from app.sales.deliveries.fulfilment_rules import (
    DueDates,
    FillingDelivery,
    FulfilmentState,
    OrderToFill,
    fulfil,
)
from app.sales.deliveries.queries import ConcludedOrder
from app.sales.deliveries.sight import fulfilments_in_sight, orders_to_decide
from app.sales.orders.errors import OrderNotFound
from app.sales.orders.records import RECEIPT_KIND

LOOKED_BACK = timedelta(days=62)
"""How far back an order's delivery date is looked for: what is older was concluded, or is, when something comes."""
PLACED_AHEAD = timedelta(days=92)
"""How long before its delivery date an order may have been placed to be found so."""
LONGEST_PAUSE = timedelta(days=31)
"""No more than so many days are looked back for the last working day."""


class OrderFulfilment(NamedTuple):
    """An order, and what its deliveries come to now."""

    order: OrderToFill
    state: FulfilmentState


async def conclude_again(session: AsyncSession, keys: Collection[RecordKey], at: datetime) -> list[Conclusion]:
    """Conclude anew what became of orders of which something had been concluded: they were amended, or cancelled.

    Nothing is done for the others: nothing has been told of them. Eight statements at the most, two where there is
    nothing to do.
    """
    orders = await queries.locked_orders(session, keys)
    subject = {id_: order for id_, order in orders.items() if order.concluded is not None}
    return await conclude(session, subject, {}, at)


async def conclude_due(session: AsyncSession, at: datetime, since: datetime | None, most: int) -> list[Conclusion]:
    """Conclude up to `most` orders that have fallen due by `at`: what nothing came of is undelivered, what came in part
    is settled. A fixed number of statements.

    `since`: up to when all of them were concluded, so that only the delivery dates that have passed since then are
    read; None: that is not known, and those of the last two months are.
    """
    territories = {territory.id: territory for territory in await all_territory_facts(session)}
    days = {id_: due_dates(territory, at) for id_, territory in territories.items()}
    if not days:
        return []
    first = min(day.passed_through for day in days.values()) - LOOKED_BACK
    if since is not None:
        first = max(first, min(due_dates(each, since).undelivered_through for each in territories.values()))
    keys = await fulfilment_queries.due_orders(session, days, first, first - PLACED_AHEAD, most)
    orders = await queries.locked_orders(session, keys)
    return await conclude(session, orders, {}, at, territories)


async def conclude(
    session: AsyncSession,
    orders: Mapping[UUID, ConcludedOrder],
    first_deliveries: Mapping[UUID, Sequence[FillingDelivery]],
    at: datetime,
    territories: Mapping[int, TerritoryFacts] | None = None,
) -> list[Conclusion]:
    """Conclude what became of locked orders, by all facts, and keep it: five statements at the most.

    `first_deliveries`: what was recorded just now of orders of which nothing had been told before, so that there is
    nothing to read; `territories`: those that are subject already.
    """
    if not orders:
        return []
    if territories is None:
        territories = await territories_by_id(session, {subject.order.territory_id for subject in orders.values()})
    days = {territory_id: due_dates(territory, at) for territory_id, territory in territories.items()}
    told_of = [subject.order.key for id_, subject in orders.items() if subject.concluded or id_ not in first_deliveries]
    deliveries = await fulfilment_queries.deliveries_of(session, told_of)
    decisions = await fulfilment_queries.decisions_on(session, told_of)
    left_by_reps = await _left_by_reps(session, [subject.order for subject in orders.values()], territories)
    rows, conclusions = [], []
    for id_, subject in orders.items():
        of_order = deliveries.get(id_, []) if subject.concluded else first_deliveries.get(id_, ())
        order = subject.order
        state = fulfil(order, of_order, decisions.get(id_, ()), days[order.territory_id], left_by_reps.get(id_))
        rows.append(KeptState(order.business_date, id_, state, at))
        conclusions.append(conclusion_of(order, of_order, state, subject.concluded))
    await fulfilment_queries.keep(session, rows)
    return conclusions


async def decide(
    session: AsyncSession,
    caller: Caller,
    order_id: UUID,
    product_code: str | None,
    answered_by: str,
    comment: str,
    at: datetime,
) -> tuple[OrderFulfilment, list[Conclusion]]:
    """Keep a person's word on who answers for an order, or one product of it (D3), and conclude it anew.

    The newest word counts, for what it is about. Raises OrderNotFound, NothingDelivered where nothing has come yet, and
    Invalid for a product that was neither ordered nor delivered.
    """
    key = await _key_in_sight(session, orders_to_decide(caller), order_id)
    subject = (await queries.locked_orders(session, [key]))[order_id]
    deliveries = (await fulfilment_queries.deliveries_of(session, [key])).get(order_id, [])
    deliveries = [delivery for delivery in deliveries if not delivery.never_was]
    if not deliveries:
        raise NothingDelivered
    product_id = None
    if product_code is not None:
        product = (await queries.products_by_code(session, [product_code])).get(product_code)
        concerned = {line.product_id for line in subject.order.lines}
        concerned |= {line.product_id for delivery in deliveries for line in delivery.lines}
        if product is None or product.id not in concerned:
            problem = FieldProblem("/product_code", "unknown_product", "It was neither ordered nor delivered.")
            raise Invalid("There is no such line.", errors=[problem])
        product_id = product.id
    await fulfilment_queries.insert_decision(session, subject.order, product_id, answered_by, comment, caller.actor, at)
    conclusions = await conclude(session, {order_id: subject}, {}, at)
    return await _fulfilment(session, subject.order, at), conclusions


async def fulfilment_of(session: AsyncSession, caller: Caller, order_id: UUID, at: datetime) -> OrderFulfilment:
    """What became of an order by now. Raises OrderNotFound, also where the caller may not see it."""
    key = await _key_in_sight(session, fulfilments_in_sight(caller), order_id)
    subject = await queries.order_as_it_stands(session, key)
    if subject is None:
        raise OrderNotFound
    return await _fulfilment(session, subject.order, at)


async def _key_in_sight(session: AsyncSession, sight: Collection[ColumnElement[bool]], order_id: UUID) -> RecordKey:
    """What an order within `sight` is filed under, and its id. Raises OrderNotFound."""
    day = await filed_under(session, order_id, RECEIPT_KIND)
    if day is None or not await queries.is_in_sight(session, sight, (day, order_id)):
        raise OrderNotFound
    return day, order_id


async def _fulfilment(session: AsyncSession, order: OrderToFill, at: datetime) -> OrderFulfilment:
    deliveries = (await fulfilment_queries.deliveries_of(session, [order.key])).get(order.id, ())
    decisions = (await fulfilment_queries.decisions_on(session, [order.key])).get(order.id, ())
    territories = await territories_by_id(session, [order.territory_id])
    left_by_rep = (await _left_by_reps(session, [order], territories)).get(order.id)
    due = due_dates(territories[order.territory_id], at)
    return OrderFulfilment(order, fulfil(order, deliveries, decisions, due, left_by_rep))


async def _left_by_reps(
    session: AsyncSession, orders: Iterable[OrderToFill], territories: Mapping[int, TerritoryFacts]
) -> dict[UUID, dict[int, OrderedProduct]]:
    """What was ordered when the rep last had a say in it, of orders that were changed. One statement, if there are."""
    changed = [order for order in orders if order.changed]
    cutoffs = {order.key: cutoff_at(territories[order.territory_id], order.business_date) for order in changed}
    return await fulfilment_queries.left_by_reps(session, cutoffs)


def due_dates(territory: TerritoryFacts, at: datetime) -> DueDates:
    """How far a territory's calendar has come by an instant.

    An order that nothing came of is undelivered from the next working day after its delivery date on (D2).
    """
    today = business_date(territory, at)
    return DueDates(today - timedelta(days=1), _last_missed(territory, today))


def _last_missed(territory: TerritoryFacts, today: date) -> date:
    """The last day whose next working day has begun."""
    day = today - timedelta(days=1)
    while next_working_day(territory, day) > today and today - day < LONGEST_PAUSE:
        day -= timedelta(days=1)
    return day
