"""Settling late orders, cancellations and excuses: gather what is known, let the rules decide, write it (C4, C5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import excuse_queries, supplements, touched_queries
from app.closing.cutoff import settlement_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.settlement_rules import MissingOrderState, Settlement, settlement
from app.closing.cutoff.supplement_queries import OutletDay
from app.closing.punctuality import service as punctuality
from app.closing.punctuality.timely_orders import ClosedVisit, OutletOrder
from app.motivation.points import service as points
from app.motivation.points.service import PointsRule, SourceType

AT_ONCE = 5_000
"""How many missing orders of a run are settled at a time: bounds the memory of a catch-up after a long outage."""

_RULES = (PointsRule.MISSED_ORDER, PointsRule.LATE_ORDER)


async def settle_late_orders(session: AsyncSession, touched: Collection[OutletDay], at: datetime) -> None:
    """Settle these (outlet id, business date) pairs, which got orders, check-ins or a review just now: their missing
    orders, and what their visits earn.

    The caller holds the territory's barrier shared, so that no run is half done meanwhile. One cheap statement where
    none of the days is closed; else a fixed number, whatever the size of `touched`. Repeating it, and any
    order of arrival of the same orders and check-ins, ends in the same balance.
    """
    if touched and await touched_queries.any_closed(session, {day for _, day in touched}):
        await _settle_outlets(session, await touched_queries.reached(session, touched), at)


async def settle_cancelled_orders(session: AsyncSession, touched: Collection[OutletDay], at: datetime) -> None:
    """Settle these (outlet id, business date) pairs, some of whose orders were cancelled just now (O4).

    A visit that only such an order had covered is flagged by a supplement where the order never counted, and an outlet
    that is left without an order is phoned while its deadline allows. The caller holds the barrier as for late orders.
    """
    if touched:
        await supplements.flag(session, touched, at)
        await settle_late_orders(session, touched, at)
        await supplements.call_uncovered(session, touched, at)


async def territories_waiting(session: AsyncSession, rep_ids: Collection[int], first: date, last: date) -> set[int]:
    """In which territories something waits that `settle_waiting` would settle: whose barriers its caller holds."""
    return await touched_queries.territories_waiting(session, rep_ids, first, last)


async def settle_waiting(
    session: AsyncSession, rep_ids: Collection[int], first: date, last: date, at: datetime
) -> None:
    """Settle what waits for the review of a doubt about a proof, of these reps' days of months that are being closed:
    a doubt that nobody has reviewed by then counts no more, for it was the company's to clear (P4).

    `first` to `last`: the days, both included.
    """
    touched = await touched_queries.waiting(session, rep_ids, first, last)
    await _settle_outlets(session, touched, at, unreviewed=False)


async def settle_excuse(session: AsyncSession, outlet_day: OutletDay, visit_id: UUID, at: datetime) -> None:
    """Settle a visit that was excused just now, and is locked: its missing order, if the cutoff has flagged it, and
    what its orders cost. Safe to repeat.

    The caller holds the territory's barrier shared: a run that is at work meanwhile sees the excuse itself.
    """
    _, business_date = outlet_day
    await settle_run(session, await excuse_queries.lock_missing_order(session, business_date, visit_id), at)
    await punctuality.settle_visit(session, outlet_day, visit_id, at)


async def settle_run(session: AsyncSession, visits: Sequence[ClosedVisit], at: datetime) -> None:
    """Settle missing orders of a run by all that is known (C6). The facts of `AT_ONCE` of them are held at a time."""
    for start in range(0, len(visits), AT_ONCE):
        some = visits[start : start + AT_ONCE]
        await _settle(session, some, await punctuality.outlet_orders(session, some), at)


async def settle_touched_since(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int], since: datetime, at: datetime
) -> bool:
    """Settle what was received since `since` for these territories, and what was cancelled or excused since the cutoff.

    By this time the run sees everything that has not seen the run. Answers whether it may have supplements now.
    """
    cancelled = await supplements.cancelled_since_cutoff(session, run, territory_ids)
    await settle_cancelled_orders(session, cancelled, at)
    outlet_ids = await touched_queries.touched_since(session, run, territory_ids, since)
    received = await queries.missing_at(session, run, outlet_ids)
    excused = await excuse_queries.excused_since(session, run, run.cutoff_at)
    flagged = [visit for visit, is_flagged in excused.items() if is_flagged]
    await settle_run(session, list(dict.fromkeys([*received, *flagged])), at)
    touched = [*outlet_ids, *(visit.outlet_id for visit in excused)]
    await punctuality.settle(session, [(outlet_id, run.business_date) for outlet_id in touched], at)
    return bool(cancelled)


async def void_entries(session: AsyncSession, run: CutoffRun, at: datetime) -> None:
    """Take back all that a run has cost (C9), and the calls that nobody holds. The caller holds the barrier alone."""
    visits = await queries.missing_of_run(session, run)
    for start in range(0, len(visits), AT_ONCE):
        some = visits[start : start + AT_ONCE]
        await _settle(session, some, await punctuality.outlet_orders(session, some), at, voided=True)
        calls = [(visit.outlet_id, visit.business_date, None) for visit in some]
        await call_tasks.cancel_unclaimed(session, calls, at)
    await punctuality.take_back_day(session, run.territory_id, run.business_date, at)


async def _settle_outlets(
    session: AsyncSession, touched: Sequence[OutletDay], at: datetime, *, unreviewed: bool = True
) -> None:
    """Settle what visits at these outlets and days cost and earn, by one reading of their orders.

    `unreviewed`: whether doubts that nobody has reviewed keep a proof waiting.
    """
    for start in range(0, len(touched), AT_ONCE):
        some = touched[start : start + AT_ONCE]
        # visits before their missing orders, as an excuse does
        planned = await punctuality.planned_visits(session, some)
        missing = await queries.lock_missing_orders(session, some)
        closed = {visit.visit_id: visit for visit in (*missing, *(each.closed for each in planned))}
        if closed:
            orders = await punctuality.outlet_orders(session, list(closed.values()), unreviewed=unreviewed)
            await _settle(session, missing, orders, at)
            await punctuality.settle_visits(session, planned, orders, at)


async def _settle(
    session: AsyncSession,
    visits: Sequence[ClosedVisit],
    orders: Mapping[UUID, Sequence[OutletOrder]],
    at: datetime,
    *,
    voided: bool = False,
) -> None:
    """`orders`: of each visit's outlet and day, by visit id."""
    if not visits:
        return
    by_id = {visit.visit_id: visit for visit in visits}
    steps = await points.last_steps(session, SourceType.VISIT, by_id, _RULES)
    states = [replace(state, voided=voided) for state in await queries.states(session, visits, steps, at)]
    decisions = {by_id[state.visit_id]: settlement(state, orders.get(state.visit_id, ())) for state in states}
    settlements = {visit: decision for visit, decision in decisions.items() if decision is not None}
    if settlements:
        await _apply(session, settlements, {state.visit_id for state in states if state.provisional}, at)
        await _hold(session, states, settlements, at)
    if not voided:
        await _cancel_calls(session, visits, orders, [by_id[state.visit_id] for state in states if state.excused], at)


