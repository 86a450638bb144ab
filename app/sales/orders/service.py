"""Use cases of orders: record what was judged, look orders up, look back at an outlet's past."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.errors import FieldProblem, Invalid
from app.ground.receipts.service import all_filed_under, filed_between, filed_under
from app.ground.web.access import Caller
from app.masters.catalogue.service import offers
from app.masters.outlets.positions import Fix
from app.masters.outlets.service import outlets_by_id
from app.sales.orders import history, queries
from app.sales.orders.errors import OrderNotFound
from app.sales.orders.inserts import record_no_order_reports, record_orders, record_refusals, record_unread_forms
from app.sales.orders.queries import OrderFilter, OrderKey
from app.sales.orders.records import (
    RECEIPT_KIND,
    ListedOrder,
    NoOrderRecord,
    OrderedLine,
    OrderRecord,
    PastOrder,
)
from app.sales.orders.sight import orders_in_sight, orders_to_change
from app.sales.orders.suggestion import SuggestedLine, suggest_lines

__all__ = [
    "RECEIPT_KIND",
    "ListedOrder",
    "NoOrderRecord",
    "OrderFilter",
    "OrderRecord",
    "OrderedLine",
    "PastOrder",
    "SuggestedLine",
    "active_reasons",
    "cancelled_orders",
    "find_changed_order",
    "find_order",
    "find_orders",
    "fixes_of_orders",
    "forget_positions",
    "lines_of_orders",
    "list_orders",
    "must_be_unknown",
    "orders_beginning",
    "recent_orders",
    "record_no_order_reports",
    "record_orders",
    "record_refusals",
    "record_unread_forms",
    "refresh_turnovers",
    "suggested_lines",
]

MOST_BEGINNING = 1_000


async def active_reasons(session: AsyncSession) -> dict[str, str]:
    """The reasons that a rep may give for no order: code → label, by code."""
    return await queries.active_reasons(session)


async def list_orders(
    session: AsyncSession, caller: Caller, filters: OrderFilter, after: OrderKey | None, limit: int
) -> list[ListedOrder]:
    """Up to `limit` orders that the caller may see, the newest business date first, then by id, from `after` on.

    An order that arrives while someone pages moves none that was or will be shown.
    """
    return await queries.orders_page(session, caller, filters, after, limit)


async def find_order(session: AsyncSession, caller: Caller, order_id: UUID) -> ListedOrder:
    """One order. Raises OrderNotFound where there is none, or none that the caller may see."""
    return await _found(session, orders_in_sight(caller), order_id)


async def orders_beginning(session: AsyncSession, id_prefix: str) -> list[OrderKey]:
    """The orders whose id begins like this, in whoever's sight, by one statement: eight digits of it or more.

    Raises Invalid where they are more than `MOST_BEGINNING`: ids of version 7 that are made within a minute share
    eight digits.
    """
    digits = id_prefix.replace("-", "")
    first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    business_dates = await filed_between(session, first, last, RECEIPT_KIND, MOST_BEGINNING + 1)
    if len(business_dates) > MOST_BEGINNING:
        problem = FieldProblem("/query/id_prefix", "too_short", "Give more of the id.")
        raise Invalid(f"More than {MOST_BEGINNING:,} orders have an id that begins like this.", errors=[problem])
    return [(day, id_) for id_, day in business_dates.items()]


async def find_changed_order(session: AsyncSession, caller: Caller, order_id: UUID) -> ListedOrder:
    """One order that the caller may change. Raises OrderNotFound."""
    return await _found(session, orders_to_change(caller), order_id)


async def _found(session: AsyncSession, sight: Collection[ColumnElement[bool]], order_id: UUID) -> ListedOrder:
    day = await filed_under(session, order_id, RECEIPT_KIND)
    orders = await queries.orders_at(session, sight, [(day, order_id)]) if day else []
    if not orders:
        raise OrderNotFound
    return orders[0]


async def find_orders(session: AsyncSession, caller: Caller, ids: Collection[UUID]) -> list[ListedOrder]:
    """Those of the orders that there are and that the caller may see, the newest first. Three statements."""
    business_dates = await all_filed_under(session, ids, RECEIPT_KIND)
    keys = [(day, id_) for id_, day in business_dates.items()]
    return await queries.orders_at(session, orders_in_sight(caller), keys) if keys else []


async def fixes_of_orders(session: AsyncSession, keys: Collection[OrderKey]) -> dict[UUID, Fix]:
    """Where the handhelds were when they recorded these orders (business date, id), where that is kept. One statement.

    Whoever asks looks after who may be told where a rep was.
    """
    return await queries.fixes_at(session, keys)


async def must_be_unknown(session: AsyncSession, order_id: UUID) -> None:
    """Raise OrderNotFound where there is an order of this id, in whoever's sight."""
    if await filed_under(session, order_id, RECEIPT_KIND):
        raise OrderNotFound


async def lines_of_orders(session: AsyncSession, keys: Collection[OrderKey]) -> dict[UUID, tuple[OrderedLine, ...]]:
    """The lines of orders (business date, id), of each in the order of its form, by one statement."""
    return await queries.lines_of(session, list(keys))


async def cancelled_orders(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the orders that were cancelled, by two statements."""
    business_dates = await all_filed_under(session, ids, RECEIPT_KIND)
    return await queries.cancelled_among(session, [(day, id_) for id_, day in business_dates.items()])


async def recent_orders(
    session: AsyncSession, outlet_ids: Collection[int], most: int = 5
) -> dict[int, list[PastOrder]]:
    """The last orders of each outlet, the newest first, by two statements; no entry for one that has none."""
    return await history.last_orders(session, outlet_ids, most)


async def suggested_lines(
    session: AsyncSession, outlet_ids: Collection[int], on_date: date
) -> dict[int, tuple[SuggestedLine, ...]]:
    """What each outlet will probably want on a day, by four statements for any number of outlets.

    Rests on orders before the day. No entry for an outlet that does not exist.
    """
    past = await history.basis_of_suggestions(session, outlet_ids, on_date)
    outlets = await outlets_by_id(session, outlet_ids)
    codes = {line.product_code for orders in past.values() for order in orders for line in order.lines}
    codes |= {item.product_code for outlet in outlets.values() for item in outlet.must_stock}
    offers_by_code = await offers(session, codes, outlet_ids=[], trade_channels=[])
    packs = {offer.code: offer.pack_size for offer in offers_by_code.values() if offer.active}
    return {
        outlet_id: suggest_lines(past.get(outlet_id, ()), on_date.isoweekday(), packs, outlet.must_stock)
        for outlet_id, outlet in outlets.items()
    }


async def refresh_turnovers(session: AsyncSession, at: datetime) -> None:
    """Rewrite every outlet's turnover: what it ordered in the four weeks before the day (UTC) of `at`. A daily job."""
    await history.rewrite_turnovers(session, at.astimezone(UTC).date())


async def forget_positions(session: AsyncSession, first: date, end: date, *, most: int) -> int:
    """Forget where orders were captured. What was judged from it stays.

    Of business dates from `first` to the day before `end`, up to `most` records, by one statement; answers how many.
    """
    return await queries.forget_positions(session, first, end, most)
