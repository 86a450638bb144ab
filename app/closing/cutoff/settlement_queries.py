"""All SQL of missing orders after their cutoff: which are touched, how they stand, what they come to (C4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    Integer,
    Interval,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.closing.cutoff.settlement_rules import (
    MissingOrderState,
    Settlement,
    Standing,
    Tip,
)
from app.closing.cutoff.touched_queries import pairs
from app.closing.punctuality.service import OutletDay
from app.closing.punctuality.timely_orders import ClosedVisit
from app.field.visits.models import Visit
from app.ground.db.plans import looked_up
from app.ground.db.statements import Relation, records_of
from app.motivation.points.models import PointsHold, PointsPardon
from app.motivation.points.rules import PROVISIONAL_FOR, LastStep, PointsRule, SourceType

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
_DAYS = bindparam("days", type_=ARRAY(Date))
_VISITS = bindparam("visit_ids", type_=ARRAY(Uuid))
_AT = bindparam("at", type_=DateTime(timezone=True))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)

_LOCK = text("""
    SELECT m.visit_id, m.business_date, m.outlet_id, r.cutoff_at
    FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    JOIN missing_orders m ON m.outlet_id = t.outlet_id AND m.business_date = t.business_date
    JOIN cutoff_runs r ON r.id = m.run_id AND r.voided_at IS NULL
    ORDER BY m.business_date, m.visit_id FOR UPDATE OF m
""").bindparams(_OUTLETS, _DAYS)

_step = MissingOrderResolution
_last = (
    select(_step.outcome)
    .where(_step.business_date == MissingOrder.business_date, _step.visit_id == MissingOrder.visit_id)
    .order_by(_step.step.desc())
    .limit(1)
    .lateral("last")
)
_given = (
    func.unnest(_VISITS, _DAYS)
    .table_valued(column("visit_id", Uuid), column("business_date", Date), name="given")
    .render_derived()
)
_STANDINGS = (
    select(
        MissingOrder.visit_id,
        CutoffRun.cutoff_at,
        MissingOrder.provisional,
        _last.c.outcome,
        Visit.excused_at.is_not(None).label("excused"),
        MissingOrder.answers,
        looked_up(
            PointsPardon,
            PointsPardon.source_id == MissingOrder.visit_id,
            PointsPardon.source_type == SourceType.VISIT.value,
            PointsPardon.rule.in_([PointsRule.MISSED_ORDER.value, PointsRule.LATE_ORDER.value]),
        ).label("pardoned"),
        looked_up(
            PointsHold,
            PointsHold.source_id == MissingOrder.visit_id,
            PointsHold.source_type == SourceType.VISIT.value,
        ).label("held"),
    )
    .join(
        _given, and_(_given.c.business_date == MissingOrder.business_date, _given.c.visit_id == MissingOrder.visit_id)
    )
    .join(CutoffRun, and_(CutoffRun.id == MissingOrder.run_id, CutoffRun.voided_at.is_(None)))
    .join(Visit, and_(Visit.visit_date == MissingOrder.business_date, Visit.id == MissingOrder.visit_id))
    .outerjoin(_last, true())
)

_due = (
    func.unnest(_VISITS, _DAYS, bindparam("provisional", type_=ARRAY(Boolean)))
    .table_valued(column("visit_id", Uuid), column("business_date", Date), column("provisional", Boolean), name="due")
    .render_derived()
)
_SOURCES = (
    select(
        MissingOrder.rep_id,
        MissingOrder.visit_id.label("source_id"),
        MissingOrder.business_date,
        _due.c.provisional,
        literal("").label("note"),
    )
    .join(_due, and_(_due.c.business_date == MissingOrder.business_date, _due.c.visit_id == MissingOrder.visit_id))
    .join(CutoffRun, and_(CutoffRun.id == MissingOrder.run_id, CutoffRun.voided_at.is_(None)))
)

_RESOLVE = text("""
    INSERT INTO missing_order_resolutions (business_date, visit_id, step, outcome, order_id, resolved_at)
    SELECT t.business_date, t.visit_id, 1 + (
        SELECT count(*) FROM missing_order_resolutions s
        WHERE s.business_date = t.business_date AND s.visit_id = t.visit_id), t.outcome, t.order_id, :at
    FROM unnest(:visit_ids, :days, :outcomes, :order_ids) t (visit_id, business_date, outcome, order_id)
