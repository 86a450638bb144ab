"""Plans as they leave: instants with the territory's offset, minutes and kilometres for people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.field.visits.rules import is_frozen
from app.field.visits.service import StandingVisit
from app.masters.territories.calendar import is_working_day
from app.planning.week_plans.day_instants import StopInstants, instants_of
from app.planning.week_plans.iso_weeks import iso_week_of
from app.planning.week_plans.models import WeekPlanVersion
from app.planning.week_plans.plan_content import PlannedStop, PlanNote, from_json
from app.planning.week_plans.queries import ListedPlan
from app.planning.week_plans.rules import PlanStatus
from app.planning.week_plans.schemas import (
    ListedWeekPlanAnswer,
    LunchBreakAnswer,
    PlanDayAnswer,
    PlannedVisitAnswer,
    PlanNoteAnswer,
    PlanVersionAnswer,
    PlanVersionVisitAnswer,
    PointAnswer,
    WeekPlanAnswer,
)
from app.planning.week_plans.service import PlanView


def plan_answer(view: PlanView, at: datetime) -> WeekPlanAnswer:
    """A plan as it leaves."""
    plan, week = view.plan, view.week
    status = PlanStatus(plan.status) if plan is not None else PlanStatus.APPROVED
    return WeekPlanAnswer(
        rep_code=week.rep.code,
        territory_code=week.territory.code,
        iso_week=iso_week_of(week.monday),
        first_day=week.days[0],
        last_day=week.days[-1],
        status=status,
        version=plan.version if plan else 0,
        due_at=view.due_at,
        late=is_late(status, plan.submitted_at if plan else None, view.due_at, at),
        submitted_at=plan.submitted_at if plan else None,
        submitted_by=plan.submitted_by if plan else None,
        decided_at=plan.decided_at if plan else None,
        decided_by=plan.decided_by if plan else None,
        remark=plan.remark if plan else None,
        visits=visits_answer(view),
        days=[_day(view, day, at) for day in week.days],
        warnings=[_note(view, note) for note in _warnings(view)],
        unplanned=[_note(view, note) for note in view.content.unplanned],
    )


def _warnings(view: PlanView) -> list[PlanNote]:
    """What was to be known when the plan was made, and what has changed since."""
    made_with = {(note.code, note.outlet_id, note.day) for note in view.content.warnings}
    return [
        *view.content.warnings,
        *(note for note in view.changes if (note.code, note.outlet_id, note.day) not in made_with),
    ]


def is_late(status: PlanStatus | None, submitted_at: datetime | None, due_at: datetime, at: datetime) -> bool:
    """Whether a plan was, or still is, not submitted when it was due (M2)."""
    if status is PlanStatus.APPROVED and submitted_at is None:
        return False
    return (submitted_at or at) > due_at


def visits_answer(view: PlanView) -> list[PlannedVisitAnswer]:
    """The visits of a plan in their order: what stands, where it is approved; else what it says."""
    status = PlanStatus(view.plan.status) if view.plan is not None else PlanStatus.APPROVED
    stops = {(day.day, stop.outlet_id): stop for day in view.content.days for stop in day.stops}
    times = {
        (day.day, outlet_id): instants
        for day in view.content.days
        for outlet_id, instants in instants_of(day, view.week.territory.zone).stops.items()
    }
    visits: Sequence[tuple[int, tuple[date, int], StandingVisit | None]] = [
        (number, (visit.visit_date, visit.outlet_id), visit) for number, visit in _numbered(view.standing)
    ]
    if status is not PlanStatus.APPROVED:
        visits = [
            (number, (day.day, stop.outlet_id), None)
            for day in view.content.days
            for number, stop in enumerate(day.stops, 1)
        ]
    return [_visit(view, number, key, (stops.get(key), times.get(key)), visit) for number, key, visit in visits]


def outlets_named(version: WeekPlanVersion) -> set[int]:
    """The ids of the outlets that a version names."""
    if version.content is None:
        return set()
    return from_json(version.content).outlet_ids() | {visit[0] for visit in version.content.get("standing", ())}


def _numbered(standing: Sequence[StandingVisit]) -> list[tuple[int, StandingVisit]]:
    visits: list[tuple[int, StandingVisit]] = []
    last, number = None, 0
    for visit in standing:
        number = number + 1 if visit.visit_date == last else 1
        last = visit.visit_date
        visits.append((visit.sequence or number, visit))
    return visits


def _visit(
    view: PlanView,
    number: int,
    key: tuple[date, int],
    timing: tuple[PlannedStop | None, StopInstants | None],
    standing: StandingVisit | None,
) -> PlannedVisitAnswer:
    day, outlet_id = key
    stop, times = timing
    outlet = view.outlets[outlet_id]
    return PlannedVisitAnswer(
        id=standing.id if standing else None,
        rep_code=view.week.rep.code,
        outlet_code=outlet.code,
        outlet_name=outlet.name,
        visit_date=day,
        sequence=number,
        arrival_at=times.arrival_at if times else None,
        waiting_minutes=_minutes(times.waiting.total_seconds()) if times else None,
        expected_at=times.begins_at if times else None,
        expected_until=times.ends_at if times else None,
        drive_minutes=_minutes(stop.drive_s) if stop else None,
        drive_km=round(stop.distance_m / 1000, 1) if stop else None,
        excused=bool(standing and standing.excused_at),
        withdrawn=key in view.withdrawn,
    )


def _day(view: PlanView, day: date, at: datetime) -> PlanDayAnswer:
    planned = view.content.by_day().get(day)
    visits = sum(visit.visit_date == day for visit in view.standing)
    approved = view.plan is None or view.plan.status == PlanStatus.APPROVED.value
    territory = view.week.territory
    times = instants_of(planned, territory.zone) if planned else None
    lunch = times.lunch if times else None
    return PlanDayAnswer(
        date=day,
        working_day=is_working_day(territory, day),
        frozen=is_frozen(territory, day, at),
        visits=visits if approved else len(planned.stops) if planned else 0,
        departs_at=times.departs_at if times and times.stops else None,
        returns_at=times.returns_at if times and times.stops else None,
        lunch=LunchBreakAnswer(begins_at=lunch[0], ends_at=lunch[1]) if lunch else None,
        driving_minutes=_minutes(planned.driving_s) if planned else 0,
        driving_km=round(planned.distance_m / 1000, 1) if planned else 0.0,
        service_minutes=_minutes(planned.service_s) if planned else 0,
        load_minutes=_minutes(planned.load_s) if planned else 0,
        start=PointAnswer(**planned.start._asdict()) if planned and planned.start else None,
        end=PointAnswer(**planned.end._asdict()) if planned and planned.end else None,
    )


def _note(view: PlanView, note: PlanNote) -> PlanNoteAnswer:
    outlet = view.outlets.get(note.outlet_id) if note.outlet_id is not None else None
    return PlanNoteAnswer(
        outlet_code=outlet.code if outlet else None, visit_date=note.day, code=note.code, message=note.message
    )


def _minutes(seconds: float) -> int:
    return round(seconds / 60)


def listed_answer(
    row: ListedPlan, territory_code: str, iso_week: str, due_at: datetime, at: datetime
) -> ListedWeekPlanAnswer:
    """A line of the list. Visits that were imported before there were plans are an approved plan."""
    status = PlanStatus(row.plan.status) if row.plan else PlanStatus.APPROVED if row.approved_visits else None
    submitted_at = row.plan.submitted_at if row.plan else None
    return ListedWeekPlanAnswer(
        rep_code=row.rep_code,
        rep_name=row.rep_name,
        territory_code=territory_code,
        iso_week=iso_week,
        status=status,
        version=row.plan.version if row.plan else None,
        due_at=due_at,
        late=is_late(status, submitted_at, due_at, at),
        submitted_at=submitted_at,
        approved_visits=row.approved_visits,
    )


def version_answer(version: WeekPlanVersion, codes: Mapping[int, str]) -> PlanVersionAnswer:
    """A version as it leaves."""
    content = version.content
    visits = None
    if content is not None and "standing" in content:
        visits = [
            PlanVersionVisitAnswer(outlet_code=codes[outlet_id], visit_date=date.fromisoformat(day), sequence=sequence)
            for outlet_id, day, sequence in content["standing"]
        ]
    elif content is not None:
        visits = [
            PlanVersionVisitAnswer(
                outlet_code=codes[stop[0]], visit_date=date.fromisoformat(day["day"]), sequence=number
            )
            for day in content["days"]
            for number, stop in enumerate(day["stops"], 1)
        ]
    return PlanVersionAnswer(
        version=version.version,
        action=version.action,
        made_at=version.made_at,
        made_by=version.made_by,
        remark=version.remark,
        visits=visits,
    )
