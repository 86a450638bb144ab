"""Use cases of the operators: look at tasks, claim the next, give one back, tell what came of a call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.closing.call_tasks import service as call_tasks
from app.closing.call_tasks.service import CallAttempt, CallTask, CallTaskStatus, TaskCounts, TaskKey, TellOutcome
from app.doors.call_centre import queries
from app.doors.call_centre.queries import TaskContext
from app.doors.order_taking import service as order_taking
from app.doors.order_taking.service import EventStatus, NewOrder, Result
from app.ground import clock
from app.ground.errors import FieldProblem, Invalid
from app.ground.web.access import Caller
from app.masters.territories.errors import TerritoryNotFound
from app.masters.territories.service import territories_by_code
from app.sales.orders import service as orders
from app.sales.orders.errors import OrderConflict, OrderRefused
from app.sales.orders.rules import OrderChannel, OrderForm, OrderFormLine
from app.sales.orders.service import PastOrder, SuggestedLine


@dataclass(frozen=True, slots=True)
class TaskCard:
    """A task with everything that an operator needs on the phone; `operators` are the names behind `calls`."""

    task: CallTask
    context: TaskContext
    calls: Sequence[CallAttempt]
    operators: dict[int, str]
    recent_orders: Sequence[PastOrder]
    suggested_lines: Sequence[SuggestedLine]


@dataclass(frozen=True, slots=True)
class PhoneOrder:
    """An order as the outlet gave it on the phone: the outlet is the task's, the time is now."""

    id: UUID
    delivery_date: date
    lines: tuple[OrderFormLine, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are asked for."""

    business_date: date | None = None
    territory_code: str | None = None
    status: CallTaskStatus | None = None


async def list_tasks(
    session: AsyncSession, caller: Caller, filters: TaskFilter, after: TaskKey | None, limit: int
) -> list[TaskCard]:
    """Up to `limit` tasks that the caller may see; none of a territory that it may not."""
    tasks = await call_tasks.tasks_page(
        session,
        await _asked_for(session, caller, filters.territory_code),
        business_date=filters.business_date,
        status=filters.status,
        after=after,
        limit=limit,
    )
    return await _cards(session, tasks)


async def count_tasks(
    session: AsyncSession, caller: Caller, business_date: date, territory_code: str | None
) -> TaskCounts:
    """How the tasks of a day stand, of those that the caller may see; none of a territory that it may not."""
    territory_ids = await _asked_for(session, caller, territory_code)
    return await call_tasks.count_tasks(session, territory_ids, business_date, clock.now())


async def find_task(session: AsyncSession, caller: Caller, task_id: UUID) -> TaskCard:
    """One task. Raises CallTaskNotFound."""
    return await _card(session, await call_tasks.task_by_id(session, task_id, caller.territory_ids))


async def needless_tasks(session: AsyncSession, task_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these tasks for which no call is needed any more: an order came, or the visits are excused.

    One statement.
    """
    contexts = await queries.contexts(session, task_ids)
    return frozenset(id_ for id_, context in contexts.items() if context.needless)


async def claim(session: AsyncSession, caller: Caller, territory_code: str | None) -> TaskCard | None:
    """Claim the next task of the caller's territories, or of one of them. None where nothing waits.

    A task that became needless while it was held by somebody, whose claim has lapsed since, is cancelled on the way
    (C5).
    Raises TerritoryNotFound.
    """
    territory_ids = caller.territory_ids
    if territory_code is not None:
        territory_id = await _territory_id(session, caller, territory_code)
        if territory_id is None:
            raise TerritoryNotFound
        territory_ids = frozenset({territory_id})
    operator, at = _operator(caller), clock.now()
    while (task := await call_tasks.claim_next(session, operator, territory_ids, at)) is not None:
        card = await _card(session, task)
        if not card.context.needless:
            return card
        await _unless_needless(session, await call_tasks.release(session, task.id, operator, territory_ids, at))
    return None


async def release(session: AsyncSession, caller: Caller, task_id: UUID) -> TaskCard:
    """Give a claimed task back; it is cancelled if it has become needless meanwhile (C5).

    Raises CallTaskNotFound, ClaimNotHeld, CallTaskOver.
    """
    task = await call_tasks.release(session, task_id, _operator(caller), caller.territory_ids, clock.now())
    return await _unless_needless(session, task)


async def tell_outcome(
    session: AsyncSession, caller: Caller, task_id: UUID, outcome: TellOutcome, order: PhoneOrder | None
) -> TaskCard | OrderRefused:
    """Record what came of a call: the order first, with all that follows from it (C4), then the outcome.

    A refused order is answered, not raised: that it was refused is to be committed (C3), and the task stays claimed.
    Raises CallTaskNotFound, ClaimNotHeld, CallTaskOver, Invalid, OrderConflict. Safe to repeat.
    """
    card = await find_task(session, caller, task_id)
    # before the task's row is locked: uploads, too, take the barrier first and call tasks later
    await order_taking.enter(session, [card.task.territory_id])
    await _check_reason(session, outcome)
    operator, at = _operator(caller), clock.now()
    locked = await call_tasks.lock_for_outcome(session, task_id, operator, outcome, caller.territory_ids, at)
    if order is not None:
        result = await _take_order(session, caller, order, card)
        if result.status is EventStatus.REJECTED:
            return OrderRefused("The order was refused; the task is still yours.", errors=_within_order(result))
    task = await call_tasks.record_outcome(session, locked, operator, outcome, at)
    return await _unless_needless(session, task)


async def _unless_needless(session: AsyncSession, task: CallTask) -> TaskCard:
    """The task's card; a task that nobody holds any more, and that has become needless, is cancelled first (C5)."""
    card = await _card(session, task)
    if task.status != CallTaskStatus.OPEN or not card.context.needless:
        return card
    needless = (task.outlet_id, task.business_date, card.context.covered_by_order_id)
    await call_tasks.cancel_unclaimed(session, [needless], clock.now())
    await session.refresh(task)
    return await _card(session, task)


async def _take_order(session: AsyncSession, caller: Caller, order: PhoneOrder, card: TaskCard) -> Result:
    """Place the order that the outlet gave on the phone, through the one door of all orders (O1)."""
    form = OrderForm(order.id, card.context.outlet_code, None, order.delivery_date, order.lines, order.comment)
    result = await order_taking.place_order(
        session, NewOrder(form, OrderChannel.CALL_CENTRE, caller, behind_a_task=True)
    )
    if result.status is EventStatus.CONFLICT:
        raise OrderConflict("Another order has this id.", id=str(order.id))
    if result.status is not EventStatus.REJECTED and result.business_date != card.task.business_date:
        raise OrderConflict("The order of this id belongs to another day than the task.", id=str(order.id))
    return result


def _within_order(result: Result) -> list[FieldProblem]:
    problems = result.problem.errors if result.problem else ()
    return [FieldProblem(f"/order{problem.pointer}", problem.code, problem.message) for problem in problems]


async def _check_reason(session: AsyncSession, outcome: TellOutcome) -> None:
    if outcome.reason_code is not None and outcome.reason_code not in await orders.active_reasons(session):
        problem = FieldProblem("/reason_code", "unknown_reason", "This reason is not one of the active ones.")
        raise Invalid("The outcome cannot be recorded.", errors=[problem])


async def _asked_for(session: AsyncSession, caller: Caller, territory_code: str | None) -> frozenset[int] | None:
    """The territories whose tasks a list may show (None: all), where one of them may be asked for by its code."""
    if territory_code is None:
        return caller.territory_ids
    territory_id = await _territory_id(session, caller, territory_code)
    return frozenset() if territory_id is None else frozenset({territory_id})


async def _territory_id(session: AsyncSession, caller: Caller, code: str) -> int | None:
    territory = (await territories_by_code(session, [code])).get(code)
    return territory.id if territory is not None and caller.may_see(territory.id) else None


def _operator(caller: Caller) -> int:
    if caller.user_id is None:
        raise AssertionError("only members of staff get here")
    return caller.user_id


async def _card(session: AsyncSession, task: CallTask) -> TaskCard:
    return (await _cards(session, [task]))[0]


async def _cards(session: AsyncSession, tasks: Collection[CallTask]) -> list[TaskCard]:
    """The cards of tasks, by a fixed number of statements."""
    if not tasks:
        return []
    ids, outlet_ids = [task.id for task in tasks], {task.outlet_id for task in tasks}
    contexts = await queries.contexts(session, ids)
    calls = await call_tasks.attempts_on(session, ids)
    operators = await queries.usernames(session, {call.operator_id for attempts in calls.values() for call in attempts})
    recent = await orders.recent_orders(session, outlet_ids)
    suggested = await _suggestions(session, tasks)
    return [
        TaskCard(
            task,
            contexts[task.id],
            calls[task.id],
            operators,
            recent.get(task.outlet_id, []),
            suggested.get((task.business_date, task.outlet_id), ()),
        )
        for task in tasks
    ]


async def _suggestions(
    session: AsyncSession, tasks: Collection[CallTask]
) -> dict[tuple[date, int], Sequence[SuggestedLine]]:
    """For tasks that wait only: those are of one day, or of two where zones lie far apart. So the loop is short."""
    waiting = [task for task in tasks if task.status in {CallTaskStatus.OPEN, CallTaskStatus.CLAIMED}]
    suggestions: dict[tuple[date, int], Sequence[SuggestedLine]] = {}
    for day in {task.business_date for task in waiting}:
        lines = await orders.suggested_lines(session, {t.outlet_id for t in waiting if t.business_date == day}, day)
        suggestions |= {(day, outlet_id): suggestion for outlet_id, suggestion in lines.items()}
    return suggestions
