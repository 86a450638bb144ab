"""All SQL that reads the ledger, and the policy that is in force."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Date, Row, Select, Text, Uuid, bindparam, exists, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsPolicy
from app.motivation.points.rules import Entry, LastStep, PointsEntryKind, PointsRule, Policy, SourceType


def in_force(rule: ColumnElement[str], day: ColumnElement[date]) -> Select[int, int]:
    """What a rule costs or earns on a day: of the versions valid by then, the one that came into force last."""
    return (
        select(PointsPolicy.points, PointsPolicy.version)
        .where(PointsPolicy.rule == rule, PointsPolicy.valid_from <= day)
        .order_by(PointsPolicy.valid_from.desc(), PointsPolicy.version.desc())
        .limit(1)
    )


def _policies() -> Select[str, int, int]:
    rules = select(PointsPolicy.rule).distinct().subquery("rules")
    policy = in_force(rules.c.rule, bindparam("day", type_=Date)).lateral("policy")
    return select(rules.c.rule, policy.c.points, policy.c.version).join(policy, true())


_POLICIES = _policies()

# A statement of its own: joined to anything else it is looped over, for nothing is known of a recursion's size.
_LAST_STEPS = text("""
    WITH RECURSIVE chain AS (
        SELECT e.source_id, e.rule, e.id, e.points, 0 AS depth,
          EXISTS (SELECT FROM penalty_finalisations f WHERE f.entry_id = e.id) AS final
        FROM points_entries e
        WHERE e.source_id = ANY(:source_ids) AND e.source_type = :source_type AND e.reverses_id IS NULL
          AND e.rule = ANY(:rules)
        UNION ALL
        SELECT chain.source_id, chain.rule, e.id, e.points, chain.depth + 1, chain.final
        FROM chain JOIN points_entries e ON e.reverses_id = chain.id
    )
    SELECT DISTINCT ON (source_id, rule) source_id, rule, id, points, depth, final FROM chain
    ORDER BY source_id, rule, depth DESC
""").bindparams(bindparam("source_ids", type_=ARRAY(Uuid)), bindparam("rules", type_=ARRAY(Text)))

_ENTRY: Any = (
    select(
        PointsEntry.id,
        PointsEntry.rule,
        PointsEntry.kind,
        PointsEntry.points,
        PointsEntry.source_type,
        PointsEntry.source_id,
        PointsEntry.reverses_id,
        PointsEntry.provisional,
        PenaltyFinalisation.entry_id.is_not(None).label("finalised"),
        PointsEntry.business_date,
        PointsEntry.booked_at,
        PointsEntry.note,
    )
    .outerjoin(PenaltyFinalisation, PenaltyFinalisation.entry_id == PointsEntry.id)
    .order_by(PointsEntry.business_date, PointsEntry.id)
)


def provisional_penalties(source_type: SourceType) -> Select[int]:
    """The ids of the penalties about such sources that were booked as provisional and have not become final.

    For a caller to narrow down.
    """
    return (
        select(PointsEntry.id)
        .where(
            PointsEntry.provisional,
            PointsEntry.kind == PointsEntryKind.PENALTY.value,
            PointsEntry.reverses_id.is_(None),
        )
        .where(PointsEntry.source_type == source_type.value)
        .where(~exists().where(PenaltyFinalisation.entry_id == PointsEntry.id))
    )


async def policies_in_force(session: AsyncSession, day: date) -> dict[str, Policy]:
    """What each rule costs or earns on `day`; a rule without a policy by then is absent."""
    return {rule: Policy(points, version) for rule, points, version in await session.execute(_POLICIES, {"day": day})}


async def entries_of(session: AsyncSession, rep_id: int, first: date, last: date) -> list[Entry]:
    """A rep's entries of these business dates, by date and id."""
    rows = _ENTRY.where(PointsEntry.rep_id == rep_id, PointsEntry.business_date.between(first, last))
    return [_entry(row) for row in await session.execute(rows)]


async def entries_about(session: AsyncSession, visit_id: UUID) -> list[Entry]:
    """The entries whose source is the visit, those that reverse them, those that reverse these, and so on, by id."""
    of_visit = select(PointsEntry.id).where(
        PointsEntry.source_type == SourceType.VISIT.value, PointsEntry.source_id == visit_id
    )
    chain = of_visit.cte("chain", recursive=True)
    chain = chain.union_all(select(PointsEntry.id).join(chain, PointsEntry.reverses_id == chain.c.id))
    rows = _ENTRY.where(PointsEntry.id.in_(select(chain.c.id)))
    return [_entry(row) for row in await session.execute(rows)]


async def last_steps(
    session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]
) -> list[LastStep]:
    """Where what these rules booked for these sources has come to; nothing for what was never booked."""
    rows = await session.execute(
        _LAST_STEPS,
        {
            "source_type": source_type.value,
            "source_ids": list(source_ids),
            "rules": [rule.value for rule in rules],
        },
    )
    # an even number of steps from the first entry: reversed, and that reversal reversed
    return [
        LastStep(row.source_id, PointsRule(row.rule), row.id, row.points, counts=row.depth % 2 == 0, final=row.final)
        for row in rows
    ]


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(**row._asdict() | {"kind": PointsEntryKind(row.kind)})
