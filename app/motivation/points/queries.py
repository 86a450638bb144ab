"""All SQL of the ledger, and of the policy that is in force. It inserts, and neither updates nor deletes."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, Relation
from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsPolicy
from app.motivation.points.rules import BOOKINGS, Entry, LastStep, PointsEntryKind, PointsRule, Policy, SourceType


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

_ENTRIES = cast(Table, PointsEntry.__table__)
_FINALISATIONS = cast(Table, PenaltyFinalisation.__table__)
_AT = bindparam("at", type_=DateTime(timezone=True))

_REVERSE = text("""
    INSERT INTO points_entries (rep_id, rule, kind, points, source_type, source_id, reverses_id, provisional,
      policy_version, business_date, booked_at, note)
    SELECT e.rep_id, e.rule, 'REVERSAL', -e.points, 'entry', NULL, e.id, false, e.policy_version, e.business_date,
      :at, t.note
    FROM unnest(:entry_ids, :notes) t (entry_id, note) JOIN points_entries e ON e.id = t.entry_id
    ON CONFLICT (reverses_id) WHERE reverses_id IS NOT NULL DO NOTHING
""").bindparams(_AT, bindparam("entry_ids", type_=ARRAY(BigInteger)), bindparam("notes", type_=ARRAY(Text)))


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


async def book(session: AsyncSession, rule: PointsRule, due: Relation, at: datetime, *, first_time: bool) -> int:
    """Insert an entry for each source that is due, for as many points as the policy of its day says.

    `first_time`: no source is looked up to see whether the rule has booked it before: that takes a quarter of the time.
    """
    statement = _booking(rule, due.rows, first_time=first_time)
    result: Any = await session.execute(statement, {**due.parameters, "at": at})
    return int(result.rowcount)


@cache
def _booking(rule: PointsRule, due: Select[*tuple[Any, ...]], *, first_time: bool) -> Insert:
    booking, source = BOOKINGS[rule], due.subquery("due")
    policy = in_force(literal(rule.value), source.c.business_date).lateral("policy")
    entry = {
        "rep_id": source.c.rep_id,
        "rule": literal(rule.value),
        "kind": literal(booking.kind.value),
        "points": policy.c.points,
        "source_type": literal(booking.source_type.value),
        "source_id": source.c.source_id,
        "provisional": source.c.provisional,
        "policy_version": policy.c.version,
        "business_date": source.c.business_date,
        "booked_at": _AT,
        "note": source.c.note,
    }
    rows = select(*entry.values()).select_from(source.join(policy, true()))
    statement = insert(_ENTRIES).from_select(list(entry), rows)
    if first_time:
        return statement
    return statement.on_conflict_do_nothing(
        index_elements=["source_id", "rule", "source_type"], index_where=_ENTRIES.c.reverses_id.is_(None)
    )


async def reverse(session: AsyncSession, notes: Mapping[int, str], at: datetime) -> None:
    """Insert the reversal of each of these entries (by id), with its note, unless there is one."""
    await session.execute(_REVERSE, {"entry_ids": list(notes), "notes": list(notes.values()), "at": at})


async def finalise(session: AsyncSession, penalties: Relation, because: str, at: datetime) -> int:
    """Note of each of these penalties (by entry id) that it is final, unless that is noted already; how many."""
    parameters = {**penalties.parameters, "because": because, "at": at}
    ((count,),) = await _finalisation(penalties.rows).rows(session, parameters)
    return int(count)


@cache
def _finalisation(penalties: Select[*tuple[Any, ...]]) -> DirectStatement:
    penalty = penalties.subquery("penalty")
    steps = select(penalty.c.id, bindparam("because", type_=Text), _AT)
    statement = insert(_FINALISATIONS).from_select(["entry_id", "because", "finalised_at"], steps)
    written = statement.on_conflict_do_nothing().returning(_FINALISATIONS.c.entry_id).cte("written")
    return DirectStatement(select(func.count()).select_from(written))
