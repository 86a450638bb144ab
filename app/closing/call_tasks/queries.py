"""The SQL of call tasks: opened, claimed, told of, expired. What orders do with them: `coverage`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Insert,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER, CallTaskStatus, TellOutcome, Transition
from app.ground.db.statements import Relation, records_of
from app.masters.outlets.models import Outlet
from app.sales.orders.models import OutletTurnover

MOST_CODES = 200
"""As many outlet codes as an event about expired tasks names."""

TaskKey = tuple[datetime, Decimal, UUID]
"""What a list of tasks is sorted by: deadline, priority (the highest first), id."""

_OUTLET_DIGITS = 8
"""Hexadecimal digits of an outlet's id within that of its task."""

_TASKS = cast(Table, CallTask.__table__)
_WAITING = CallTask.status.in_([CallTaskStatus.OPEN.value, CallTaskStatus.CLAIMED.value])


@dataclass(frozen=True, slots=True)
class ExpiredTasks:
    """The tasks of one territory's day that expired together. `claimed` of them were claimed, `untried` never phoned.

    `outlet_codes` names up to 200 of their outlets.
    """

    territory_id: int
    business_date: date
    tasks: int
    claimed: int
    untried: int
    outlet_codes: list[str]


ONE_A_DAY = "uq_call_tasks_outlet_id_business_date"
"""The constraint that an outlet has one task a day."""


def _id_of(outlet_id: ColumnElement[int]) -> ColumnElement[UUID]:
    """A prefix of its own for each statement, then the outlet: tasks that are opened together lie side by side.

    Ids that have nothing to do with one another cost a third more to write, each into another page of the index.
    """
    of_outlet = func.lpad(func.to_hex(outlet_id), _OUTLET_DIGITS, "0", type_=Text)
    return cast_to(bindparam("id_prefix", type_=Text) + of_outlet, Uuid)


@cache
def _open(outlets: Select[*tuple[Any, ...]], *, first_time: bool) -> Insert:
    outlet = outlets.distinct().subquery("outlet")
    turnover = select(OutletTurnover.value).where(OutletTurnover.outlet_id == outlet.c.outlet_id).scalar_subquery()
    task: dict[str, ColumnElement[Any]] = {
        "id": _id_of(outlet.c.outlet_id),
        "territory_id": bindparam("territory_id", type_=Integer),
        "outlet_id": outlet.c.outlet_id,
        "business_date": bindparam("business_date", type_=Date),
        "due_at": bindparam("due_at", type_=DateTime(timezone=True)),
        "priority": func.coalesce(turnover, 0),
        "status": literal(CallTaskStatus.OPEN.value),
        "available_at": bindparam("available_at", type_=DateTime(timezone=True)),
        "opened_at": bindparam("available_at", type_=DateTime(timezone=True)),
    }
    rows = select(*task.values()).order_by(outlet.c.outlet_id)
    statement = insert(_TASKS).from_select(list(task), rows)
    return statement if first_time else statement.on_conflict_do_nothing(index_elements=["outlet_id", "business_date"])


async def insert_tasks(
    session: AsyncSession,
    territory_id: int,
    business_date: date,
    outlets: Relation,
    *,
    available_at: datetime,
    due_at: datetime,
    first_time: bool,
) -> int:
    """Open a task for each outlet that has none on the day, with its turnover as priority. Answers how many.

    `first_time`: none is expected to have one, and looking for each one's takes a sixth of the time. Raises
    IntegrityError (`ONE_A_DAY`) where one has.
    """
    own = {
        "id_prefix": str(uuid4())[:-_OUTLET_DIGITS],
        "territory_id": territory_id,
        "business_date": business_date,
        "available_at": available_at,
        "due_at": due_at,
    }
    result: Any = await session.execute(_open(outlets.rows, first_time=first_time), {**outlets.parameters, **own})
    return int(result.rowcount)


