"""Use case of reps' days: the lines of a page, or of the reps of whom something has changed."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.rep_days import plan_queries, queries
from app.closing.rep_days.plan_queries import Plan
from app.closing.rep_days.records import ClosingRun, Line, LineKey, RepDay, RepDayLines, RepStanding, TerritoryDay
from app.closing.rep_days.rules import progress
from app.ground import clock
from app.masters.territories import service as territories
from app.masters.territories.calendar import TerritoryFacts, business_date, call_deadline_at, cutoff_at, is_working_day


async def rep_days(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    *,
    day: date | None = None,
    territory_code: str | None = None,
    rep_ids: Collection[int] | None = None,
    after: LineKey | None = None,
    limit: int | None = None,
) -> RepDayLines:
    """Up to `limit` lines (None: all) of these territories (None: all), by the codes of territory and rep from `after`
    on; of these reps alone where they are given. `day` None: each territory's own today.

    What is told of outlets is for whom all are in sight: `RepDay.within` narrows it down. The day is told of a
    territory that has a line here, and of the one that was asked for by its code. At most eight statements, whatever
    the number of reps and territories.
    """
    now = clock.now()
    facts = {
        territory.id: territory
        for territory in await _territories(session, territory_ids, territory_code)
        if territory_ids is None or territory.id in territory_ids
    }
    dates = {id_: business_date(territory, now) if day is None else day for id_, territory in facts.items()}
    of_page = await _of_page(session, facts, after, limit) if rep_ids is None else facts
    lines = await queries.lines(session, {id_: dates[id_] for id_ in of_page}, rep_ids, after, limit) if of_page else []
    shown = {line.territory_id for line in lines}
    if territory_code is not None:
        shown |= facts.keys()
    runs = await queries.cutoff_runs(session, {id_: dates[id_] for id_ in shown}) if shown else {}
    days = {id_: _territory_day(facts[id_], dates[id_], now, runs) for id_ in shown}
    if not lines:
        return RepDayLines(days, [])
    today = {id_: day.today for id_, day in days.items()}
    plans = await plan_queries.plans(session, lines, today, now)
    standings = await queries.standings(session, lines, today)
    rows = zip(lines, plans, standings, strict=True)
    return RepDayLines(days, [_rep_day(line, days[line.territory_id], plan, standing) for line, plan, standing in rows])


async def _territories(
    session: AsyncSession, territory_ids: Collection[int] | None, territory_code: str | None
) -> Collection[TerritoryFacts]:
    if territory_code is not None:
        return (await territories.territories_by_code(session, [territory_code])).values()
    if territory_ids is not None:
        return (await territories.territories_by_id(session, territory_ids)).values()
    return await territories.all_territory_facts(session)


async def _of_page(
    session: AsyncSession, facts: Mapping[int, TerritoryFacts], after: LineKey | None, limit: int | None
) -> Collection[int]:
    """The territories in which the lines of a page are: no other's visits have to be looked at."""
    ahead = [territory.id for territory in facts.values() if after is None or territory.code >= after[0]]
    if limit is None or len(ahead) < 2:
        return ahead
    # of the first one all lines may lie before
    return await queries.first_territories(session, ahead, limit, after)


def _territory_day(territory: TerritoryFacts, day: date, now: datetime, runs: Mapping[int, ClosingRun]) -> TerritoryDay:
    working = is_working_day(territory, day)
    return TerritoryDay(
        territory=territory,
        business_date=day,
        today=business_date(territory, now),
        working_day=working,
        cutoff_at=cutoff_at(territory, day) if working else None,
        call_deadline_at=call_deadline_at(territory, day) if working else None,
        cutoff_run=runs.get(territory.id),
        now=now,
    )


def _rep_day(line: Line, day: TerritoryDay, plan: Plan, standing: RepStanding) -> RepDay:
    is_today = line.business_date == day.today
    return RepDay(
        line=line,
        counts=plan.counts,
        last_seen=plan.last_seen,
        next_visit=plan.next_visit,
        progress=progress(plan.so_far, day.now if is_today else None),
        standing=standing,
    )
