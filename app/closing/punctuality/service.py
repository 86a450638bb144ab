"""Use cases of orders in time: book a day's awards at its closing, and settle visits by what is known later (P3)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.punctuality import queries, rules
from app.closing.punctuality.order_queries import outlet_orders
from app.closing.punctuality.queries import JudgedDay, due_times
from app.closing.punctuality.rules import JudgedVisit
from app.closing.punctuality.timely_orders import OutletOrder
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts
from app.motivation.points import service as points
from app.motivation.points.service import PointsRule

__all__ = [
    "JudgedDay",
    "OutletDay",
    "book_day",
    "book_day_anew",
    "due_times",
    "outlet_orders",
    "planned_visits",
    "settle",
    "settle_day",
    "settle_visit",
    "settle_visits",
    "take_back_day",
]

AT_ONCE = 5_000
"""How many outlets are settled at a time: bounds the memory of a day that is closed anew."""

OutletDay = tuple[int, date]
"""An outlet's id and a business date."""


async def book_day(session: AsyncSession, territory: TerritoryFacts, day: JudgedDay, at: datetime) -> list[int]:
    """Book what the planned visits of a day have earned by its cutoff, as sets; for who reads the day whole.

    But for those at the outlets apart, where an order came late, was cancelled, or came under another territory, and
    where one was dumped: answers the ids of all these, for `settle_day`. Four statements at the most.
    """
    date_, cutoff_at = day.business_date, day.cutoff_at
    dumped = await queries.dumped_outlets(session, territory.id, date_, cutoff_at - timedelta(days=2))
    day = replace(day, apart={*day.apart, *dumped})
    await points.book(session, PointsRule.ORDER_ON_TIME, queries.on_time(day), at, first_time=True)
    due = [
        (due_time, due_at)
        for due_time in await due_times(session)
        if (due_at := rules.due_instant(territory, date_, due_time, cutoff_at)) is not None
    ]
    if due:
        await points.book(session, PointsRule.PAST_DUE_ORDER, queries.past_due(day, due), at, first_time=True)
    return sorted(day.apart)


async def settle_day(
    session: AsyncSession, territory_id: int, business_date: date, one_by_one: Collection[int], at: datetime
) -> None:
    """Finish what `book_day` has begun: hold its reps to their caps, and settle the outlets that it left. The run is
    written before. These statements look things up, and are not for a block without nested loops.
    """
    await points.settle_caps_of(
        session, queries.reps(territory_id, business_date), [business_date], at, [PointsRule.ORDER_ON_TIME]
    )
    await settle(session, [(outlet_id, business_date) for outlet_id in one_by_one], at)


async def book_day_anew(session: AsyncSession, territory_id: int, business_date: date, at: datetime) -> None:
    """Book a day whose earlier run is void, one outlet after the other: its entries may be there, and reversed (C9)."""
    outlet_ids = await queries.outlets_of_day(session, territory_id, business_date)
    await settle(session, [(outlet_id, business_date) for outlet_id in outlet_ids], at)


async def take_back_day(session: AsyncSession, territory_id: int, business_date: date, at: datetime) -> None:
    """Take back all that a day's visits have earned: its run is being voided (C9), and stands yet."""
    outlet_ids = await queries.outlets_of_day(session, territory_id, business_date)
    touched = [(outlet_id, business_date) for outlet_id in outlet_ids]
    for start in range(0, len(touched), AT_ONCE):
        visits = await planned_visits(session, touched[start : start + AT_ONCE])
        await points.bring_about(session, [each for visit in visits for each in rules.voided(visit)], at)


async def settle(session: AsyncSession, touched: Collection[OutletDay], at: datetime) -> None:
    """Let the planned visits at these outlets and days earn what they should by what is known (P3).

    Those of days that no run has closed are left alone. A fixed number of statements for each `AT_ONCE` outlets; safe
    to repeat. The caller holds the territory's barrier shared, so that no run is half done meanwhile.
    """
    distinct = list(dict.fromkeys(touched))
    for start in range(0, len(distinct), AT_ONCE):
        if visits := await planned_visits(session, distinct[start : start + AT_ONCE]):
            orders = await outlet_orders(session, [visit.closed for visit in visits])
            await settle_visits(session, visits, orders, at)


async def settle_visits(
    session: AsyncSession, visits: Sequence[JudgedVisit], orders: Mapping[UUID, Sequence[OutletOrder]], at: datetime
) -> None:
    """The same for visits that are locked, and whose outlets' orders are gathered: by visit id."""
    findings = [each for visit in visits for each in rules.findings_of(visit, orders.get(visit.visit_id, ()))]
    await points.bring_about(session, findings, at)


async def settle_visit(session: AsyncSession, outlet_day: OutletDay, visit_id: UUID, at: datetime) -> None:
    """The same for one planned visit, which the caller has locked: those of colleagues at the outlet stay as they are.

    Whoever settles an outlet locks its visits in their order; to lock them all after one of them would be out of it.
    """
    if visits := await planned_visits(session, [outlet_day], visit_id):
        await settle_visits(session, visits, await outlet_orders(session, [visit.closed for visit in visits]), at)


async def planned_visits(
    session: AsyncSession, touched: Sequence[OutletDay], visit_id: UUID | None = None
) -> list[JudgedVisit]:
    """The planned visits at these outlets and days that a run has closed, locked until the transaction ends.

    `visit_id`: that one alone. One statement; one more where one of the outlets has a time by which its orders are due.
    """
    rows = await queries.lock_visits(session, touched, visit_id)
    dated = {row.territory_id for row in rows if row.due_time is not None}
    facts = await territories.territories_by_id(session, dated) if dated else {}
    return [
        JudgedVisit(
            row.visit_id,
            row.business_date,
            row.outlet_id,
            row.cutoff_at,
            row.rep_id,
            _due_at(row, facts),
            answers=row.answers,
            excused=row.excused,
        )
        for row in rows
    ]


def _due_at(row: Any, facts: dict[int, TerritoryFacts]) -> datetime | None:
    if row.due_time is None:
        return None
    return rules.due_instant(facts[row.territory_id], row.business_date, row.due_time, row.cutoff_at)
