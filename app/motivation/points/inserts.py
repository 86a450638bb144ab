"""All SQL that writes the ledger: it inserts, and neither updates nor deletes."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Select,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.direct import DirectStatement
from app.ground.db.relations import Relation
from app.motivation.points.models import PenaltyFinalisation, PointsEntry
from app.motivation.points.queries import in_force
from app.motivation.points.rules import BOOKINGS, PointsRule

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