async def claim_best(
    session: AsyncSession, operator_id: int, territory_ids: Collection[int] | None, at: datetime
) -> CallTask | None:
    """Claim the biggest outlet with the soonest deadline; tasks that others are claiming right now are skipped."""
    # the two halves are what `reference.may_be_claimed` says
    claimable = or_(
        and_(CallTask.status == CallTaskStatus.OPEN.value, CallTask.available_at <= at),
        claim_lapsed(at),
    )
    best = (
        select(CallTask.id)
        .where(_WAITING, CallTask.due_at > at, claimable, *of_territories(territory_ids))
        .order_by(CallTask.due_at, CallTask.priority.desc(), CallTask.outlet_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(
        update(CallTask)
        .where(CallTask.id == best.scalar_subquery())
        .values(status=CallTaskStatus.CLAIMED.value, claimed_by=operator_id, claimed_at=at)
        .returning(CallTask)
        .execution_options(populate_existing=True, synchronize_session=False)
    )


async def task_by_id(
    session: AsyncSession, task_id: UUID, territory_ids: Collection[int] | None, *, lock: bool = False
) -> CallTask | None:
    """One task within these territories, its row locked if asked for."""
    query = select(CallTask).where(CallTask.id == task_id, *of_territories(territory_ids))
    if lock:
        query = query.with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def tasks_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    business_date: date | None,
    status: CallTaskStatus | None,
    after: TaskKey | None,
    limit: int,
) -> Sequence[CallTask]:
    """Up to `limit` tasks, in the order in which they are phoned."""
    page = select(CallTask).where(*of_territories(territory_ids))
    if business_date is not None:
        page = page.where(CallTask.business_date == business_date)
    if status is not None:
        page = page.where(CallTask.status == status.value)
    if after is not None:
        due_at, priority, task_id = after
        page = page.where(tuple_(CallTask.due_at, -CallTask.priority, CallTask.id) > (due_at, -priority, task_id))
    page = page.order_by(CallTask.due_at, CallTask.priority.desc(), CallTask.id).limit(limit)
    return (await session.scalars(page)).all()


async def last_attempt(session: AsyncSession, task_id: UUID) -> CallAttempt | None:
    """The newest outcome recorded on a task."""
    return await session.scalar(
        select(CallAttempt).where(CallAttempt.task_id == task_id).order_by(CallAttempt.id.desc()).limit(1)
    )


async def attempts_on(session: AsyncSession, task_ids: Collection[UUID]) -> Sequence[CallAttempt]:
    """Every outcome recorded on these tasks, oldest first."""
    query = select(CallAttempt).where(CallAttempt.task_id.in_(task_ids)).order_by(CallAttempt.id)
    return (await session.scalars(query)).all()


async def insert_attempt(
    session: AsyncSession, task_id: UUID, operator_id: int, report: TellOutcome, at: datetime
) -> None:
    """Record an outcome as the operator reported it."""
    await session.execute(
        insert(CallAttempt).values(
            task_id=task_id,
            operator_id=operator_id,
            told_at=at,
            outcome=report.outcome.value,
            reason_code=report.reason_code,
            comment=report.comment,
            call_back_at=report.call_back_at,
            order_id=report.order_id,
        )
    )


async def apply_outcome(
    session: AsyncSession, task_id: UUID, report: TellOutcome, transition: Transition, at: datetime
) -> CallTask:
    """Apply an outcome to a claimed task; a finished task keeps the operator who finished it."""
    values: dict[str, Any] = {
        "status": transition.status.value,
        "attempts": CallTask.attempts + 1,
        "outcome": report.outcome.value,
        "reason_code": report.reason_code,
        "comment": report.comment,
        "order_id": report.order_id,
    }
    if transition.finished:
        values |= {"finished_at": at}
    else:
        values |= {"available_at": transition.available_at, "claimed_by": None, "claimed_at": None}
    return await _updated(session, task_id, values)


async def reopen(session: AsyncSession, task_id: UUID) -> CallTask:
    """Give a claimed task back."""
    return await _updated(
        session, task_id, {"status": CallTaskStatus.OPEN.value, "claimed_by": None, "claimed_at": None}
    )


async def _updated(session: AsyncSession, task_id: UUID, values: dict[str, Any]) -> CallTask:
    statement = update(CallTask).where(CallTask.id == task_id).values(values).returning(CallTask)
    rows = await session.scalars(statement.execution_options(populate_existing=True, synchronize_session=False))
    return rows.one()


def any_due(at: datetime) -> ColumnElement[bool]:
    """Whether there are tasks past their deadline, as a part of a statement."""
    return exists().where(_WAITING, CallTask.due_at <= at)


async def expire_due(session: AsyncSession, at: datetime) -> list[ExpiredTasks]:
    """Expire tasks past their deadline; rows that are being changed right now are left to the next round."""
    due = select(CallTask.id, CallTask.status).where(_WAITING, CallTask.due_at <= at)
    locked = due.order_by(CallTask.id).with_for_update(skip_locked=True).cte("due")
    expired = (
        update(CallTask)
        .where(CallTask.id == locked.c.id)
        .values(status=CallTaskStatus.EXPIRED.value, finished_at=at)
        .returning(
            CallTask.territory_id, CallTask.business_date, CallTask.outlet_id, CallTask.attempts, locked.c.status
        )
        .cte("expired")
    )
    query = (
        select(
            expired.c.territory_id,
            expired.c.business_date,
            func.count().label("tasks"),
            func.count().filter(expired.c.status == CallTaskStatus.CLAIMED.value).label("claimed"),
            func.count().filter(expired.c.attempts == 0).label("untried"),
            func.array_agg(Outlet.code).label("outlet_codes"),
        )
        .join(Outlet, Outlet.id == expired.c.outlet_id)
        .group_by(expired.c.territory_id, expired.c.business_date)
        .order_by(expired.c.territory_id, expired.c.business_date)
    )
    expired_tasks = records_of(ExpiredTasks, await session.execute(query))
    return [replace(tasks, outlet_codes=sorted(tasks.outlet_codes)[:MOST_CODES]) for tasks in expired_tasks]


def claim_lapsed(at: datetime) -> ColumnElement[bool]:
    """Whether a claim has gone 15 minutes without an outcome, as a part of a statement."""
    return and_(CallTask.status == CallTaskStatus.CLAIMED.value, CallTask.claimed_at <= at - CLAIM_LAPSES_AFTER)


def of_territories(territory_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    """Whether a task is of one of these territories (None: all), as a part of a statement."""
    return [] if territory_ids is None else [CallTask.territory_id.in_(territory_ids)]
