"""All SQL of requests for changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.masters.territories.models import Rep
from app.planning.week_plans.models import PlanChangeRequest, WeekPlan

_REQUEST: Any = (
    select(PlanChangeRequest, Rep.code.label("rep_code"), WeekPlan.week_date)
    .join(Rep, Rep.id == PlanChangeRequest.rep_id)
    .join(WeekPlan, WeekPlan.id == PlanChangeRequest.plan_id)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class ListedRequest:
    """A request, whose it is, and for which week."""

    request: PlanChangeRequest
    rep_code: str
    week_date: date


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests: within sight (None: all territories), one rep's alone, open, or decided like this."""

    sight: frozenset[int] | None
    rep_id: int | None = None
    decided: str | None = None
    is_open: bool = False


async def insert_request(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Write a request; False where its id is known."""
    statement = insert(PlanChangeRequest).values(**values).on_conflict_do_nothing(index_elements=["id"])
    return await session.scalar(statement.returning(PlanChangeRequest.id)) is not None


async def request(session: AsyncSession, request_id: UUID, *, lock: bool = False) -> ListedRequest | None:
    """A request, read anew; locked until the commit where asked for."""
    query = _REQUEST.where(PlanChangeRequest.id == request_id)
    row = (await session.execute(query.with_for_update(of=PlanChangeRequest) if lock else query)).one_or_none()
    return None if row is None else ListedRequest(row.PlanChangeRequest, row.rep_code, row.week_date)


async def page(
    session: AsyncSession, request_filter: RequestFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[ListedRequest]:
    """Requests, the oldest first, one more than `limit`."""
    order = (PlanChangeRequest.requested_at, PlanChangeRequest.id)
    query = _REQUEST.order_by(*order).limit(limit + 1)
    if request_filter.sight is not None:
        query = query.where(PlanChangeRequest.territory_id.in_(request_filter.sight))
    if request_filter.rep_id is not None:
        query = query.where(PlanChangeRequest.rep_id == request_filter.rep_id)
    if request_filter.is_open:
        query = query.where(PlanChangeRequest.decision.is_(None))
    if request_filter.decided is not None:
        query = query.where(PlanChangeRequest.decision == request_filter.decided)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return [ListedRequest(row.PlanChangeRequest, row.rep_code, row.week_date) for row in await session.execute(query)]


async def open_requests(session: AsyncSession, plan_ids: Collection[int]) -> dict[int, int]:
    """How many requests about plans nobody has decided, by the plan's id; no entry where there is none."""
    query = select(PlanChangeRequest.plan_id, func.count().label("requests")).where(
        PlanChangeRequest.plan_id.in_(plan_ids), PlanChangeRequest.decision.is_(None)
    )
    rows = await session.execute(query.group_by(PlanChangeRequest.plan_id))
    return {row.plan_id: row.requests for row in rows}


async def decide(session: AsyncSession, request_id: UUID, decision: str, at: datetime, by: str, comment: str) -> None:
    """Write what the supervisor said."""
    await session.execute(
        update(PlanChangeRequest)
        .where(PlanChangeRequest.id == request_id)
        .values(decision=decision, decided_at=at, decided_by=by, decision_comment=comment)
        .execution_options(synchronize_session=False)
    )
