"""What happens to a call task: pure decisions on plain values."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.ground.errors import FieldProblem
from app.masters.territories.local_time import instant_of

CLAIM_LAPSES_AFTER = timedelta(minutes=15)
LATE_CALLS_TAKE = timedelta(minutes=60)
"""How long the tasks of a run may be phoned that was made after the day's call deadline (C6)."""
LATEST_CALL = time(21)
"""Local time after which nobody is phoned because a run was late."""
NO_ANSWER_PAUSE = timedelta(minutes=20)
MOST_ATTEMPTS = 3


class CallTaskStatus(StrEnum):
    """Where a task stands. The last three are ends."""

    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CallOutcome(StrEnum):
    """What an operator tells of a call."""

    ORDER_TAKEN = "order_taken"
    NO_ORDER = "no_order"
    NO_ANSWER = "no_answer"
    CALL_BACK = "call_back"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task as decisions need it. `attempts` counts the outcomes recorded on it."""

    status: CallTaskStatus
    attempts: int
    available_at: datetime
    due_at: datetime
    claimed_by: int | None
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TellOutcome:
    """What an operator wants recorded. `order_id` is the order that was taken on the phone."""

    outcome: CallOutcome
    reason_code: str | None = None
    comment: str | None = None
    call_back_at: datetime | None = None
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """The state that a task takes. `available_at` is set where it waits to be phoned again, else `finished` is true."""

    status: CallTaskStatus
    finished: bool
    available_at: datetime | None = None


class Holding(StrEnum):
    """How an operator stands to a task."""

    HELD = "held"
    NOT_HELD = "not_held"
    OVER = "over"


def due_at(business_date: date, deadline: datetime, zone: ZoneInfo, opened_at: datetime) -> datetime | None:
    """Until when the outlets of a day are phoned whose tasks open at `opened_at` (C6); None: not any more.

    Up to the day's deadline; where it has passed, for 60 minutes, not past 21:00 local, and on the day alone.
    """
    if opened_at < deadline:
        return deadline
    due = min(opened_at + LATE_CALLS_TAKE, instant_of(business_date, LATEST_CALL, zone))
    return due if due > opened_at else None


def holding(task: TaskState, operator_id: int, at: datetime) -> Holding:
    """How the operator stands to the task.

    A lapsed claim still belongs to its operator until somebody else claims the task: the call may just have been long.
    From the deadline on nothing more is recorded, whether or not the task has been marked as expired already.
    """
    if task.status in {CallTaskStatus.OPEN, CallTaskStatus.CLAIMED} and at >= task.due_at:
        return Holding.OVER
    if task.status is CallTaskStatus.CLAIMED:
        return Holding.HELD if task.claimed_by == operator_id else Holding.NOT_HELD
    return Holding.NOT_HELD if task.status is CallTaskStatus.OPEN else Holding.OVER


def after_outcome(task: TaskState, report: TellOutcome, at: datetime) -> Transition:
    """Where an outcome takes a claimed task.

    `no_answer` rests it for 20 minutes, and ends it as the third attempt; `call_back` rests it until the promised time;
    every other outcome ends it.
    """
    if report.outcome is CallOutcome.CALL_BACK:
        return Transition(CallTaskStatus.OPEN, finished=False, available_at=report.call_back_at)
    if report.outcome is CallOutcome.NO_ANSWER and task.attempts + 1 < MOST_ATTEMPTS:
        return Transition(CallTaskStatus.OPEN, finished=False, available_at=at + NO_ANSWER_PAUSE)
    return Transition(CallTaskStatus.DONE, finished=True)


def problems_with(report: TellOutcome, task: TaskState, at: datetime) -> list[FieldProblem]:
    """Everything that is wrong with an outcome: what is missing, what does not belong to it, a time out of reach."""
    belongings = (
        (CallOutcome.ORDER_TAKEN, "order", report.order_id),
        (CallOutcome.NO_ORDER, "reason_code", report.reason_code),
        (CallOutcome.CALL_BACK, "call_back_at", report.call_back_at),
    )
    problems = []
    for outcome, name, value in belongings:
        if outcome is report.outcome and value is None:
            problems.append(FieldProblem(f"/{name}", "missing", f"The outcome {outcome} needs {name}."))
        if outcome is not report.outcome and value is not None and name != "reason_code":
            problems.append(
                FieldProblem(f"/{name}", "not_of_this_outcome", f"Only the outcome {outcome} takes {name}.")
            )
    promised = report.call_back_at if report.outcome is CallOutcome.CALL_BACK else None
    if promised is not None and not at < promised < task.due_at:
        message = f"The call back must come after now and before the deadline, {task.due_at.isoformat()}."
        problems.append(FieldProblem("/call_back_at", "out_of_reach", message))
    return problems