""").bindparams(
    _VISITS, _DAYS, _AT, bindparam("outcomes", type_=ARRAY(Text)), bindparam("order_ids", type_=ARRAY(Uuid))
)


async def lock_missing_orders(session: AsyncSession, touched: Collection[OutletDay]) -> list[ClosedVisit]:
    """The missing orders of these outlets and days, locked until the transaction ends.

    Two uploads for one outlet go on one after the other: the second sees what the first wrote.
    """
    return records_of(ClosedVisit, await session.execute(_LOCK, pairs(touched)))


async def missing_of_run(session: AsyncSession, run: CutoffRun) -> list[ClosedVisit]:
    """All missing orders of a run, supplements too, by outlet."""
    query = _missing(run).order_by(MissingOrder.outlet_id, MissingOrder.visit_id)
    return records_of(ClosedVisit, await session.execute(query))


def _missing(run: CutoffRun) -> Select[*tuple[Any, ...]]:
    return select(
        MissingOrder.visit_id,
        MissingOrder.business_date,
        MissingOrder.outlet_id,
        literal(run.cutoff_at, DateTime(timezone=True)).label("cutoff_at"),
    ).where(MissingOrder.business_date == run.business_date, MissingOrder.run_id == run.id)


async def missing_at(session: AsyncSession, run: CutoffRun, outlet_ids: Collection[int]) -> list[ClosedVisit]:
    """The missing orders of a run at these outlets."""
    if not outlet_ids:
        return []
    query = _missing(run).where(MissingOrder.outlet_id == any_(_OUTLETS)).order_by(MissingOrder.visit_id)
    return records_of(ClosedVisit, await session.execute(query, {"outlet_ids": list(outlet_ids)}))


async def states(
    session: AsyncSession, visits: Sequence[ClosedVisit], last_steps: Iterable[LastStep], at: datetime
) -> list[MissingOrderState]:
    """How these missing orders stand: the outcome so far, their penalties, and whether they are provisional."""
    steps = {(step.source_id, step.rule): step for step in last_steps}
    return [
        _state(
            row,
            steps.get((row.visit_id, PointsRule.MISSED_ORDER)),
            steps.get((row.visit_id, PointsRule.LATE_ORDER)),
            at,
        )
        for row in await session.execute(_STANDINGS, _keys(visits))
    ]


def sources(visits: Sequence[ClosedVisit], provisional: Collection[UUID]) -> Relation:
    """These missing orders as the sources of entries."""
    return Relation(_SOURCES, _keys(visits) | {"provisional": [visit.visit_id in provisional for visit in visits]})


async def resolve(session: AsyncSession, settlements: Mapping[ClosedVisit, Settlement], at: datetime) -> None:
    """Record the outcome beside each missing order."""
    outcomes = [settlement.outcome.value for settlement in settlements.values()]
    order_ids = [settlement.order_id for settlement in settlements.values()]
    await session.execute(_RESOLVE, _keys(list(settlements)) | {"outcomes": outcomes, "order_ids": order_ids, "at": at})


def _state(
    row: Row[*tuple[Any, ...]], missed: LastStep | None, late: LastStep | None, at: datetime
) -> MissingOrderState:
    final = (missed is not None and missed.final) or at > row.cutoff_at + PROVISIONAL_FOR
    standing = Standing(row.outcome or Standing.MISSED)
    provisional = row.provisional and not final
    return MissingOrderState(
        row.visit_id,
        row.cutoff_at,
        standing,
        provisional,
        _tip(missed),
        _tip(late),
        answers=row.answers,
        excused=row.excused,
        pardoned=row.pardoned,
        held=row.held,
    )


def _tip(step: LastStep | None) -> Tip | None:
    return None if step is None else Tip(step.entry_id, step.points, step.counts)


def _keys(visits: Sequence[ClosedVisit]) -> dict[str, Any]:
    return {"visit_ids": [visit.visit_id for visit in visits], "days": [visit.business_date for visit in visits]}
