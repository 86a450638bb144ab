"""Use cases of call tasks: open, claim, release, record an outcome, expire, cancel."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import coverage, queries, rules
from app.closing.call_tasks.counts import TaskCounts, count_tasks
from app.closing.call_tasks.errors import CallTaskNotFound, CallTaskOver, ClaimNotHeld
from app.closing.call_tasks.models import CallAttempt, CallTask
from app.closing.call_tasks.queries import TaskKey
from app.closing.call_tasks.rules import CallOutcome, CallTaskStatus, Holding, TaskState, TellOutcome, due_at
from app.ground.db.statements import Relation
from app.ground.db.violations import constraint_name
from app.ground.errors import Invalid
from app.ground.events import service as events

__all__ = [
    "CallAttempt",
    "CallOutcome",
    "CallTask",
    "CallTaskStatus",
    "LockedTask",
    "TaskCounts",
    "TaskKey",
    "TellOutcome",
    "any_due",
    "attempts_on",
    "cancel_unclaimed",
    "claim_next",
    "count_tasks",
    "due_at",
    "expire_due",
    "lock_for_outcome",
    "open_again",
    "open_for",
    "record_outcome",
    "release",
    "task_by_id",
    "tasks_page",
]


@dataclass(frozen=True, slots=True)
class LockedTask:
    """A task whose row this transaction holds. `repeated`: the outcome has been recorded before, and all is done."""

    task: CallTask
    repeated: bool


async def task_by_id(session: AsyncSession, task_id: UUID, territory_ids: Collection[int] | None) -> CallTask:
    """One task within these territories (None: all). Raises CallTaskNotFound."""
    task = await queries.task_by_id(session, task_id, territory_ids)
    if task is None:
        raise CallTaskNotFound
    return task


async def tasks_page(
    session: AsyncSession,
    territory_ids: Collection[int] | None,
    *,
    business_date: date | None = None,
    status: CallTaskStatus | None = None,
    after: TaskKey | None = None,
    limit: int,
) -> Sequence[CallTask]:
    """Up to `limit` tasks of these territories (None: all) in the order in which they are phoned, from `after` on."""
    return await queries.tasks_page(session, territory_ids, business_date, status, after, limit)


async def attempts_on(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, list[CallAttempt]]:
    """The outcomes recorded on each task, oldest first, by one statement."""
    attempts: dict[UUID, list[CallAttempt]] = {task_id: [] for task_id in task_ids}
    for attempt in await queries.attempts_on(session, task_ids):
        attempts[attempt.task_id].append(attempt)
    return attempts


async def open_for(
    session: AsyncSession,
    territory_id: int,
    business_date: date,
    outlets: Relation,
    *,
    available_at: datetime,
    due_at: datetime,
    first_time: bool = False,
) -> int:
    """Open a task for each of a territory's outlets (`outlet_id`, any number of times) that has none on the day (C3).

    Those with the greatest turnover are phoned first. Answers how many were opened. One statement for any number.
    `first_time`: no outlet is expected to have a task of the day. Where one has after all, for it was moved and closed
    elsewhere a moment ago, a second statement looks for each outlet's.
    """
    insert = partial(
        queries.insert_tasks,
        session,
        territory_id,
        business_date,
        outlets,
        available_at=available_at,
        due_at=due_at,
    )
    if first_time:
        try:
            async with session.begin_nested():
                return await insert(first_time=True)
        except IntegrityError as error:
            if constraint_name(error) != queries.ONE_A_DAY:
                raise
    return await insert(first_time=False)


async def claim_next(
    session: AsyncSession, operator_id: int, territory_ids: Collection[int] | None, at: datetime
) -> CallTask | None:
    """Claim the next task of these territories (None: all): soonest deadline, biggest outlet first.

    Two operators never get the same task; a claim that lapsed may be claimed again. None where nothing waits.
    """
    return await queries.claim_best(session, operator_id, territory_ids, at)


async def release(
    session: AsyncSession, task_id: UUID, operator_id: int, territory_ids: Collection[int] | None, at: datetime
) -> CallTask:
    """Give a claimed task back, at once claimable by anybody. Safe to repeat.

    Raises CallTaskNotFound, ClaimNotHeld, CallTaskOver.
    """
    task = await _locked(session, task_id, territory_ids)
    if task.status == CallTaskStatus.OPEN and at < task.due_at:
        return task
    _must_hold(task, operator_id, at)
    return await queries.reopen(session, task.id)


async def lock_for_outcome(
    session: AsyncSession,
    task_id: UUID,
    operator_id: int,
    report: TellOutcome,
    territory_ids: Collection[int] | None,
    at: datetime,
) -> LockedTask:
    """Lock a task on which the operator may record this outcome now, until the transaction ends.

    The same outcome sent again after a lost answer is recognised (`repeated`). Raises CallTaskNotFound, ClaimNotHeld,
    CallTaskOver, and Invalid with everything that is wrong with the outcome itself.
    """
    task = await _locked(session, task_id, territory_ids)
    held = rules.holding(_state(task), operator_id, at) is Holding.HELD
    if not held and _same(await queries.last_attempt(session, task.id), operator_id, report):
        return LockedTask(task, repeated=True)
    _must_hold(task, operator_id, at)
    problems = rules.problems_with(report, _state(task), at)
    if problems:
        raise Invalid("The outcome cannot be recorded.", errors=problems)
    return LockedTask(task, repeated=False)


async def record_outcome(
    session: AsyncSession, locked: LockedTask, operator_id: int, report: TellOutcome, at: datetime
) -> CallTask:
    """Record an outcome on a task that `lock_for_outcome` gave; answers the task as it stands then."""
    if locked.repeated:
        return locked.task
    transition = rules.after_outcome(_state(locked.task), report, at)
    await queries.insert_attempt(session, locked.task.id, operator_id, report, at)
    return await queries.apply_outcome(session, locked.task.id, report, transition, at)


def any_due(at: datetime) -> ColumnElement[bool]:
    """Whether `expire_due` has something to do, as a part of a statement."""
    return queries.any_due(at)


async def expire_due(session: AsyncSession, at: datetime) -> int:
    """Expire every task, open or claimed, whose deadline has passed, and record it (`call_tasks.expired`).

    The supervisor learns of it by one event for each territory's day, with counts and up to 200 outlet codes.
    Answers how many expired. A fixed number of statements; safe to run at any time, twice too.
    """
    expired = await queries.expire_due(session, at)
    payloads = [
        (
            day.territory_id,
            {
                "business_date": day.business_date.isoformat(),
                "expired": day.tasks,
                "claimed": day.claimed,
                "never_phoned": day.untried,
                "outlet_codes": day.outlet_codes,
            },
        )
        for day in expired
    ]
    await events.record_all(session, "call_tasks.expired", payloads, at)
    return sum(day.tasks for day in expired)


async def cancel_unclaimed(
    session: AsyncSession, covered: Sequence[tuple[int, date, UUID | None]], at: datetime
) -> list[UUID]:
    """Cancel the tasks that nobody holds of these (outlet id, business date, order id): the order has come (C5).

    Without an order id: no call is needed, for the visits were excused.
    A claimed task stays, and shows the order; a lapsed claim holds nothing. Answers the cancelled tasks' ids.
    One statement.
    """
    return list(await coverage.cancel_unclaimed(session, covered, at)) if covered else []


async def open_again(session: AsyncSession, uncovered: Collection[tuple[int, date]], at: datetime) -> None:
    """Open the tasks of these (outlet id, business date) again whose order was cancelled, until their deadline (C5).

    What an operator has finished otherwise stays finished. One statement.
    """
    if uncovered:
        await coverage.open_again(session, uncovered, at)


async def _locked(session: AsyncSession, task_id: UUID, territory_ids: Collection[int] | None) -> CallTask:
    task = await queries.task_by_id(session, task_id, territory_ids, lock=True)
    if task is None:
        raise CallTaskNotFound
    return task


def _must_hold(task: CallTask, operator_id: int, at: datetime) -> None:
    match rules.holding(_state(task), operator_id, at):
        case Holding.NOT_HELD:
            raise ClaimNotHeld("You do not hold this task: claim the next one.", task_status=task.status)
        case Holding.OVER:
            ended = task.status if task.finished_at else CallTaskStatus.EXPIRED.value
            raise CallTaskOver(f"Nothing more can be told of this task: it is {ended}.", task_status=ended)
        case Holding.HELD:
            pass


def _same(attempt: CallAttempt | None, operator_id: int, report: TellOutcome) -> bool:
    """Whether the newest attempt is the same report by the same operator."""
    return attempt is not None and (
        attempt.operator_id,
        attempt.outcome,
        attempt.reason_code,
        attempt.comment,
        attempt.call_back_at,
        attempt.order_id,
    ) == (operator_id, report.outcome, report.reason_code, report.comment, report.call_back_at, report.order_id)


def _state(task: CallTask) -> TaskState:
    return TaskState(
        CallTaskStatus(task.status), task.attempts, task.available_at, task.due_at, task.claimed_by, task.claimed_at
    )
