"""The routes of a rep's today and tomorrow, for a download (M2)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit, VisitRemoval
from app.ground import clock
from app.masters.outlets.models import Outlet
from app.masters.territories.service import reps_by_id, territory_facts
from app.planning.week_plans.answers import plan_answer
from app.planning.week_plans.errors import WeekPlanNotFound
from app.planning.week_plans.iso_weeks import monday_before
from app.planning.week_plans.models import WeekPlan
from app.planning.week_plans.rules import PlanStatus
from app.planning.week_plans.schemas import PlanDayAnswer, PlannedVisitAnswer
from app.planning.week_plans.service import Week, view_of

_rep_id, _last = bindparam("rep_id", type_=Integer), bindparam("last", type_=Date)
_since = bindparam("since", type_=BigInteger)
_CHANGED = select(
    or_(
        exists()
        .where(Visit.rep_id == _rep_id, Visit.visit_date.between(bindparam("first", type_=Date), _last))
        .where(Visit.approved_at.is_not(None), Visit.changed_in >= _since),
        exists()
        .where(Visit.rep_id == _rep_id, Visit.visit_date.between(bindparam("first", type_=Date), _last))
        .where(Visit.approved_at.is_not(None), Outlet.id == Visit.outlet_id, Outlet.changed_in >= _since),
        exists().where(VisitRemoval.rep_id == _rep_id, VisitRemoval.removed_in >= _since),
        exists()
        .where(WeekPlan.rep_id == _rep_id, WeekPlan.week_date.between(bindparam("week_before", type_=Date), _last))
        .where(WeekPlan.changed_in >= _since),
    )
)


async def routes_for(
    session: AsyncSession, rep_id: int, today: date, since: int, *, first_of_day: bool
) -> list[dict[str, Any]] | None:
    """The approved routes of a rep's today and tomorrow, ready for JSON; None: unchanged.

    The first download of a day has them, and every download before which the plan, one of its visits or one of their
    outlets has changed since its token (`since`). One statement, and five more (on Sundays eight) where there are
    routes to send.
    """
    days = (today, today + timedelta(days=1))
    if not first_of_day and not await _changed(session, rep_id, days, since):
        return None
    rep = (await reps_by_id(session, [rep_id]))[rep_id]
    territory = await territory_facts(session, rep.territory_id)
    routes: dict[date, dict[str, Any]] = {}
    for monday in sorted({monday_before(day) for day in days}):
        routes |= await _of_week(session, Week(territory, rep, monday))
    return [routes.get(day) or _route(day, None, []) for day in days]


async def _changed(session: AsyncSession, rep_id: int, days: Sequence[date], since: int) -> bool:
    parameters = {
        "rep_id": rep_id,
        "first": days[0],
        "last": days[-1],
        "since": since,
        "week_before": monday_before(days[0]),
    }
    return bool(await session.scalar(_CHANGED, parameters))


async def _of_week(session: AsyncSession, week: Week) -> dict[date, dict[str, Any]]:
    """The route of each day of a week whose plan is approved."""
    try:
        view = await view_of(session, week)
    except WeekPlanNotFound:
        return {}
    plan = plan_answer(view, clock.now())
    if plan.status is not PlanStatus.APPROVED:
        return {}
    return {
        day.date: _route(day.date, day, [visit for visit in plan.visits if visit.visit_date == day.date])
        for day in plan.days
    }


def _route(visit_date: date, day: PlanDayAnswer | None, visits: Sequence[PlannedVisitAnswer]) -> dict[str, Any]:
    """A day's route. Visits that are excused, or withdrawn by what has changed since, are not driven to."""
    stops = [
        {
            "visit_id": str(visit.id),
            "outlet_code": visit.outlet_code,
            "sequence": visit.sequence,
            "arrival_at": visit.arrival_at,
            "waiting_minutes": visit.waiting_minutes,
            "expected_at": visit.expected_at,
            "expected_until": visit.expected_until,
            "drive_minutes": visit.drive_minutes,
            "drive_km": visit.drive_km,
        }
        for visit in visits
        if not visit.excused and not visit.withdrawn
    ]
    if not stops:
        day = None
    return {
        "visit_date": visit_date,
        "departs_at": day.departs_at if day else None,
        "returns_at": day.returns_at if day else None,
        "lunch": day.lunch.model_dump() if day and day.lunch else None,
        "driving_minutes": day.driving_minutes if day else 0,
        "driving_km": day.driving_km if day else 0.0,
        "start": day.start.model_dump() if day and day.start else None,
        "end": day.end.model_dump() if day and day.end else None,
        "stops": stops,
    }
