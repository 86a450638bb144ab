"""Use cases of orders: record what was judged, place an order by a door without a handheld, look back."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.orders import inserts, queries
from app.orders.records import AcceptedOrder, NoOrderRecord, RefusedOrder

__all__ = [
    "AcceptedOrder",
    "NoOrderRecord",
    "RefusedOrder",
    "active_reasons",
    "record_no_order_reports",
    "record_orders",
    "record_refusals",
]


async def record_orders(session: AsyncSession, orders: Sequence[AcceptedOrder]) -> None:
    """Insert orders with their lines, any number in one statement. Their ids must have been claimed (`receipts`)."""
    if orders:
        await inserts.insert_orders(session, orders)


async def record_refusals(session: AsyncSession, refusals: Sequence[RefusedOrder]) -> None:
    """Remember refused forms, for the cutoff's `order_refused` (C3). The first refusal of an id is kept."""
    if refusals:
        await inserts.insert_refusals(session, refusals)


async def record_no_order_reports(session: AsyncSession, reports: Sequence[NoOrderRecord]) -> None:
    """Insert no-order reports, any number in one statement. Their ids must have been claimed (`receipts`)."""
    if reports:
        await inserts.insert_no_order_reports(session, reports)


async def active_reasons(session: AsyncSession) -> dict[str, str]:
    """The reasons that a rep may give for no order: code → label, by code."""
    return await queries.active_reasons(session)
