"""Week plans for tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.outlets.models import Outlet
from app.masters.territories.models import Rep
from app.planning.week_plans.models import CalendarLink, PlanChangeRequest, WeekPlan, WeekPlanVersion
from app.planning.week_plans.plan_content import DayPlan, PlanContent, PlannedStop, as_json

NEXT_MONDAY = date(2026, 11, 30)
LONG_AGO = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def make_week_plan(
    session: AsyncSession,
    rep: Rep,
    monday: date = NEXT_MONDAY,
    visits: Sequence[tuple[date, Outlet]] = (),
    *,
    status: str = "draft",
) -> WeekPlan:
    """A plan of a rep's week with one version; visits of half an hour each from 9 on. It stands in no `visits`."""
    submitted_at = LONG_AGO if status in {"submitted", "approved"} else None
    plan = WeekPlan(
        rep_id=rep.id,
        territory_id=rep.territory_id,
        week_date=monday,
        status=status,
        version=1,
        content_version=1,
        submitted_at=submitted_at,
    )
    session.add(plan)
    await session.flush()
    content = as_json(PlanContent(tuple(_day(day, visits) for day in sorted({day for day, _ in visits}))))
    session.add(
        WeekPlanVersion(
            plan_id=plan.id, version=1, action="put", made_at=LONG_AGO, made_by="test", remark=None, content=content
        )
    )
    await session.flush()
    return plan


async def change_week_plan(
    session: AsyncSession, plan: WeekPlan, visits: Sequence[tuple[date, Outlet]], moved: Sequence[Outlet], at: datetime
) -> None:
    """Let an approved plan say something else: user anna has moved visits of outlets."""
    plan.version = plan.content_version = plan.version + 1
    content = as_json(PlanContent(tuple(_day(day, visits) for day in sorted({day for day, _ in visits}))))
    what = {"action": "changed", "made_at": at, "made_by": "user:anna", "remark": "outlet_closed"}
    ids = [outlet.id for outlet in moved]
    session.add(WeekPlanVersion(plan_id=plan.id, version=plan.version, content=content, outlet_ids=ids, **what))
    await session.flush()


async def make_change_request(session: AsyncSession, plan: WeekPlan) -> PlanChangeRequest:
    """An open request to take every visit of the plan's Monday out of it."""
    request = PlanChangeRequest(
        id=uuid4(),
        plan_id=plan.id,
        territory_id=plan.territory_id,
        rep_id=plan.rep_id,
        changes=[{"outlet_code": None, "from_date": plan.week_date.isoformat(), "to_date": None, "to_rep_code": None}],
        reason_code="leave",
        comment="",
        requested_at=LONG_AGO,
        requested_by="test",
    )
    session.add(request)
    await session.flush()
    return request


async def make_calendar_link(session: AsyncSession, rep: Rep) -> tuple[CalendarLink, str]:
    """A link to a rep's calendar, and its key."""
    key = uuid4().hex
    link = CalendarLink(
        id=uuid4(),
        rep_id=rep.id,
        key_hash=sha256(key.encode()).digest(),
        label="",
        created_at=LONG_AGO,
        created_by="test",
    )
    session.add(link)
    await session.flush()
    return link, key


def _day(day: date, visits: Sequence[tuple[date, Outlet]]) -> DayPlan:
    outlets = [outlet for planned, outlet in visits if planned == day]
    begins = [9 * 3600 + number * 1800 for number in range(len(outlets))]
    stops = tuple(PlannedStop(outlet.id, 0, 0, at, at, at + 1800) for outlet, at in zip(outlets, begins, strict=True))
    return DayPlan(day, stops, 9 * 3600, 9 * 3600 + 1800 * len(outlets), None, None, 0, 0, None, None)
