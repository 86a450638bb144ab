"""All SQL of the ledger."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsPolicy
from app.motivation.points.rules import Entry, EntryKind, Policy


async def policies_in_force(session: AsyncSession, day: date) -> dict[str, Policy]:
    """What each rule costs or earns on `day`: of the versions valid by then, the one that came into force last."""
    newest = (
        select(PointsPolicy.rule, PointsPolicy.points, PointsPolicy.version)
        .where(PointsPolicy.valid_from <= day)
        .ext(distinct_on(PointsPolicy.rule))
        .order_by(PointsPolicy.rule, PointsPolicy.valid_from.desc(), PointsPolicy.version.desc())
    )
    return {rule: Policy(points, version) for rule, points, version in await session.execute(newest)}


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
        PenaltyFinalisation.entry_id.is_not(None),
        PointsEntry.business_date,
        PointsEntry.booked_at,
        PointsEntry.note,
    )
    .outerjoin(PenaltyFinalisation, PenaltyFinalisation.entry_id == PointsEntry.id)
    .order_by(PointsEntry.business_date, PointsEntry.id)
)


async def entries_of(session: AsyncSession, rep_id: int, first: date, last: date) -> list[Entry]:
    """A rep's entries of these business dates, by date and id."""
    found = _ENTRY.where(PointsEntry.rep_id == rep_id, PointsEntry.business_date.between(first, last))
    return [_entry(tuple(row)) for row in await session.execute(found)]


async def entries_about(session: AsyncSession, visit_id: UUID) -> list[Entry]:
    """The entries whose source is the visit, those that reverse them, those that reverse these, and so on, by id."""
    of_visit = select(PointsEntry.id).where(PointsEntry.source_type == "visit", PointsEntry.source_id == visit_id)
    chain = of_visit.cte("chain", recursive=True)
    chain = chain.union_all(select(PointsEntry.id).join(chain, PointsEntry.reverses_id == chain.c.id))
    found = _ENTRY.where(PointsEntry.id.in_(select(chain.c.id)))
    return [_entry(tuple(row)) for row in await session.execute(found)]


def _entry(row: tuple[Any, ...]) -> Entry:
    entry_id, rule, kind, *rest = row
    return Entry(entry_id, rule, EntryKind(kind), *rest)
