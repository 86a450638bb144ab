"""Use cases of the cutoff: close a day, void its run, excuse a visit before its cutoff or after."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.cutoff import due_queries, finality, queries, settlement, settlement_queries
from app.closing.cutoff.errors import CutoffNotReached, CutoffRunNotFound, NonWorkingDay
from app.closing.cutoff.finality import finalise_after_72h, finalise_moved, finalise_passed
from app.closing.cutoff.masters_then import closing_day
from app.closing.cutoff.models import CutoffRun
from app.closing.cutoff.previews import preview
from app.closing.cutoff.rules import ClosingDay
from app.closing.cutoff.settlement import (
    settle_cancelled_orders,
    settle_excuse,
    settle_late_orders,
    settle_waiting,
    territories_waiting,
)
from app.closing.punctuality import service as punctuality
from app.closing.punctuality.service import JudgedDay
from app.closing.punctuality.timely_orders import ClosedVisit
from app.field.visits import service as visits
from app.field.visits.service import Excuse, NamedVisit
from app.ground import clock
from app.ground.db import barrier
from app.ground.db.plans import in_parallel, without_nested_loops
from app.ground.events import service as events
from app.masters.outlets import service as outlets
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, call_deadline_at, cutoff_at, is_working_day
from app.motivation.points import service as points
from app.motivation.points.service import PointsRule

__all__ = [
    "close_day",
    "close_or_find",
    "closed_before_last_change",
    "closed_days",
    "excuse_visit",
    "finalise_after_72h",
    "finalise_moved",
    "finalise_passed",
    "preview",
    "settle_cancelled_orders",
    "settle_late_orders",
    "settle_waiting",
    "territories_waiting",
    "void_run",
]


async def close_day(session: AsyncSession, territory_id: int, business_date: date, *, triggered_by: str) -> CutoffRun:
    """Close a territory's day (C1–C6): answers its run, the existing one where the day is closed already.

    Raises TerritoryNotFound, NonWorkingDay, and CutoffNotReached before the cutoff.
    """
    run, _ = await close_or_find(session, territory_id, business_date, triggered_by=triggered_by)
    return run


async def close_or_find(
    session: AsyncSession, territory_id: int, business_date: date, *, triggered_by: str
) -> tuple[CutoffRun, bool]:
    """Like `close_day`; answers also whether this call made the run."""
    territory = await territories.territory_facts(session, territory_id)
    _must_be_due(territory, business_date)
    existing = await queries.run_of_day(session, territory_id, business_date)
    if existing is not None:
        return existing, False
    waiting_since = clock.now()
    concerned = sorted({territory_id, *await outlets.territories_that_took_over(session, territory_id)})
    await barrier.wait_for_all(session, concerned)
    run = _new_run(territory, business_date, triggered_by)
    if not await queries.insert_run(session, run):
        # another transaction closed the day between the two statements, and has committed
        return await queries.the_run_of_day(session, territory_id, business_date), False
    day = await closing_day(session, territory.id, run.business_date, run.cutoff_at, clock.now())
    unsettled = await _take_snapshot(session, run, territory, day, alone=concerned == [territory_id])
    await settlement.settle_run(session, unsettled, clock.now())
    await _meet_the_present(session, run, concerned, waiting_since)
    await queries.forget_snapshot(session)
    await events.record(session, "cutoff_run.closed", territory.id, _event_payload(run, territory), run.finished_at)
    return run, True


async def closed_days(session: AsyncSession, after: Mapping[int, date]) -> set[tuple[int, date]]:
    """The (territory id, business date) that have a run, of each territory those after its day. One statement."""
    return await due_queries.closed_days(session, after)


async def closed_before_last_change(session: AsyncSession, *, triggered_by: str) -> dict[int, date]:
    """By territory id the last day that `triggered_by` closed before the territory was last changed. One statement.

    Whoever closes days oldest first has closed all days before it, by the calendar in force then. A calendar that
    changes later, say by one more Saturday or one holiday fewer, reopens no past day.
    """
    return await due_queries.closed_before_last_change(session, triggered_by)


async def excuse_visit(
    session: AsyncSession,
    visit_id: UUID,
    territory_ids: Collection[int] | None,
    *,
    reason_code: str,
    comment: str,
    by: str,
) -> tuple[NamedVisit, Excuse]:
    """Excuse a planned visit, before its cutoff or after (V5); the excuse that stands.

    After the cutoff it takes back what the visit has cost, and cancels a call that nobody has claimed. Raises as
    `visits.service.excuse_visit` does.
    """
    visit, excuse = await visits.excuse_visit(
        session, visit_id, territory_ids, reason_code=reason_code, comment=comment, by=by
    )
    await settle_excuse(session, (visit.outlet_id, visit.visit_date), visit.id, excuse.at)
    return visit, excuse


async def void_run(session: AsyncSession, run_id: UUID, *, reason: str, by: str) -> CutoffRun:
    """Void a run that was made in error (C9, decision 48); answers it. Safe to repeat: the first reason stays.

    All that it has cost is taken back, and the calls that nobody has claimed are cancelled. The run and its report stay
    readable; its day is closed anew by hand alone. Raises CutoffRunNotFound.
    """
    run = await queries.run_by_id(session, run_id)
    if run is None:
        raise CutoffRunNotFound
    concerned = {run.territory_id, *await outlets.territories_that_took_over(session, run.territory_id)}
    await barrier.hold_alone(session, concerned)
    if not await queries.lock_standing(session, run):
        return run
    at = clock.now()
    await settlement.void_entries(session, run, at)
    await queries.void(session, run, at, by, reason)
    territory = await territories.territory_facts(session, run.territory_id)
    payload = _event_payload(run, territory) | {"voided_by": by}
    await events.record(session, "cutoff_run.voided", territory.id, payload, at)
    return run


def _must_be_due(territory: TerritoryFacts, business_date: date) -> None:
    if not is_working_day(territory, business_date):
        raise NonWorkingDay(f"{territory.code} does not work on {business_date}.")
    closes_at = cutoff_at(territory, business_date)
    if clock.now() < closes_at:
        local_time = closes_at.astimezone(territory.zone).isoformat()
        raise CutoffNotReached(f"{territory.code} closes {business_date} at {local_time}.", cutoff_at=local_time)


def _new_run(territory: TerritoryFacts, business_date: date, triggered_by: str) -> CutoffRun:
    now, deadline = clock.now(), call_deadline_at(territory, business_date)
    due_at = call_tasks.due_at(business_date, deadline, territory.zone, now)
    return CutoffRun(
        id=uuid4(),
        territory_id=territory.id,
        business_date=business_date,
        cutoff_at=cutoff_at(territory, business_date),
        call_deadline_at=due_at or deadline,
        started_at=now,
        finished_at=now,
        planned_visits=0,
        missing_orders=0,
        call_tasks=0,
        penalties=0,
        triggered_by=triggered_by,
    )


async def _take_snapshot(
    session: AsyncSession, run: CutoffRun, territory: TerritoryFacts, day: ClosingDay, *, alone: bool
) -> list[ClosedVisit]:
    """Write everything that a run writes (C3), as of the cutoff. Answers the visits about which more is known already:
    those that have late orders, or all where an earlier run of the day is void.

    `alone`: no outlet of the territory belongs to another one by now.
    """
    closed_anew = await queries.has_void_run(session, day.territory_id, day.business_date)
    one_by_one: list[int] = []
    async with without_nested_loops(session):
        run.planned_visits = await queries.count_few(session, day)
        async with in_parallel(session, big=run.is_big()):
            if run.is_big():
                run.planned_visits = await queries.count_planned(session, day)
            ordered = await queries.ordered_outlets(session, day)
            run.missing_orders = await queries.take_snapshot(session, day, ordered)
        await queries.insert_missing_orders(session, day, run.id)
        if run.started_at < run.call_deadline_at:
            run.call_tasks = await call_tasks.open_for(
                session,
                day.territory_id,
                day.business_date,
                queries.to_phone(),
                available_at=run.cutoff_at,
                due_at=run.call_deadline_at,
                first_time=alone and not closed_anew and not await outlets.has_taken_over(session, day.territory_id),
            )
        run.penalties = await points.book(
            session, PointsRule.MISSED_ORDER, queries.charged(day), run.started_at, first_time=not closed_anew
        )
        if not closed_anew:
            apart = {*ordered, *day.masters_then["outlet_ids_elsewhere"]}
            judged = JudgedDay(day.territory_id, day.business_date, day.cutoff_at, apart, day.reps_then)
            one_by_one = await punctuality.book_day(session, territory, judged, run.started_at)
    if closed_anew:
        run.penalties = await queries.count_charged(session, day)
        visits = await settlement_queries.missing_of_run(session, run)
        await call_tasks.open_again(session, {(visit.outlet_id, visit.business_date) for visit in visits}, clock.now())
        await punctuality.book_day_anew(session, day.territory_id, day.business_date, clock.now())
        return visits
    await punctuality.settle_day(session, day.territory_id, day.business_date, one_by_one, run.started_at)
    return await queries.late_ordered(session, day)


async def _meet_the_present(
    session: AsyncSession, run: CutoffRun, concerned: Sequence[int], waiting_since: datetime
) -> None:
    """Settle what was received while the run was at work, and make final what synced meanwhile; then the run is over.

    From here to the commit nobody records anything for the territory, nor for those that took over outlets of it.
    Transactions before that could not see this run, so the run settles for them; later ones see the run, and settle for
    themselves. Nothing falls between the two.
    """
    await barrier.hold_alone(session, concerned)
    now = clock.now()
    supplemented = await settlement.settle_touched_since(session, run, concerned, waiting_since, now)
    await finality.finalise_run(session, run, now, supplemented=supplemented)
    run.finished_at = now
    await queries.update_counts(session, run)


def _event_payload(run: CutoffRun, territory: TerritoryFacts) -> dict[str, Any]:
    counts = ("planned_visits", "missing_orders", "call_tasks", "penalties")
    return {
        "id": str(run.id),
        "territory_code": territory.code,
        "business_date": run.business_date.isoformat(),
        "cutoff_at": run.cutoff_at.isoformat(),
        **{name: getattr(run, name) for name in counts},
    }