async def _apply(
    session: AsyncSession, settlements: Mapping[ClosedVisit, Settlement], provisional: Collection[UUID], at: datetime
) -> None:
    """Write settlements into the ledger and beside the missing orders. Four statements."""
    causes = {tip.entry_id: decision.outcome.value for decision in settlements.values() for tip in decision.reverse}
    if causes:
        await points.reverse(session, causes, at)
    missed = [visit for visit, decision in settlements.items() if decision.book_missed]
    if missed:
        await points.book(session, PointsRule.MISSED_ORDER, queries.sources(missed, provisional), at)
    late = [visit for visit, decision in settlements.items() if decision.book_late]
    if late:
        waiting = {visit.visit_id for visit in late if settlements[visit].waits}
        await points.book(session, PointsRule.LATE_ORDER, queries.sources(late, {*provisional, *waiting}), at)
    await queries.resolve(session, settlements, at)


async def _hold(
    session: AsyncSession,
    states: Sequence[MissingOrderState],
    settlements: Mapping[ClosedVisit, Settlement],
    at: datetime,
) -> None:
    """Keep penalties provisional that wait for a review (P4), and no longer those that waited for one."""
    held = {state.visit_id for state in states if state.held}
    waits = {visit: decision.waits for visit, decision in settlements.items()}
    if new := [visit.visit_id for visit in waits if waits[visit] and visit.visit_id not in held]:
        await points.hold(session, SourceType.VISIT, new, at)
    if over := [visit.visit_id for visit in waits if not waits[visit] and visit.visit_id in held]:
        await points.release(session, SourceType.VISIT, over)


async def _cancel_calls(
    session: AsyncSession,
    visits: Sequence[ClosedVisit],
    orders: Mapping[UUID, Sequence[OutletOrder]],
    excused: Sequence[ClosedVisit],
    at: datetime,
) -> None:
    """Cancel the calls that nobody has claimed where the outlet has an order that stands, or all are excused (C5)."""
    covered: list[tuple[int, date, UUID | None]] = []
    for visit in visits:
        standing = [order for order in orders.get(visit.visit_id, ()) if order.cancellation is None]
        if standing:
            first = min(standing, key=lambda order: (order.corrected_at, order.id))
            covered.append((visit.outlet_id, visit.business_date, first.id))
    if excused:
        covered += [(outlet, day, None) for outlet, day in await excuse_queries.needless_calls(session, excused)]
    if covered:
        await call_tasks.cancel_unclaimed(session, covered, at)
