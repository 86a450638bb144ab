"""Settling late orders and excuses: gather what is known, let the rules decide, write what they decided (C4, C5)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import excuse_queries, finality_queries
from app.closing.cutoff import settlement_queries as queries
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.settlement_rules import MissingVisit, Settlement, settlement
from app.motivation.points import service as points
from app.motivation.points.rules import PROVISIONAL_FOR
from app.motivation.points.service import PointsRule, SourceType

AT_ONCE = 5_000
"""How many missing orders of a run are settled at a time: bounds the memory of a catch-up after a long outage."""

LOOK_BACK = PROVISIONAL_FOR + timedelta(days=2)
"""Penalties of days longer ago are final by time already; two days more cover every zone and a job that was late."""

_RULES = (PointsRule.MISSED_ORDER, PointsRule.LATE_ORDER)


async def settle_late_orders(session: AsyncSession, touched: Collection[tuple[int, date]], at: datetime) -> None:
    """Settle the missing orders of these (outlet id, business date) pairs, which got orders or check-ins just now.

    The caller holds the territory's barrier shared, so that no run is half done meanwhile. One cheap statement where
    none of the days has a missing order; else a fixed number, whatever the size of `touched`. Repeating it, and any
    order of arrival of the same orders and check-ins, ends in the same balance.
    """
    if touched and await queries.any_missing(session, {day for _, day in touched}):
        visits = await queries.lock_missing_orders(session, touched)
        await _settle(session, visits, at, catching_up=False)


async def settle_excuse(session: AsyncSession, business_date: date, visit_id: UUID, at: datetime) -> None:
    """Settle the missing order of a visit that was excused just now, if the cutoff has flagged it. Safe to repeat.

    The caller holds the territory's barrier shared: a run that is at work meanwhile sees the excuse itself.
    """
    visits = await excuse_queries.lock_missing_order(session, business_date, visit_id)
    await _settle(session, visits, at, catching_up=False)


async def settle_as_of_cutoff(session: AsyncSession, visits: Sequence[MissingVisit], at: datetime) -> None:
    """Settle what had come by the time that a day is closed: that the run is late changes nothing for the reps (C6).

    Had the run been in time, the penalties would have been provisional when those orders came. So they are settled as
    provisional ones here, although a watermark may have passed the cutoff since. The facts of `AT_ONCE` missing orders
    are held at a time.
    """
    for start in range(0, len(visits), AT_ONCE):
        await _settle(session, visits[start : start + AT_ONCE], at, catching_up=True)


async def settle_touched_since(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int], since: datetime, at: datetime
) -> None:
    """Settle what was received since `since` for these territories, as `settle_as_of_cutoff` does.

    And what was excused since the cutoff: by this time the run sees every excuse that has not seen the run.
    """
    received = await queries.touched_since(session, run, territory_ids, since)
    excused = await excuse_queries.excused_since(session, run, run.cutoff_at)
    await settle_as_of_cutoff(session, list(dict.fromkeys([*received, *excused])), at)


async def finalise_passed(session: AsyncSession, rep_ids: Collection[int], at: datetime) -> None:
    """Make the reps' provisional penalties final whose cutoff all the rep's watermarks have passed (C4).

    Devices that were revoked do not count. Call it after a watermark has moved, or a device was revoked. One statement.
    """
    await finalise_reps(session, rep_ids, _look_back(at), at)


async def finalise_reps(session: AsyncSession, rep_ids: Collection[int], since: date, at: datetime) -> None:
    """The same for many reps and days since `since`. One statement."""
    if rep_ids:
        await points.finalise(session, finality_queries.passed(rep_ids, since), because="watermark_passed", at=at)


async def finalise_after_72h(session: AsyncSession, at: datetime, *, look_back: timedelta = LOOK_BACK) -> int:
    """Record that penalties are final once their cutoff lies 72 h back (C4). Answers how many. One statement.

    They are final by then whether this ran or not: `provisional` always takes the 72 h into account.
    """
    since = (at - look_back).date()
    return await points.finalise(session, finality_queries.past_72h(since, at), because="after_72h", at=at)


async def _settle(session: AsyncSession, visits: Sequence[MissingVisit], at: datetime, *, catching_up: bool) -> None:
    if not visits:
        return
    by_id = {visit.visit_id: visit for visit in visits}
    late_orders = await queries.late_orders(session, visits)
    steps = await points.last_steps(session, SourceType.VISIT, by_id, _RULES)
    states = [
        replace(state, provisional=state.provisional or catching_up)
        for state in await queries.states(session, visits, steps, at)
    ]
    decisions = {by_id[state.visit_id]: settlement(state, late_orders.get(state.visit_id, ())) for state in states}
    settlements = {visit: decision for visit, decision in decisions.items() if decision is not None}
    if settlements:
        open_still = {state.visit_id for state in states if state.provisional}
        await _apply(session, settlements, open_still, at)
    covered: list[tuple[int, date, UUID | None]] = [
        (visit.outlet_id, visit.business_date, min(orders, key=lambda order: (order.corrected_at, order.id)).id)
        for visit in visits
        if (orders := late_orders.get(visit.visit_id))
    ]
    if excused := [by_id[state.visit_id] for state in states if state.excused]:
        covered += [(outlet, day, None) for outlet, day in await excuse_queries.needless_calls(session, excused)]
    if covered:
        await call_tasks.cancel_unclaimed(session, covered, at)


async def _apply(
    session: AsyncSession, settlements: Mapping[MissingVisit, Settlement], provisional: Collection[UUID], at: datetime
) -> None:
    """Write settlements into the ledger and beside the missing orders. Three statements."""
    causes = {tip.entry_id: decision.outcome.value for decision in settlements.values() for tip in decision.reverse}
    if causes:
        await points.reverse(session, causes, at)
    late = [visit for visit, decision in settlements.items() if decision.book_late]
    if late:
        await points.book(session, PointsRule.LATE_ORDER, queries.booked_late(late, provisional), at)
    await queries.resolve(session, settlements, at)


def _look_back(at: datetime) -> date:
    return (at - LOOK_BACK).date()
