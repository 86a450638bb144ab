"""All SQL of what rules cost and earn: which version holds on a day, and writing a new one."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PointsEntry, PointsPolicy
from app.motivation.points.rules import Policy

_LOCK = 0x5050_4F4C
"""The advisory lock of the policy ("PPOL"): shared by whoever books by it, alone to change it."""

_TERMS = (PointsPolicy.points, PointsPolicy.version, PointsPolicy.monthly_cap, PointsPolicy.rate_limit)


def in_force(rule: ColumnElement[str], day: ColumnElement[date]) -> Select[*tuple[Any, ...]]:
    """What a rule costs or earns on a day: of the versions valid by then, the one that came into force last."""
    return (
        select(*_TERMS)
        .where(PointsPolicy.rule == rule, PointsPolicy.valid_from <= day)
        .order_by(PointsPolicy.valid_from.desc(), PointsPolicy.version.desc())
        .limit(1)
    )


def _policies() -> Select[*tuple[Any, ...]]:
    rules = select(PointsPolicy.rule).distinct().subquery("rules")
    policy = in_force(rules.c.rule, bindparam("day", type_=Date)).lateral("policy")
    return select(rules.c.rule, *policy.c).join(policy, true())


_POLICIES = _policies()
_VERSIONS = select(PointsPolicy).order_by(
    PointsPolicy.rule, PointsPolicy.valid_from.desc(), PointsPolicy.version.desc()
)


async def policies_in_force(session: AsyncSession, day: date) -> dict[str, Policy]:
    """What each rule costs or earns on `day`; a rule without a policy by then is absent."""
    rows = await session.execute(_POLICIES, {"day": day})
    return {row.rule: Policy(row.points, row.version, row.monthly_cap, row.rate_limit) for row in rows}


async def versions(session: AsyncSession, rule: str | None = None) -> list[PointsPolicy]:
    """Every version of every rule, or of one: by rule, the newest day first."""
    query = _VERSIONS if rule is None else _VERSIONS.where(PointsPolicy.rule == rule)
    return list(await session.scalars(query))


async def hold_policy(session: AsyncSession) -> None:
    """See to it that nobody changes the policy until the transaction ends. For whoever books outside of barriers."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK)))


async def hold_policy_alone(session: AsyncSession) -> None:
    """Wait for whoever books, and be alone with the policy until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def last_booked_day(session: AsyncSession, since: date) -> date | None:
    """The latest day, `since` at the earliest, that the ledger has an entry about; None where there is none.

    An entry counts in the month of its day or in a later one, so that older ones are not read.
    """
    recent = (PointsEntry.month >= since.replace(day=1), PointsEntry.business_date >= since)
    day: date | None = await session.scalar(select(func.max(PointsEntry.business_date)).where(*recent))
    return day


async def insert_version(session: AsyncSession, values: dict[str, Any]) -> int:
    """Write a version of a rule's policy, numbered after its last one; its number.

    Raises IntegrityError where somebody else writes one at the same moment.
    """
    last = select(func.coalesce(func.max(PointsPolicy.version), 0)).where(PointsPolicy.rule == values["rule"])
    version = (last.scalar_subquery() + 1).label("version")
    statement = insert(PointsPolicy).values({**values, "version": version}).returning(PointsPolicy.version)
    return int((await session.execute(statement)).scalar_one())
