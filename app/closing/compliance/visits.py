"""Use cases of visits: how they stand, and everything that was recorded of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.compliance import visit_evidence, visit_queries
from app.closing.compliance.visit_evidence import Evidence
from app.closing.compliance.visit_records import (
    ListedVisit,
    VisitFilter,
    VisitKey,
    VisitMissingOrder,
    VisitNoOrder,
    VisitOrder,
)
from app.field.check_ins.records import ListedCheckIn
from app.field.risk_signals.records import ListedSignal
from app.field.visits.errors import VisitNotFound
from app.field.visits.visit_ids import date_in
from app.ground import clock
from app.ground.web.access import Caller, CallerKind, Scope
from app.masters.territories.service import territories_by_code
from app.motivation.points import service as points
from app.motivation.points.service import Ledger
from app.sales.orders.service import OrderedLine, lines_of_orders


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit with what was recorded of it."""

    visit: ListedVisit
    check_ins: Sequence[ListedCheckIn]
    orders: Sequence[VisitOrder]
    no_order: VisitNoOrder | None
    missing_order: VisitMissingOrder | None


@dataclass(frozen=True, slots=True)
class WholeVisit:
    """A visit with its whole evidence, as far as the caller could read each part by itself.

    `points`, `risk_signals` None: not for this caller.
    """

    record: VisitRecord
    order_lines: Mapping[UUID, Sequence[OrderedLine]]
    points: Ledger | None
    risk_signals: Sequence[ListedSignal] | None = None


async def list_visits(
    session: AsyncSession, caller: Caller, visit_filter: VisitFilter, after: VisitKey | None, limit: int
) -> list[VisitRecord]:
    """Up to `limit` visits that the caller may see, by day and id, by a fixed number of statements."""
    visits = await visit_queries.visits_page(session, caller, visit_filter, after, limit, clock.now())
    evidence = await visit_evidence.evidence_of(session, caller, visits)
    return [_record(visit, evidence) for visit in visits]


async def find_visit(session: AsyncSession, caller: Caller, visit_id: UUID) -> WholeVisit:
    """One visit with its whole evidence; doubts are shown to staff alone. Raises VisitNotFound."""
    day = date_in(visit_id)
    visit = await visit_queries.visit_by_key(session, caller, (day, visit_id), clock.now()) if day else None
    if visit is None:
        raise VisitNotFound
    record = _record(visit, await visit_evidence.evidence_of(session, caller, [visit]))
    signals = None
    if caller.kind is CallerKind.USER:
        subjects = [check_in.id for check_in in record.check_ins] + [order.id for order in record.orders]
        signals = await visit_evidence.signals_on(session, caller, visit, subjects)
    lines = await lines_of_orders(session, [(visit.visit_date, order.id) for order in record.orders])
    territory = (await territories_by_code(session, [visit.territory_code]))[visit.territory_code]
    may_read_points = caller.kind is not CallerKind.CLIENT or Scope.POINTS_READ in caller.scopes
    ledger = await points.ledger_about(session, visit.id, territory) if may_read_points else None
    return WholeVisit(record, lines, ledger, signals)


def _record(visit: ListedVisit, evidence: Evidence) -> VisitRecord:
    return VisitRecord(
        visit,
        evidence.check_ins.get(visit.id, ()),
        evidence.orders.get(visit.id, ()),
        next(iter(evidence.no_orders.get(visit.id, ())), None),
        next(iter(evidence.missing_orders.get(visit.id, ())), None),
    )
