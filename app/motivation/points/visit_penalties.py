"""What the ledger says of visits, as parts of statements over many of them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, true

from app.motivation.points.models import PenaltyFinalisation, PointsEntry, PointsHold
from app.motivation.points.rules import PointsEntryKind, SourceType


def points_of(visit_id: Any) -> ColumnElement[int]:
    """What all entries about a visit come to: those that count, for what was reversed adds up to nothing."""
    entries = _in_force(visit_id, select(func.coalesce(func.sum(PointsEntry.points), 0)))
    return entries.scalar_subquery()


def may_be_taken_back(visit_id: Any, still_open: ColumnElement[bool]) -> ColumnElement[bool]:
    """`rules.may_still_be_reversed` of any penalty about a visit; `still_open`: its 72 h are not over."""
    finalised = exists().where(PenaltyFinalisation.entry_id == PointsEntry.id)
    held = exists().where(
        PointsHold.source_id == PointsEntry.source_id, PointsHold.source_type == PointsEntry.source_type
    )
    penalties = _in_force(visit_id, select(PointsEntry.id)).where(
        PointsEntry.kind == PointsEntryKind.PENALTY.value,
        or_(and_(PointsEntry.provisional, still_open, ~finalised), held),
    )
    return penalties.exists()


def _in_force(visit_id: Any, entries: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """First entries about a visit that count: never reversed, or the reversal was, and so on, an even number of times.

    Each step of a chain is looked up: it is joined to nothing.
    """
    first: Select[*tuple[Any, ...]] = select(PointsEntry.id.label("id"), literal_column("0").label("steps")).correlate(
        PointsEntry
    )
    chain = first.cte("chain", recursive=True, nesting=True)
    step = (
        select(PointsEntry.id).where(PointsEntry.reverses_id == chain.c.id).offset(0).correlate(chain).lateral("step")
    )
    chain = chain.union_all(select(step.c.id, chain.c.steps + 1).select_from(chain).join(step, true()))
    return entries.where(
        PointsEntry.source_id == visit_id,
        PointsEntry.source_type == SourceType.VISIT.value,
        PointsEntry.reverses_id.is_(None),
        select(func.max(chain.c.steps) % 2 == 0).scalar_subquery(),
    )
