"""Holding awards to their monthly caps (P2)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Relation
from app.ground.web.months import last_day_of
from app.motivation.points import cap_queries, queries
from app.motivation.points.cap_rules import cap_findings
from app.motivation.points.rules import AWARDS, PointsRule, SourceType, steps_towards


async def settle_caps(
    session: AsyncSession,
    rep_ids: Collection[int],
    days: Collection[date],
    at: datetime,
    rules: Collection[PointsRule] = AWARDS,
) -> None:
    """Take off what these reps have earned by these rules beyond the caps in the months of these days, or give it back.

    Where an appeal against that was granted, nothing is taken off any more (P5). One cheap statement where none of the
    rules has a cap; else six, and one each for what is booked and what is reversed.
    """
    if days and rep_ids and await cap_queries.has_caps(session, rules):
        await _settle_caps(session, rep_ids, days, at, rules)


async def settle_caps_of(
    session: AsyncSession, reps: Relation, days: Collection[date], at: datetime, rules: Collection[PointsRule]
) -> None:
    """The same for reps whom another domain names: nobody asks who they are where none of the rules has a cap."""
    if await cap_queries.has_caps(session, rules):
        await _settle_caps(session, await cap_queries.rep_ids_of(session, reps), days, at, rules)


async def _settle_caps(
    session: AsyncSession,
    rep_ids: Collection[int],
    days: Collection[date],
    at: datetime,
    rules: Collection[PointsRule],
) -> None:
    months = sorted({day.replace(day=1) for day in days})
    last_days = [last_day_of(month) for month in months]
    # one after the other: who adds up a rep's month sees what whoever was at it before has taken off
    await cap_queries.lock_reps(session, rep_ids)
    earned = await cap_queries.earned(session, rules, rep_ids, months, last_days)
    pardoned = await cap_queries.pardoned(session, rep_ids, months)
    due = [month.without_cap() if (month.rep_id, month.rule, month.month) in pardoned else month for month in earned]
    findings = cap_findings(due, await cap_queries.taken_off(session, rep_ids, months))
    if findings:
        source_ids = {finding.source_id for finding in findings}
        last = await queries.last_steps(session, SourceType.MONTH, source_ids, [PointsRule.OVER_MONTHLY_CAP])
        steps = steps_towards(findings, last, ())
        await queries.reverse(session, steps.reversals, at)
        await queries.book_found(session, steps.bookings, at)
