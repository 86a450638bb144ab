"""All SQL that writes the ledger, and reads where chains of entries end. It inserts entries, and changes none."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    SQLColumnExpression,
    Table,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    null,
    select,
    text,
    true,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, Relation, document, given_rows
from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsHold, RepClosing
from app.motivation.points.policy_queries import in_force
from app.motivation.points.rules import (
    BOOKINGS,
    LastStep,
    PointsEntryKind,
    PointsFinding,
    PointsRule,
    Reversal,
    SourceType,
)

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

_ENTRIES = cast(Table, PointsEntry.__table__)
_FINALISATIONS = cast(Table, PenaltyFinalisation.__table__)
_AT = bindparam("at", type_=DateTime(timezone=True))


def month_of(day: SQLColumnExpression[date]) -> ColumnElement[date]:
    """The month in whose statement an entry about a day counts: that day's, or the first one that is open (P6).

    `rep_closings` is to be joined, outer, by the rep.
    """
    first_open = RepClosing.closed_through + text("interval '1 month'")
    month: ColumnElement[date] = cast_to(func.greatest(func.date_trunc("month", day), first_open), Date)
    return month


def _reversal() -> Insert:
    given = given_rows({"entry_id": BigInteger(), "note": Text(), "facts": JSONB()})
    entry = {
        "rep_id": PointsEntry.rep_id,
        "rule": PointsEntry.rule,
        "kind": literal(PointsEntryKind.REVERSAL.value),
        "points": -PointsEntry.points,
        "source_type": literal(SourceType.ENTRY.value),
        "source_id": null(),
        "reverses_id": PointsEntry.id,
        "provisional": literal(value=False),
        "policy_version": PointsEntry.policy_version,
        "business_date": PointsEntry.business_date,
        "booked_at": _AT,
        "note": given.c.note,
        "month": month_of(PointsEntry.business_date),
        "facts": given.c.facts,
    }
    rows = (
        select(*entry.values())
        .select_from(given)
        .join(PointsEntry, PointsEntry.id == given.c.entry_id)
        .outerjoin(RepClosing, RepClosing.rep_id == PointsEntry.rep_id)
    )
    return (
        insert(_ENTRIES)
        .from_select(list(entry), rows)
        .on_conflict_do_nothing(index_elements=["reverses_id"], index_where=_ENTRIES.c.reverses_id.is_not(None))
    )


_REVERSE = _reversal()


def provisional_penalties(source_type: SourceType) -> Select[int]:
    """The ids of the penalties about such sources that were booked as provisional and may become final.

    They have not become so, and wait for no review (P4). For a caller to narrow down.
    """
    held = exists().where(
        PointsHold.source_id == PointsEntry.source_id, PointsHold.source_type == PointsEntry.source_type
    )
    return (
        select(PointsEntry.id)
        .where(
            PointsEntry.provisional,
            PointsEntry.kind == PointsEntryKind.PENALTY.value,
            PointsEntry.reverses_id.is_(None),
        )
        .where(PointsEntry.source_type == source_type.value)
        .where(~exists().where(PenaltyFinalisation.entry_id == PointsEntry.id), ~held)
    )


async def last_steps(
    session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]
) -> list[LastStep]:
    """Where what these rules booked for these sources has come to; nothing for what was never booked."""
    rows = await session.execute(_LAST_STEPS, about(source_type, source_ids, rules))
    # an even number of steps from the first entry: reversed, and that reversal reversed
    return [
        LastStep(row.source_id, PointsRule(row.rule), row.id, row.points, counts=row.depth % 2 == 0, final=row.final)
        for row in rows
    ]


def about(source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]) -> dict[str, Any]:
    """Of which sources and rules a statement reads: its parameters."""
    return {
        "source_type": source_type.value,
        "source_ids": list(source_ids),
        "rules": [rule.value for rule in rules],
    }


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
        "month": month_of(source.c.business_date),
    }
    sources = source.join(policy, true()).outerjoin(RepClosing, RepClosing.rep_id == source.c.rep_id)
    rows = select(*entry.values()).select_from(sources).where(policy.c.points != 0)
    statement = insert(_ENTRIES).from_select(list(entry), rows)
    return statement if first_time else _once(statement)


def _once(statement: Insert) -> Insert:
    """A rule books a source once (P1)."""
    return statement.on_conflict_do_nothing(
        index_elements=["source_id", "rule", "source_type"], index_where=_ENTRIES.c.reverses_id.is_(None)
    )


_FOUND = {
    "rule": Text(),
    "kind": Text(),
    "source_type": Text(),
    "source_id": Uuid(),
    "rep_id": Integer(),
    "business_date": Date(),
    "provisional": Boolean(),
    "note": Text(),
    "facts": JSONB(),
    "points": Integer(),
    "policy_version": Integer(),
}


def _booking_found() -> Insert:
    """Points and version are the policy's, but for what comes with its own."""
    given = given_rows(_FOUND)
    policy = in_force(given.c.rule, given.c.business_date).lateral("policy")
    points = func.coalesce(given.c.points, policy.c.points)
    entry = {
        **{name: given.c[name] for name in _FOUND if name not in {"points", "policy_version"}},
        "points": points,
        "policy_version": func.coalesce(given.c.policy_version, policy.c.version),
        "booked_at": _AT,
        "month": month_of(given.c.business_date),
    }
    sources = given.outerjoin(policy, true()).outerjoin(RepClosing, RepClosing.rep_id == given.c.rep_id)
    rows = select(*entry.values()).select_from(sources).where(points != 0)
    return _once(insert(_ENTRIES).from_select(list(entry), rows))


_BOOK_FOUND = _booking_found()


async def book_found(session: AsyncSession, findings: Sequence[PointsFinding], at: datetime) -> None:
    """Insert an entry for each finding that counts, whatever its rule."""
    rows = [
        {
            "rule": finding.rule.value,
            "kind": BOOKINGS[finding.rule].kind.value,
            "source_type": BOOKINGS[finding.rule].source_type.value,
            "source_id": finding.source_id,
            "rep_id": finding.rep_id,
            "business_date": finding.business_date,
            "provisional": finding.provisional,
            "note": finding.note,
            "facts": finding.facts,
            "points": finding.points,
            "policy_version": finding.policy_version,
        }
        for finding in findings
    ]
    await session.execute(_BOOK_FOUND, {"rows": document(rows), "at": at})


async def reverse(session: AsyncSession, reversals: Mapping[int, Reversal], at: datetime) -> None:
    """Insert the reversal of each of these entries (by id), unless there is one."""
    rows = [
        {"entry_id": entry_id, "note": reversal.note, "facts": reversal.facts}
        for entry_id, reversal in reversals.items()
    ]
    await session.execute(_REVERSE, {"rows": document(rows), "at": at})


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
