"""Which call task may be claimed, said of one task. Nothing here runs in production.

Whoever claims takes the best of all waiting tasks that nobody else is claiming at that moment: only the statement that
locks the row can say which. tests/closing/call_tasks/test_agreement.py holds `queries.claim_best` and
`coverage.cancel_unclaimed` to these functions.
"""

from datetime import datetime

from app.closing.call_tasks.rules import CLAIM_LAPSES_AFTER, CallTaskStatus, TaskState


def claim_has_lapsed(task: TaskState, at: datetime) -> bool:
    """Whether a claim has gone 15 minutes without an outcome, so that anybody may claim the task."""
    return (
        task.status is CallTaskStatus.CLAIMED
        and task.claimed_at is not None
        and at - task.claimed_at >= CLAIM_LAPSES_AFTER
    )


def may_be_claimed(task: TaskState, at: datetime) -> bool:
    """Whether the task may be claimed: open and not resting, or its claim lapsed; never from its deadline on."""
    if at >= task.due_at:
        return False
    if task.status is CallTaskStatus.OPEN:
        return task.available_at <= at
    return claim_has_lapsed(task, at)
