"""All SQL of week plans."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.field.visits.models import Visit
from app.ground.db.base import CURRENT_XACT
from app.masters.territories.models import Rep, Territory
from app.planning.week_plans.models import WeekPlan, WeekPlanVersion


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A rep, and the plan of its week, if there is one; how many visits stand approved."""

    rep_id: int
    rep_code: str
    rep_name: str
    territory_id: int
    plan: WeekPlan | None
    approved_visits: int


async def plan_of(session: AsyncSession, rep_id: int, monday: date, *, lock: bool = False) -> WeekPlan | None:
    """A rep's plan of a week, read anew; locked until the commit where asked for."""
    query = select(WeekPlan).where(WeekPlan.rep_id == rep_id, WeekPlan.week_date == monday)
    query = query.execution_options(populate_existing=True)
    return (await session.scalars(query.with_for_update() if lock else query)).one_or_none()


async def lock_or_make(
    session: AsyncSession, rep_id: int, territory_id: int, monday: date, status: str
) -> tuple[WeekPlan, bool]:
    """A rep's plan of a week, locked until the commit, and whether it is new: then it has `status`, and no version."""
    values = {"rep_id": rep_id, "territory_id": territory_id, "week_date": monday}
    new_id = await session.scalar(
        insert(WeekPlan)
        .values(**values, status=status, version=0, content_version=0)
        .on_conflict_do_nothing(index_elements=["rep_id", "week_date"])
        .returning(WeekPlan.id)
    )
    plan = await plan_of(session, rep_id, monday, lock=True)
    if plan is None:
        raise LookupError("a plan that was just made is gone")
    return plan, new_id is not None


async def write(session: AsyncSession, plan: WeekPlan, version: WeekPlanVersion, **values: Any) -> None:
    """Add a version to a plan, which becomes what `values` say."""
    session.add(version)
    await session.flush()
    columns = values | {"version": version.version}
    if version.content is not None:
        columns["content_version"] = version.version
    await session.execute(
        update(WeekPlan)
        .where(WeekPlan.id == plan.id)
        .values(**columns, changed_in=CURRENT_XACT)
        .execution_options(synchronize_session=False)
    )
    for name, value in columns.items():
        setattr(plan, name, value)


async def content_of(session: AsyncSession, plan: WeekPlan) -> dict[str, Any] | None:
    """What a plan says, as it is kept."""
    query = select(WeekPlanVersion.content)
    query = query.where(WeekPlanVersion.plan_id == plan.id, WeekPlanVersion.version == plan.content_version)
    return await session.scalar(query)


async def contents_of(session: AsyncSession, plans: Collection[WeekPlan]) -> dict[int, dict[str, Any]]:
    """What plans say, as it is kept, by their ids; no entry for one that says nothing yet. One statement."""
    keys = [(plan.id, plan.content_version) for plan in plans]
    query = select(WeekPlanVersion.plan_id, WeekPlanVersion.content).where(
        tuple_(WeekPlanVersion.plan_id, WeekPlanVersion.version).in_(keys), WeekPlanVersion.content.is_not(None)
    )
    return {row.plan_id: row.content for row in await session.execute(query)}


async def versions_of(session: AsyncSession, plan_id: int, before: int | None, limit: int) -> Sequence[WeekPlanVersion]:
    """What happened to a plan, the newest first, before a version; one more than `limit`."""
    query = select(WeekPlanVersion).where(WeekPlanVersion.plan_id == plan_id)
    if before is not None:
        query = query.where(WeekPlanVersion.version < before)
    return (await session.scalars(query.order_by(WeekPlanVersion.version.desc()).limit(limit + 1))).all()


async def listed(
    session: AsyncSession,
    monday: date,
    *,
    sight: frozenset[int] | None,
    rep_id: int | None,
    territory_code: str | None,
    after: str | None,
    limit: int,
) -> list[ListedPlan]:
    """Active reps within sight by code, each with its plan of the week; one more than `limit`."""
    approved = (
        select(func.count())
        .where(Visit.rep_id == Rep.id, Visit.approved_at.is_not(None))
        .where(Visit.visit_date.in_([date.fromordinal(monday.toordinal() + number) for number in range(7)]))
        .correlate(Rep)
        .scalar_subquery()
    )
    query = (
        select(Rep.id, Rep.code, Rep.name, Rep.territory_id, WeekPlan, approved)
        .join(Territory, Territory.id == Rep.territory_id)
        .outerjoin(WeekPlan, and_(WeekPlan.rep_id == Rep.id, WeekPlan.week_date == monday))
        .where(Rep.active)
        .order_by(Rep.code)
        .limit(limit + 1)
    )
    if sight is not None:
        query = query.where(Rep.territory_id.in_(sight))
    if rep_id is not None:
        query = query.where(Rep.id == rep_id)
    if territory_code is not None:
        query = query.where(Territory.code == territory_code)
    if after is not None:
        query = query.where(Rep.code > after)
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return [ListedPlan(*tuple(row)) for row in rows]


def version_of(
    plan: WeekPlan, action: str, at: datetime, by: str, remark: str | None, content: dict[str, Any] | None
) -> WeekPlanVersion:
    """The plan's next version."""
    return WeekPlanVersion(
        plan_id=plan.id,
        version=plan.version + 1,
        action=action,
        made_at=at,
        made_by=by,
        remark=remark,
        content=content,
    )
