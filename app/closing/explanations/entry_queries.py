"""The read of an entry with every step about the same source, its policy, and what has settled it."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, Select, and_, bindparam, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.closing.explanations.records import AppliedPolicy, ExplainedEntry, LedgerStep, SeenAppeal
from app.masters.territories.models import Rep
from app.motivation.appeals.models import Appeal
from app.motivation.appeals.rules import AppealStatus
from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsHold, PointsPardon, PointsPolicy
from app.motivation.points.rules import PointsEntryKind, PointsRule, SourceType


def _steps() -> Select[*tuple[Any, ...]]:
    """Up to the entry that the chain began with, and from there down all that is about the same source."""
    columns = ("id", "reverses_id", "source_id", "source_type", "rep_id")
    asked, earlier, first, later = (aliased(PointsEntry) for _ in range(4))
    up = (
        select(*(getattr(asked, name) for name in columns))
        .where(asked.id == bindparam("entry_id", type_=BigInteger))
        .cte("up", recursive=True)
    )
    up = up.union_all(select(*(getattr(earlier, name) for name in columns)).join(up, earlier.id == up.c.reverses_id))
    root = select(up.c.source_id, up.c.source_type, up.c.rep_id).where(up.c.reverses_id.is_(None)).cte("root")
    same = and_(first.source_id == root.c.source_id, first.source_type == root.c.source_type)
    about = select(first.id).join(root, same).where(first.reverses_id.is_(None)).cte("about", recursive=True)
    about = about.union_all(select(later.id).join(about, later.reverses_id == about.c.id))
    held = exists().where(PointsHold.source_id == root.c.source_id, PointsHold.source_type == root.c.source_type)
    pardoned = select(PointsPardon.appeal_id).where(
        PointsPardon.source_id == root.c.source_id,
        PointsPardon.source_type == root.c.source_type,
        PointsPardon.rule == PointsEntry.rule,
    )
    policy = and_(PointsPolicy.rule == PointsEntry.rule, PointsPolicy.version == PointsEntry.policy_version)
    return (
        select(
            *(getattr(PointsEntry, name) for name in _OF_STEPS),
            PenaltyFinalisation.finalised_at.label("final_at"),
            PenaltyFinalisation.because.label("final_because"),
            root.c.source_type,
            root.c.source_id,
            root.c.rep_id,
            Rep.code.label("rep_code"),
            Rep.territory_id,
            PointsPolicy.points.label("policy_points"),
            PointsPolicy.valid_from,
            PointsPolicy.monthly_cap,
            PointsPolicy.rate_limit,
            held.label("held"),
            pardoned.scalar_subquery().label("appeal_id"),
            Appeal.id.label("own_appeal_id"),
            Appeal.status.label("appeal_status"),
            Appeal.instance.label("appeal_instance"),
            Appeal.submitted_at.label("appeal_submitted_at"),
            Appeal.decided_at.label("appeal_decided_at"),
        )
        .join(about, about.c.id == PointsEntry.id)
        .join(root, true())
        .join(Rep, Rep.id == root.c.rep_id)
        .outerjoin(PenaltyFinalisation, PenaltyFinalisation.entry_id == PointsEntry.id)
        .outerjoin(PointsPolicy, policy)
        .outerjoin(Appeal, Appeal.entry_id == PointsEntry.id)
        .order_by(PointsEntry.id)
    )


_OF_STEPS = (
    "id",
    "rule",
    "kind",
    "points",
    "note",
    "booked_at",
    "reverses_id",
    "provisional",
    "business_date",
    "month",
    "facts",
    "policy_version",
)
_STEPS = _steps()


async def entry_with_steps(session: AsyncSession, entry_id: int) -> ExplainedEntry | None:
    """One entry, by one statement; None where there is none of this id."""
    rows = (await session.execute(_STEPS, {"entry_id": entry_id})).all()
    own = next((row for row in rows if row.id == entry_id), None)
    if own is None:
        return None
    return ExplainedEntry(
        step=_step(own),
        rep_id=own.rep_id,
        rep_code=own.rep_code,
        territory_id=own.territory_id,
        source_type=SourceType(own.source_type),
        source_id=UUID(str(own.source_id)),
        business_date=own.business_date,
        month=own.month,
        facts=own.facts or {},
        policy=_policy(own),
        steps=tuple(_step(row) for row in rows),
        held=own.held,
        appeal_id=own.appeal_id,
        appeal=_appeal(own),
    )


def _step(row: Row[*tuple[Any, ...]]) -> LedgerStep:
    return LedgerStep(
        id=row.id,
        rule=PointsRule(row.rule),
        kind=PointsEntryKind(row.kind),
        points=row.points,
        note=row.note,
        booked_at=row.booked_at,
        reverses_id=row.reverses_id,
        provisional=row.provisional,
        final_at=row.final_at,
        final_because=row.final_because,
    )


def _appeal(row: Row[*tuple[Any, ...]]) -> SeenAppeal | None:
    if row.own_appeal_id is None:
        return None
    return SeenAppeal(
        id=row.own_appeal_id,
        status=AppealStatus(row.appeal_status),
        instance=row.appeal_instance,
        submitted_at=row.appeal_submitted_at,
        decided_at=row.appeal_decided_at,
    )


def _policy(row: Row[*tuple[Any, ...]]) -> AppliedPolicy | None:
    """None for what follows from the cap of another rule."""
    if row.valid_from is None:
        return None
    return AppliedPolicy(row.policy_version, row.policy_points, row.valid_from, row.monthly_cap, row.rate_limit)
