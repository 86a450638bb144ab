"""A call task's way from open to its end."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.closing.call_tasks.reference import claim_has_lapsed, may_be_claimed
from app.closing.call_tasks.rules import (
    CallOutcome,
    CallTaskStatus,
    Holding,
    TaskState,
    TellOutcome,
    after_outcome,
    holding,
    problems_with,
)

FIVE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SEVEN = FIVE + timedelta(hours=2)
ANNA, BILL = 1, 2


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def open_task(attempts: int = 0, available_at: datetime = FIVE) -> TaskState:
    return TaskState(CallTaskStatus.OPEN, attempts, available_at, SEVEN, None, None)


def claimed_task(attempts: int = 0, claimed_at: datetime = FIVE) -> TaskState:
    return TaskState(CallTaskStatus.CLAIMED, attempts, FIVE, SEVEN, ANNA, claimed_at)


def ended_task(status: CallTaskStatus) -> TaskState:
    return TaskState(status, 1, FIVE, SEVEN, ANNA, FIVE)


def test_an_open_task_may_be_claimed_until_its_deadline() -> None:
    assert may_be_claimed(open_task(), FIVE)
    assert may_be_claimed(open_task(), SEVEN - minutes(0.01))
    assert not may_be_claimed(open_task(), SEVEN)


def test_a_resting_task_may_not_be_claimed() -> None:
    resting = open_task(available_at=FIVE + minutes(20))
    assert not may_be_claimed(resting, FIVE + minutes(19.9))
    assert may_be_claimed(resting, FIVE + minutes(20))


def test_a_claim_lapses_after_fifteen_minutes() -> None:
    assert not claim_has_lapsed(claimed_task(), FIVE + minutes(14.9))
    assert claim_has_lapsed(claimed_task(), FIVE + minutes(15))
    assert not may_be_claimed(claimed_task(), FIVE + minutes(14.9))
    assert may_be_claimed(claimed_task(), FIVE + minutes(15))


@pytest.mark.parametrize("status", [CallTaskStatus.DONE, CallTaskStatus.CANCELLED, CallTaskStatus.EXPIRED])
def test_an_ended_task_is_neither_claimed_nor_told_of(status: CallTaskStatus) -> None:
    assert not may_be_claimed(ended_task(status), FIVE)
    assert holding(ended_task(status), ANNA, FIVE) is Holding.OVER


def test_only_the_one_who_claimed_holds_the_task() -> None:
    assert holding(claimed_task(), ANNA, FIVE) is Holding.HELD
    assert holding(claimed_task(), BILL, FIVE) is Holding.NOT_HELD
    assert holding(open_task(), ANNA, FIVE) is Holding.NOT_HELD


def test_a_long_call_still_counts_where_nobody_else_claimed_the_task() -> None:
    assert holding(claimed_task(), ANNA, FIVE + minutes(40)) is Holding.HELD


def test_from_the_deadline_on_nothing_more_is_taken() -> None:
    assert holding(claimed_task(claimed_at=SEVEN - minutes(1)), ANNA, SEVEN) is Holding.OVER


def test_no_answer_rests_the_task_for_twenty_minutes() -> None:
    after = after_outcome(claimed_task(), TellOutcome(CallOutcome.NO_ANSWER), FIVE)
    assert (after.status, after.available_at, after.finished) == (CallTaskStatus.OPEN, FIVE + minutes(20), False)


def test_the_third_attempt_without_an_answer_ends_the_task() -> None:
    told = TellOutcome(CallOutcome.NO_ANSWER)
    assert after_outcome(claimed_task(attempts=1), told, FIVE).status is CallTaskStatus.OPEN
    assert after_outcome(claimed_task(attempts=2), told, FIVE).status is CallTaskStatus.DONE


def test_a_call_back_rests_the_task_until_the_promised_time() -> None:
    told = TellOutcome(CallOutcome.CALL_BACK, call_back_at=FIVE + minutes(70))
    after = after_outcome(claimed_task(attempts=5), told, FIVE)
    assert (after.status, after.available_at) == (CallTaskStatus.OPEN, FIVE + minutes(70))


@pytest.mark.parametrize("outcome", [CallOutcome.ORDER_TAKEN, CallOutcome.NO_ORDER, CallOutcome.WRONG_NUMBER])
def test_an_order_a_refusal_and_a_wrong_number_end_the_task(outcome: CallOutcome) -> None:
    after = after_outcome(claimed_task(), TellOutcome(outcome), FIVE)
    assert (after.status, after.finished) == (CallTaskStatus.DONE, True)


@pytest.mark.parametrize("call_back_at", [FIVE, FIVE - minutes(1), SEVEN, SEVEN + minutes(1)])
def test_a_call_back_comes_after_now_and_before_the_deadline(call_back_at: datetime) -> None:
    told = TellOutcome(CallOutcome.CALL_BACK, call_back_at=call_back_at)
    assert [problem.code for problem in problems_with(told, claimed_task(), FIVE)] == ["out_of_reach"]


@pytest.mark.parametrize(
    ("outcome", "pointer"),
    [
        (CallOutcome.ORDER_TAKEN, "/order"),
        (CallOutcome.NO_ORDER, "/reason_code"),
        (CallOutcome.CALL_BACK, "/call_back_at"),
    ],
)
def test_an_outcome_that_lacks_its_own_is_refused(outcome: CallOutcome, pointer: str) -> None:
    assert [(p.pointer, p.code) for p in problems_with(TellOutcome(outcome), claimed_task(), FIVE)] == [
        (pointer, "missing")
    ]


def test_an_order_is_never_lost_in_an_outcome_that_takes_none() -> None:
    told = TellOutcome(CallOutcome.NO_ANSWER, order_id=uuid4())
    assert [(p.pointer, p.code) for p in problems_with(told, claimed_task(), FIVE)] == [
        ("/order", "not_of_this_outcome")
    ]


@pytest.mark.parametrize("outcome", [CallOutcome.NO_ANSWER, CallOutcome.WRONG_NUMBER])
def test_no_answer_and_a_wrong_number_need_nothing_more(outcome: CallOutcome) -> None:
    assert problems_with(TellOutcome(outcome), claimed_task(), FIVE) == []
