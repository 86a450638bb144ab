"""Use cases of visits: planning them as sets, and excusing one."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits import queries
from app.field.visits.errors import VisitExcusedOtherwise, VisitNotFound, VisitNotPlanned
from app.field.visits.planning import stand_in_plan, upsert_visits
from app.field.visits.queries import (
    NamedVisit,
    StandingVisit,
    ad_hoc_insert,
    ad_hoc_parameters,
    neighbours,
    planned_by_others,
    planned_visits,
    planned_visits_of_reps,
    removals,
)
from app.field.visits.rules import Excuse
from app.field.visits.visit_ids import date_in
from app.ground import clock
from app.ground.db import barrier
from app.ground.events import service as events

__all__ = [
    "Excuse",
    "NamedVisit",
    "StandingVisit",
    "ad_hoc_insert",
    "ad_hoc_parameters",
    "excuse_visit",
    "neighbours",
    "planned_by_others",
    "planned_visits",
    "planned_visits_of_reps",
    "removals",
    "stand_in_plan",
    "upsert_visits",
]

EXCUSED = "visit.excused"


async def excuse_visit(
    session: AsyncSession,
    visit_id: UUID,
    territory_ids: Collection[int] | None,
    *,
    reason_code: str,
    comment: str,
    by: str,
) -> tuple[NamedVisit, Excuse]:
    """Excuse a planned visit of these territories (None: all), also on a frozen day; the excuse that stands (V5).

    The same excuse again answers the first one. Raises VisitNotFound, VisitNotPlanned, VisitExcusedOtherwise.
    """
    visit_date = date_in(visit_id)
    visit = visit_date and await queries.named_visit(session, visit_id, visit_date, territory_ids)
    if not visit_date or not visit:
        raise VisitNotFound
    # before the visit's row is locked: plans over the freeze, too, take the barrier first and visits later
    await barrier.enter(session, visit.territory_id)
    visit = await queries.named_visit(session, visit_id, visit_date, territory_ids, lock=True)
    if not visit:
        raise VisitNotFound
    if visit.excuse is not None:
        if not visit.excuse.says_the_same(reason_code, comment):
            raise VisitExcusedOtherwise
        return visit, visit.excuse
    if not visit.planned:
        raise VisitNotPlanned
    excuse = Excuse(reason_code, comment, by, clock.now())
    await queries.excuse(session, visit, excuse)
    payload = {
        "visit_id": str(visit.id),
        "rep_code": visit.rep_code,
        "outlet_code": visit.outlet_code,
        "visit_date": visit.visit_date.isoformat(),
        "reason_code": reason_code,
        "by": by,
    }
    await events.record(session, EXCUSED, visit.territory_id, payload, excuse.at)
    return visit, excuse
