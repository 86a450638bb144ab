"""All SQL of pardons and holds: what appeals have settled for good, and what waits for a review."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Text, Uuid, and_, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.ground.db.statements import DirectStatement, document, insert_rows
from app.motivation.points.ledger_queries import first_entry
from app.motivation.points.models import PointsEntry, PointsHold, PointsPardon
from app.motivation.points.queries import about
from app.motivation.points.rules import FirstEntry, PointsRule, SourceType

_PARDONED = select(PointsPardon.rule, PointsPardon.source_id).where(
    PointsPardon.source_id == func.any(bindparam("source_ids", type_=ARRAY(Uuid))),
    PointsPardon.source_type == bindparam("source_type", type_=Text),
    PointsPardon.rule == func.any(bindparam("rules", type_=ARRAY(Text))),
)


async def pardoned(
    session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], rules: Collection[PointsRule]
) -> set[tuple[PointsRule, UUID]]:
    """What appeals have settled for good, of these rules and sources."""
    rows = await session.execute(_PARDONED, about(source_type, source_ids, rules))
    return {(PointsRule(row.rule), row.source_id) for row in rows}


_PARDONED_ENTRIES = (
    select(
        PointsEntry.id,
        PointsEntry.rep_id,
        PointsEntry.rule,
        PointsEntry.kind,
        PointsEntry.source_type,
        PointsEntry.source_id,
        PointsEntry.business_date,
    )
    .join(
        PointsPardon,
        and_(
            PointsPardon.source_id == PointsEntry.source_id,
            PointsPardon.source_type == PointsEntry.source_type,
            PointsPardon.rule == PointsEntry.rule,
        ),
    )
    .where(PointsPardon.pardoned_at >= bindparam("since", type_=DateTime(timezone=True)))
    .where(
        PointsEntry.reverses_id.is_(None), PointsEntry.rep_id == func.any(bindparam("rep_ids", type_=ARRAY(Integer)))
    )
    .order_by(PointsEntry.source_type, PointsEntry.id)
)


async def pardoned_entries(session: AsyncSession, rep_ids: Collection[int], since: datetime) -> list[FirstEntry]:
    """What the chains of these reps began with that appeals have settled since; by type of source."""
    rows = await session.execute(_PARDONED_ENTRIES, {"rep_ids": list(rep_ids), "since": since})
    return [first_entry(row) for row in rows]


_INSERT_PARDONS = DirectStatement(
    insert_rows(PointsPardon, ("source_id", "rule", "source_type", "appeal_id", "pardoned_at")).on_conflict_do_nothing()
)
_HOLD = DirectStatement(insert_rows(PointsHold, ("source_id", "source_type", "held_at")).on_conflict_do_nothing())
_RELEASE = delete(PointsHold).where(
    PointsHold.source_id == func.any(bindparam("source_ids", type_=ARRAY(Uuid))),
    PointsHold.source_type == bindparam("source_type", type_=Text),
)


async def insert_pardons(
    session: AsyncSession,
    source_type: SourceType,
    source_id: UUID,
    rules: Collection[PointsRule],
    appeal_id: UUID,
    at: datetime,
) -> None:
    """Write that an appeal has settled what these rules say of a source, unless one has before."""
    rows = [
        {
            "source_id": source_id,
            "rule": rule.value,
            "source_type": source_type.value,
            "appeal_id": appeal_id,
            "pardoned_at": at,
        }
        for rule in rules
    ]
    await _INSERT_PARDONS.rows(session, {"rows": document(rows)})


async def hold(session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID], at: datetime) -> None:
    """Write that the penalties of these sources wait for a review."""
    rows = [{"source_id": source_id, "source_type": source_type.value, "held_at": at} for source_id in source_ids]
    await _HOLD.rows(session, {"rows": document(rows)})


async def release(session: AsyncSession, source_type: SourceType, source_ids: Collection[UUID]) -> None:
    """Take that away again."""
    await session.execute(_RELEASE, {"source_type": source_type.value, "source_ids": list(source_ids)})
