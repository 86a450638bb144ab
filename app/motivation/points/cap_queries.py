"""All SQL of caps: what reps have earned by capped rules in a month, and what was taken off."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    column,
    exists,
    func,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import Relation
from app.motivation.points.cap_rules import CappedMonth, TakenOff
from app.motivation.points.models import PointsEntry, PointsPardon, PointsPolicy
from app.motivation.points.policy_queries import in_force
from app.motivation.points.rules import PointsRule

_HAS_CAPS = select(exists().where(PointsPolicy.monthly_cap.is_not(None)))

_REPS = bindparam("rep_ids", type_=ARRAY(Integer))
_MONTHS = bindparam("months", type_=ARRAY(Date))
_months = (
    func.unnest(_MONTHS, bindparam("last_days", type_=ARRAY(Date)))
    .table_valued(column("month", Date), column("last_day", Date), name="months")
    .render_derived()
)
# a rule that ever had a cap: one whose cap was lifted gives back what was taken off
_capped = select(PointsPolicy.rule).where(PointsPolicy.monthly_cap.is_not(None)).distinct().subquery("capped")
_policy = in_force(_capped.c.rule, _months.c.last_day).lateral("policy")
_EARNED: Any = (
    select(
        PointsEntry.rep_id,
        PointsEntry.rule,
        _months.c.month,
        func.sum(PointsEntry.points).label("earned"),
        _policy.c.monthly_cap.label("cap"),
        _policy.c.version.label("policy_version"),
    )
    .select_from(_months)
    .join(_capped, true())
    .join(_policy, true())
    .join(
        PointsEntry,
        and_(
            PointsEntry.rule == _capped.c.rule,
            PointsEntry.month >= _months.c.month,
            PointsEntry.business_date.between(_months.c.month, _months.c.last_day),
        ),
    )
    .where(PointsEntry.rep_id == any_(_REPS))
    .group_by(PointsEntry.rep_id, PointsEntry.rule, _months.c.month, _policy.c.monthly_cap, _policy.c.version)
)
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


async def has_caps(session: AsyncSession) -> bool:
    """Whether any rule ever had a cap."""
    return bool(await session.scalar(_HAS_CAPS))


async def earned(
    session: AsyncSession, rep_ids: Collection[int], months: Sequence[date], last_days: Sequence[date]
) -> list[CappedMonth]:
    """What these reps have earned by rules with caps in these months, by the days that it is about."""
    rows = await session.execute(_EARNED, {"rep_ids": list(rep_ids), "months": months, "last_days": last_days})
    return [CappedMonth(**row._asdict() | {"rule": PointsRule(row.rule), "earned": int(row.earned)}) for row in rows]


async def taken_off(session: AsyncSession, rep_ids: Collection[int], months: Sequence[date]) -> list[TakenOff]:
    """What stands in the ledger as taken off for caps of these months."""
    rows = await session.execute(_TAKEN_OFF, {"rep_ids": list(rep_ids), "months": months, "first": min(months)})
    return [TakenOff(row.rep_id, PointsRule(row.rule), row.month, row.points) for row in rows]
