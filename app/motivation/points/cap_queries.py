"""All SQL of caps: what reps have earned by capped rules in a month, and what was taken off."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Text,
    any_,
    bindparam,
    exists,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.plans import by_hashing
from app.ground.db.statements import Relation
from app.masters.territories.models import Rep
from app.motivation.points.cap_rules import CappedDays, CappedMonth, TakenOff
from app.motivation.points.models import PointsEntry, PointsPardon, PointsPolicy
from app.motivation.points.rules import PointsRule

_RULES = bindparam("rules", type_=ARRAY(Text))
_HAS_CAPS = select(exists().where(PointsPolicy.monthly_cap.is_not(None), PointsPolicy.rule == any_(_RULES)))
MANY_REPS = 1_000
"""Of so many reps months are read whole; the entries of fewer are looked up."""

_REPS = bindparam("rep_ids", type_=ARRAY(Integer))
_MONTHS = bindparam("months", type_=ARRAY(Date))
# Rules that ever had a cap: where it was lifted, what was taken off is given back. Of the versions of one day the last
# holds; each of them holds up to the next.
_EARNED = text("""
    WITH versions AS (
        SELECT rule, version, monthly_cap, valid_from,
          lead(valid_from) OVER (PARTITION BY rule ORDER BY valid_from) AS until
        FROM (
            SELECT DISTINCT ON (rule, valid_from) rule, version, monthly_cap, valid_from FROM points_policies
            WHERE rule = ANY(:rules) AND rule IN (SELECT rule FROM points_policies WHERE monthly_cap IS NOT NULL)
            ORDER BY rule, valid_from, version DESC) v
    ), spells AS (
        SELECT v.rule, v.version, v.monthly_cap, m.month, greatest(v.valid_from, m.month) AS first,
          least(v.until - 1, m.last_day) AS last
        FROM unnest(:months, :last_days) m (month, last_day)
        JOIN versions v ON v.valid_from <= m.last_day AND (v.until IS NULL OR v.until > m.month)
    )
    SELECT e.rep_id, s.rule, s.month, s.first, s.monthly_cap AS cap, s.version AS policy_version,
      sum(e.points) AS earned
    FROM spells s
    JOIN points_entries e ON e.rule = s.rule AND e.month >= s.month AND e.business_date BETWEEN s.first AND s.last
    WHERE e.rep_id = ANY(:rep_ids)
    GROUP BY e.rep_id, s.rule, s.month, s.first, s.monthly_cap, s.version
    ORDER BY e.rep_id, s.rule, s.month, s.first
""").bindparams(_REPS, _MONTHS, bindparam("last_days", type_=ARRAY(Date)), _RULES)
# what stands of a chain: its first entry, unless an odd number of reversals follows; their sum is all of it, or nothing
_TAKEN_OFF = text("""
    WITH RECURSIVE chain AS (
        SELECT id, rep_id, business_date, note, points, points AS sum, id AS last FROM points_entries
        WHERE rep_id = ANY(:rep_ids) AND month >= :first AND business_date = ANY(:months) AND rule = :rule
          AND reverses_id IS NULL
        UNION ALL
        SELECT chain.id, chain.rep_id, chain.business_date, chain.note, chain.points, chain.sum + e.points, e.id
        FROM chain JOIN points_entries e ON e.reverses_id = chain.last
    ), standing AS (
        SELECT DISTINCT ON (id) * FROM chain ORDER BY id, last DESC
    )
    SELECT rep_id, note AS rule, business_date AS month, -sum AS points FROM standing WHERE sum <> 0
""").bindparams(
    _REPS, _MONTHS, bindparam("first", type_=Date), bindparam("rule", PointsRule.OVER_MONTHLY_CAP.value, type_=Text)
)


_PARDONED: Any = (
    select(PointsEntry.rep_id, PointsEntry.note, PointsEntry.business_date)
    .join(PointsPardon, PointsPardon.source_id == PointsEntry.source_id)
    .where(PointsEntry.rep_id == any_(_REPS), PointsEntry.month >= bindparam("first", type_=Date))
    .where(PointsEntry.business_date == any_(_MONTHS))
    .where(PointsEntry.rule == PointsRule.OVER_MONTHLY_CAP.value, PointsPardon.rule == PointsEntry.rule)
)


async def pardoned(
    session: AsyncSession, rep_ids: Collection[int], months: Sequence[date]
) -> set[tuple[int, PointsRule, date]]:
    """For which rep, rule and month an appeal against what was taken off for a cap was granted (P5)."""
    rows = await session.execute(_PARDONED, {"rep_ids": list(rep_ids), "months": months, "first": min(months)})
    return {(row.rep_id, PointsRule(row.note), row.business_date) for row in rows}


async def rep_ids_of(session: AsyncSession, reps: Relation) -> list[int]:
    """The ids of reps that another domain names."""
    return list(await session.scalars(reps.rows, dict(reps.parameters)))


_LOCK = select(Rep.id).where(Rep.id == any_(_REPS)).order_by(Rep.id).with_for_update(key_share=True)


async def lock_reps(session: AsyncSession, rep_ids: Collection[int]) -> None:
    """Lock these reps until the transaction ends: whoever holds them to their caps next sees what is written here."""
    await session.execute(_LOCK, {"rep_ids": list(rep_ids)})


async def has_caps(session: AsyncSession, rules: Collection[PointsRule]) -> bool:
    """Whether any of these rules ever had a cap."""
    return bool(await session.scalar(_HAS_CAPS, {"rules": [rule.value for rule in rules]}))


async def earned(
    session: AsyncSession,
    rules: Collection[PointsRule],
    rep_ids: Collection[int],
    months: Sequence[date],
    last_days: Sequence[date],
) -> list[CappedMonth]:
    """What these reps have earned by those of these rules that have caps in these months, by the days that it is
    about.
    """
    parameters = {"rep_ids": list(rep_ids), "months": months, "last_days": last_days}
    parameters["rules"] = [rule.value for rule in rules]
    async with by_hashing(session, whole=len(rep_ids) >= MANY_REPS):
        rows = (await session.execute(_EARNED, parameters)).all()
    return [
        CappedMonth(
            rep_id,
            PointsRule(rule),
            month,
            tuple(CappedDays(row.first, int(row.earned), row.cap, row.policy_version) for row in days),
        )
        for (rep_id, rule, month), days in groupby(rows, key=lambda row: (row.rep_id, row.rule, row.month))
    ]


async def taken_off(session: AsyncSession, rep_ids: Collection[int], months: Sequence[date]) -> list[TakenOff]:
    """What stands in the ledger as taken off for caps of these months."""
    rows = await session.execute(_TAKEN_OFF, {"rep_ids": list(rep_ids), "months": months, "first": min(months)})
    return [TakenOff(row.rep_id, PointsRule(row.rule), row.month, row.points) for row in rows]
