"""What was recorded of visits, by one statement of each kind for any number of visits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Row, Uuid, and_, cast, column, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallTask
from app.closing.compliance.visit_records import ListedVisit, VisitMissingOrder, VisitNoOrder, VisitOrder
from app.closing.cutoff.models import CutoffRun, MissingOrder, MissingOrderResolution
from app.field.check_ins.geofence import Fix, GeofenceVerdict, Verdict
from app.field.check_ins.models import CheckIn
from app.field.check_ins.records import ListedCheckIn
from app.field.risk_signals.models import RiskSignal
from app.field.risk_signals.records import ListedSignal
from app.field.risk_signals.sight import evidence_in_sight, explanation_in_sight
from app.ground.web.access import Caller
from app.masters.outlets.positions import reasons_of
from app.masters.territories.models import Rep
from app.sales.orders.models import NoOrderReason, NoOrderReport, Order
from app.sales.orders.sight import orders_in_sight

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was recorded of some visits, each by visit id."""

    check_ins: Mapping[UUID, Sequence[ListedCheckIn]]
    orders: Mapping[UUID, Sequence[VisitOrder]]
    no_orders: Mapping[UUID, Sequence[VisitNoOrder]]
    missing_orders: Mapping[UUID, Sequence[VisitMissingOrder]]


async def evidence_of(session: AsyncSession, caller: Caller, visits: Sequence[ListedVisit]) -> Evidence:
    """What was recorded of `visits`, as far as it lies within the caller's sight, by four statements."""
    if not visits:
        return Evidence({}, {}, {}, {})
    return Evidence(
        await _check_ins(session, visits),
        await _orders(session, caller, visits),
        await _no_orders(session, visits),
        await _missing_orders(session, visits),
    )


def _visit_keys(visits: Sequence[ListedVisit]) -> Any:
    """The visits as a relation, to join with what was recorded."""
    rows = func.unnest(
        cast(literal([visit.id for visit in visits], ARRAY(Uuid)), ARRAY(Uuid)),
        cast(literal([visit.visit_date for visit in visits], ARRAY(Date)), ARRAY(Date)),
        cast(literal([visit.rep_id for visit in visits], ARRAY(Integer)), ARRAY(Integer)),
        cast(literal([visit.outlet_id for visit in visits], ARRAY(Integer)), ARRAY(Integer)),
    ).table_valued(
        column("id", Uuid),
        column("day", Date),
        column("rep_id", Integer),
        column("outlet_id", Integer),
        name="visit_keys",
    )
    return rows.render_derived()


def _days(visits: Sequence[ListedVisit], day: Any) -> Any:
    """Repeats the days, so that PostgreSQL does not touch other partitions."""
    return day.between(min(visit.visit_date for visit in visits), max(visit.visit_date for visit in visits))


async def _check_ins(session: AsyncSession, visits: Sequence[ListedVisit]) -> dict[UUID, list[ListedCheckIn]]:
    keys = _visit_keys(visits)
    rows = await session.execute(
        select(keys.c.id, CheckIn)
        .join(
            CheckIn,
            and_(
                CheckIn.business_date == keys.c.day,
                CheckIn.rep_id == keys.c.rep_id,
                CheckIn.outlet_id == keys.c.outlet_id,
            ),
        )
        .where(_days(visits, CheckIn.business_date))
        .order_by(CheckIn.corrected_at, CheckIn.id)
    )
    by_id = {visit.id: visit for visit in visits}
    check_ins: dict[UUID, list[ListedCheckIn]] = {}
    for visit_id, check_in in rows:
        check_ins.setdefault(visit_id, []).append(_listed_check_in(by_id[visit_id], check_in))
    return check_ins


def _listed_check_in(visit: ListedVisit, row: CheckIn) -> ListedCheckIn:
    fix = None
    if row.lat is not None and row.lon is not None:
        fix = Fix(row.lat, row.lon, row.accuracy_m, row.fix_at, row.provider, row.mock)
    check_in = ListedCheckIn(
        id=row.id,
        kind=row.kind,
        territory_code=visit.territory_code,
        rep_code=visit.rep_code,
        outlet_code=visit.outlet_code,
        business_date=row.business_date,
        captured_at=row.captured_at,
        received_at=row.received_at,
        corrected_at=row.corrected_at,
        skew_ms=row.skew_ms,
        trusted=row.trusted,
        clock_changed=row.clock_changed,
        fix=fix,
        verdict=Verdict(GeofenceVerdict(row.verdict), row.p_inside, row.distance_m, reasons_of(row.verdict_reasons)),
        location_version=row.location_version,
        policy_version=row.policy_version,
    )
    return check_in if visit.outlet_in_sight else check_in.without_its_outlet()


