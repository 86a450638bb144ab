"""All SQL of missing orders after their cutoff: which are touched, how they stand, what they come to (C4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
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
from app.closing.punctuality.service import OutletDay
from app.closing.punctuality.timely_orders import DOUBTS_OF_PROOFS, ClosedVisit
from app.field.visits.models import Visit
from app.ground.db.plans import in_parallel, looked_up
from app.ground.db.statements import DirectStatement, Relation, records_of
from app.motivation.points.models import PointsHold, PointsPardon
from app.motivation.points.rules import PROVISIONAL_FOR, LastStep, PointsRule, SourceType

_OUTLETS = bindparam("outlet_ids", type_=ARRAY(Integer))
_DAYS = bindparam("days", type_=ARRAY(Date))
_VISITS = bindparam("visit_ids", type_=ARRAY(Uuid))
_AT = bindparam("at", type_=DateTime(timezone=True))
_WINDOW = bindparam("provisional_for", PROVISIONAL_FOR, type_=Interval)

# What follows reads much more than an upload, which has its statements planned once for all values.
_ANY_CLOSED = DirectStatement(
    text("""
    SELECT CASE WHEN EXISTS (SELECT FROM cutoff_runs WHERE business_date = ANY(CAST(:days AS date[])))
        THEN set_config('plan_cache_mode', 'auto', true) IS NOT NULL ELSE false END
""")
)

# Outlets and days whose orders came late, and whose proofs have a doubt that nobody has reviewed.
_WAITING = text("""
    SELECT DISTINCT s.outlet_id, s.business_date
    FROM risk_signals s
    JOIN orders o ON o.outlet_id = s.outlet_id AND o.business_date = s.business_date
    JOIN cutoff_runs r ON r.territory_id = o.territory_id AND r.business_date = o.business_date
      AND r.voided_at IS NULL AND o.received_at > r.cutoff_at
    WHERE s.rep_id = ANY(:rep_ids) AND s.business_date >= :month AND s.business_date < :month + interval '1 month'
      AND s.rule = ANY(:rules) AND s.reviewed_at IS NULL AND s.withdrawn_at IS NULL
    ORDER BY s.business_date, s.outlet_id
""").bindparams(
    bindparam("rep_ids", type_=ARRAY(Integer)),
    bindparam("month", type_=Date),
    bindparam("rules", [rule.value for rule in DOUBTS_OF_PROOFS], type_=ARRAY(Text)),
)

# A check-in at one outlet affects orders for another: it can show that the rep had left when they were captured.
_REACHED = text("""
    WITH touched AS (
        SELECT DISTINCT outlet_id, business_date FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    ), reps AS (
        SELECT DISTINCT c.rep_id, c.business_date
        FROM touched t JOIN check_ins c ON c.outlet_id = t.outlet_id AND c.business_date = t.business_date
    )
    SELECT outlet_id, business_date FROM touched
    UNION
    SELECT o.outlet_id, o.business_date
    FROM reps r JOIN orders o ON o.rep_id = r.rep_id AND o.business_date = r.business_date
""").bindparams(_OUTLETS, _DAYS)

_LOCK = text("""
    SELECT m.visit_id, m.business_date, m.outlet_id, r.cutoff_at
    FROM unnest(:outlet_ids, :days) t (outlet_id, business_date)
    JOIN missing_orders m ON m.outlet_id = t.outlet_id AND m.business_date = t.business_date
    JOIN cutoff_runs r ON r.id = m.run_id AND r.voided_at IS NULL
    ORDER BY m.business_date, m.visit_id FOR UPDATE OF m
""").bindparams(_OUTLETS, _DAYS)

# Reads the territories' orders of the day once, by several processes where it is big, and looks up what is late alone.
# A mail that was read since may hold an order that came before the cutoff; an order that was cancelled since may settle
# nothing any more.
_TOUCHED_SINCE = text("""
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT o.outlet_id
        FROM (
            SELECT outlet_id, rep_id, business_date, received_at, read_at >= :since OR cancelled_at >= :since AS changed
            FROM orders
            WHERE territory_id = ANY(:territory_ids) AND business_date = :day
              AND (read_at >= :since OR cancelled_at >= :since OR received_at > :cutoff_at)
            OFFSET 0) o
        WHERE o.changed OR o.received_at >= :since OR (
            SELECT true FROM check_ins c
            WHERE c.rep_id = o.rep_id AND c.business_date = o.business_date AND c.received_at >= :since LIMIT 1)
    )
    SELECT outlet_id FROM touched ORDER BY outlet_id
""").bindparams(
    bindparam("territory_ids", type_=ARRAY(Integer)),
    bindparam("day", type_=Date),
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("cutoff_at", type_=DateTime(timezone=True)),
)

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


async def any_closed(session: AsyncSession, days: Collection[date]) -> bool:
    """Whether any territory has closed any of these days. Before the cutoff none has: the cheap answer for uploads."""
    ((exists,),) = await _ANY_CLOSED.rows(session, {"days": sorted(days)})
    return bool(exists)


async def reached(session: AsyncSession, touched: Collection[OutletDay]) -> list[OutletDay]:
    """These outlets and days, and those whose orders' proofs may be others by what was recorded about these."""
    return [(outlet_id, day) for outlet_id, day in await session.execute(_REACHED, _pairs(touched))]


async def lock_missing_orders(session: AsyncSession, touched: Collection[OutletDay]) -> list[ClosedVisit]:
    """The missing orders of these outlets and days, locked until the transaction ends.

    Two uploads for one outlet go on one after the other: the second sees what the first wrote.
    """
    return records_of(ClosedVisit, await session.execute(_LOCK, _pairs(touched)))


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


async def waiting(session: AsyncSession, rep_ids: Collection[int], month: date) -> list[OutletDay]:
    """The outlets and days of a month at which late orders of these reps wait for a review. `month`: its first day."""
    rows = await session.execute(_WAITING, {"rep_ids": list(rep_ids), "month": month})
    return [(outlet_id, day) for outlet_id, day in rows]


async def touched_since(
    session: AsyncSession, run: CutoffRun, territory_ids: Collection[int], since: datetime
) -> list[int]:
    """The outlets with late orders of these territories, if something about them came since `since`."""
    parameters = {
        "day": run.business_date,
        "cutoff_at": run.cutoff_at,
        "territory_ids": list(territory_ids),
        "since": since,
    }
    async with in_parallel(session, big=run.is_big()):
        return list(await session.scalars(_TOUCHED_SINCE, parameters))


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


def _pairs(touched: Collection[tuple[int, date]]) -> dict[str, Any]:
    return {"outlet_ids": [outlet_id for outlet_id, _ in touched], "days": [day for _, day in touched]}


def _keys(visits: Sequence[ClosedVisit]) -> dict[str, Any]:
    return {"visit_ids": [visit.visit_id for visit in visits], "days": [visit.business_date for visit in visits]}
