"""All SQL that reads the ledger as people see it: the entries of a rep, of a visit, one by its id."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Row, and_, any_, cast, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsHold
from app.motivation.points.rules import Entry, FirstEntry, PointsEntryKind, PointsRule, SourceType

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
        PointsEntry.month,
        PointsHold.source_id.is_not(None).label("held"),
    )
    .outerjoin(PenaltyFinalisation, PenaltyFinalisation.entry_id == PointsEntry.id)
    .outerjoin(
        PointsHold,
        and_(PointsHold.source_id == PointsEntry.source_id, PointsHold.source_type == PointsEntry.source_type),
    )
    .order_by(PointsEntry.business_date, PointsEntry.id)
)


async def entries_of(session: AsyncSession, rep_id: int, first: date, last: date) -> list[Entry]:
    """A rep's entries of these business dates, by date and id."""
    by_month = PointsEntry.month >= first.replace(day=1)
    rows = _ENTRY.where(PointsEntry.rep_id == rep_id, by_month, PointsEntry.business_date.between(first, last))
    return [_entry(row) for row in await session.execute(rows)]


async def entries_of_month(session: AsyncSession, rep_id: int, month: date) -> list[Entry]:
    """A rep's entries that count in a month, by its first day, by date and id."""
    rows = _ENTRY.where(PointsEntry.rep_id == rep_id, PointsEntry.month == month)
    return [_entry(row) for row in await session.execute(rows)]


_ROOT = text("""
    WITH RECURSIVE chain AS (
        SELECT * FROM points_entries WHERE id = :entry_id
        UNION ALL
        SELECT e.* FROM chain JOIN points_entries e ON e.id = chain.reverses_id
    )
    SELECT id, rep_id, rule, kind, source_type, source_id, business_date FROM chain WHERE reverses_id IS NULL
""")


async def first_of_chain(session: AsyncSession, entry_id: int) -> FirstEntry | None:
    """The entry that a chain began with, by any entry of it; None where there is none of this id."""
    row = (await session.execute(_ROOT, {"entry_id": entry_id})).one_or_none()
    return None if row is None else first_entry(row)


def first_entry(row: Row[*tuple[Any, ...]]) -> FirstEntry:
    """A row of its columns as a plain value."""
    named = {
        "rule": PointsRule(row.rule),
        "kind": PointsEntryKind(row.kind),
        "source_type": SourceType(row.source_type),
    }
    return FirstEntry(**row._asdict() | named)


async def any_entries(session: AsyncSession, rep_ids: Collection[int], month: date) -> bool:
    """Whether anything of these reps counts in a month, by its first day."""
    entries = exists().where(
        PointsEntry.rep_id == any_(cast(list(rep_ids), ARRAY(Integer))), PointsEntry.month == month
    )
    return bool(await session.scalar(select(entries)))


async def entries_about(session: AsyncSession, visit_id: UUID) -> list[Entry]:
    """The entries whose source is the visit, those that reverse them, those that reverse these, and so on, by id."""
    of_visit = select(PointsEntry.id).where(
        PointsEntry.source_type == SourceType.VISIT.value, PointsEntry.source_id == visit_id
    )
    chain = of_visit.cte("chain", recursive=True)
    chain = chain.union_all(select(PointsEntry.id).join(chain, PointsEntry.reverses_id == chain.c.id))
    rows = _ENTRY.where(PointsEntry.id.in_(select(chain.c.id)))
    return [_entry(row) for row in await session.execute(rows)]


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(**row._asdict() | {"kind": PointsEntryKind(row.kind)})