async def _orders(session: AsyncSession, caller: Caller, visits: Sequence[ListedVisit]) -> dict[UUID, list[VisitOrder]]:
    """Whoever's they are, but only what the caller could read by itself."""
    keys = _visit_keys(visits)
    rows = await session.execute(
        select(
            keys.c.id.label("visit_id"),
            Order.id,
            Order.channel,
            Rep.code.label("rep_code"),
            Order.line_count,
            Order.total_value,
            Order.delivery_date,
            Order.captured_at,
            Order.received_at,
            Order.corrected_at,
            Order.version,
            Order.amended_at,
            Order.cancelled_at,
        )
        .join(Order, and_(Order.business_date == keys.c.day, Order.outlet_id == keys.c.outlet_id))
        .outerjoin(Rep, Rep.id == Order.rep_id)
        .where(_days(visits, Order.business_date), *orders_in_sight(caller))
        .order_by(Order.received_at, Order.id)
    )
    return _by_visit(VisitOrder, rows)


async def _no_orders(session: AsyncSession, visits: Sequence[ListedVisit]) -> dict[UUID, list[VisitNoOrder]]:
    """The newest first."""
    keys = _visit_keys(visits)
    report = NoOrderReport
    rows = await session.execute(
        select(
            keys.c.id.label("visit_id"),
            report.id,
            report.reason_code,
            NoOrderReason.label,
            report.comment,
            report.captured_at,
            report.received_at,
            report.corrected_at,
        )
        .join(
            report,
            and_(
                report.business_date == keys.c.day,
                report.rep_id == keys.c.rep_id,
                report.outlet_id == keys.c.outlet_id,
            ),
        )
        .outerjoin(NoOrderReason, NoOrderReason.code == report.reason_code)
        .where(_days(visits, report.business_date))
        .order_by(report.corrected_at.desc(), report.id)
    )
    return _by_visit(VisitNoOrder, rows)


async def _missing_orders(session: AsyncSession, visits: Sequence[ListedVisit]) -> dict[UUID, list[VisitMissingOrder]]:
    keys, step = _visit_keys(visits), MissingOrderResolution
    last_step = (
        select(step.outcome, step.order_id)
        .where(step.business_date == MissingOrder.business_date, step.visit_id == MissingOrder.visit_id)
        .order_by(step.step.desc())
        .limit(1)
        .lateral("last_step")
    )
    rows = await session.execute(
        select(
            keys.c.id.label("visit_id"),
            MissingOrder.run_id.label("cutoff_run_id"),
            MissingOrder.cause,
            MissingOrder.no_order_reason,
            MissingOrder.provisional,
            CallTask.id.label("call_task_id"),
            last_step.c.outcome.label("resolution"),
            last_step.c.order_id.label("resolved_by_order_id"),
        )
        .join(MissingOrder, and_(MissingOrder.business_date == keys.c.day, MissingOrder.visit_id == keys.c.id))
        .join(CutoffRun, and_(CutoffRun.id == MissingOrder.run_id, CutoffRun.voided_at.is_(None)))
        .outerjoin(
            CallTask,
            and_(CallTask.outlet_id == keys.c.outlet_id, CallTask.business_date == keys.c.day),
        )
        .outerjoin(last_step, true())
        .where(_days(visits, MissingOrder.business_date))
    )
    return _by_visit(VisitMissingOrder, rows)


def _by_visit(kind: Callable[..., T], rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[UUID, list[T]]:
    """A record of this kind for each row, by the row's `visit_id`."""
    records: dict[UUID, list[T]] = {}
    for row in rows:
        columns = row._asdict()
        records.setdefault(columns.pop("visit_id"), []).append(kind(**columns))
    return records


async def signals_on(
    session: AsyncSession, caller: Caller, visit: ListedVisit, subject_ids: Sequence[UUID]
) -> list[ListedSignal]:
    """The doubts about these check-ins and orders of the visit, oldest first, as they may be told to the caller."""
    rows = await session.execute(
        select(
            RiskSignal,
            evidence_in_sight(caller.territory_ids),
            explanation_in_sight(caller.territory_ids),
        )
        .where(
            RiskSignal.rep_id == visit.rep_id,
            RiskSignal.business_date == visit.visit_date,
            RiskSignal.subject_id.in_(subject_ids),
        )
        .order_by(RiskSignal.raised_at, RiskSignal.id)
    )
    return [_listed_signal(visit, row.RiskSignal, row.evidence, row.explanation) for row in rows]


def _listed_signal(visit: ListedVisit, signal: RiskSignal, evidence: dict[str, Any], explanation: str) -> ListedSignal:
    return ListedSignal(
        id=signal.id,
        rule=signal.rule,
        subject_type=signal.subject_type,
        subject_id=signal.subject_id,
        territory_code=visit.territory_code,
        rep_code=visit.rep_code,
        outlet_code=visit.outlet_code,
        outlet_name=visit.outlet_name,
        business_date=signal.business_date,
        evidence=evidence,
        explanation=explanation,
        raised_at=signal.raised_at,
        withdrawn_at=signal.withdrawn_at,
        review_outcome=signal.review_outcome,
        review_comment=signal.review_comment,
        reviewed_by=signal.reviewed_by,
        reviewed_at=signal.reviewed_at,
    )
