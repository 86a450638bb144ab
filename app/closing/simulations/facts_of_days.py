"""How often rules count by the facts of days on which they were off (P7, decision 74)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance.accountability import places_then
from app.closing.cutoff.places import Places
from app.closing.punctuality import service as punctuality
from app.closing.punctuality.rules import due_instant, findings_of
from app.closing.simulations import fact_queries, queries
from app.closing.simulations.queries import ReplayedReps
from app.masters.territories.calendar import TerritoryFacts
from app.motivation.points.rules import PointsRule

AT_ONCE = 5_000
"""Of how many visits late orders are judged at a time: bounds the memory of a company's month."""


async def counted(
    session: AsyncSession,
    asked: ReplayedReps,
    rule: PointsRule,
    days: Sequence[date],
    facts: Sequence[TerritoryFacts],
) -> dict[int, int]:
    """How often a rule counts by the facts of these days, by rep id. `facts`: of all territories.

    A statement for the rule, up to four for where reps and outlets were; two more for due times; for orders in time one
    more, and three for each `AT_ONCE` visits of which nobody has written down whether a late order clears them.
    """
    places = Places((), ())
    if rule in {PointsRule.ORDER_ON_TIME, PointsRule.PAST_DUE_ORDER}:
        places = await places_then(session, asked.month)
    due = await _due_instants(session, days, facts) if rule is PointsRule.PAST_DUE_ORDER else []
    times = await fact_queries.counts(session, asked, rule, days, places, due)
    if rule is PointsRule.ORDER_ON_TIME:
        times = Counter(times) + await _cleared(session, asked, days, places)
    return times


async def _cleared(session: AsyncSession, asked: ReplayedReps, days: Sequence[date], places: Places) -> Counter[int]:
    """How many visits their reps' own late orders bring in time, by rep id; of those of which that is not written down.

    The rule that books decides.
    """
    undecided = await fact_queries.undecided_visits(session, asked, days, places)
    cleared: Counter[int] = Counter()
    for start in range(0, len(undecided), AT_ONCE):
        visits = undecided[start : start + AT_ONCE]
        orders = await punctuality.outlet_orders(session, [visit.closed for visit in visits])
        cleared.update(
            finding.rep_id
            for visit in visits
            for finding in findings_of(visit, orders.get(visit.visit_id, ()))
            if finding.rule is PointsRule.ORDER_ON_TIME and finding.counts
        )
    return cleared


async def _due_instants(
    session: AsyncSession, days: Sequence[date], facts: Sequence[TerritoryFacts]
) -> list[tuple[int, date, time, datetime]]:
    """The due times of the days that were closed, where they lie before the cutoff (C2). Two statements."""
    by_id = {each.id: each for each in facts}
    times = await punctuality.due_times(session)
    return [
        (run.territory_id, run.business_date, due_time, due_at)
        for run in await queries.runs_of(session, days)
        for due_time in times
        if (due_at := due_instant(by_id[run.territory_id], run.business_date, due_time, run.cutoff_at)) is not None
    ]
