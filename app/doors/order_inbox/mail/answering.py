"""Lets the queued answers out: each at least once, and under the same Message-ID should it be twice."""

import asyncio
from datetime import timedelta

import structlog
from prometheus_client import Counter

from app.doors.order_inbox.mail import queries
from app.doors.order_inbox.mail.answer_senders import AnswerSender, NotDelivered
from app.ground import clock
from app.ground.db.session import Database

log = structlog.get_logger()

LONGEST_DELAY = timedelta(hours=4)
MOST_ATTEMPTS = 20
"""Over some two days, as mail servers do."""

SENT = Counter("fieldproof_inbox_answers_sent", "Answers that this process has sent")
UNSENT = Counter("fieldproof_inbox_answer_failures", "Attempts of this process to send an answer that failed")


async def send_due(database: Database, sender: AnswerSender, stopping: asyncio.Event) -> int:
    """Send what is due, each answer in a transaction of its own. Answers how many were sent.

    A mail that was handed over, and whose transaction then fails, is sent again: that SMTP knows no better. Where the
    server is away the first failure ends the turn: it says nothing about the other answers.
    """
    sent = 0
    while not stopping.is_set():
        async with database.transaction() as session:
            answer = await queries.claim_due_answer(session, clock.now())
            if answer is None:
                return sent
            try:
                await sender.send(answer)
            except NotDelivered as failure:
                UNSENT.inc()
                given_up = failure.for_good or answer.attempts + 1 >= MOST_ATTEMPTS
                due_at = None if given_up else clock.now() + delay_after(answer.attempts + 1)
                await queries.mark_answer(session, answer, due_at=due_at, failure=str(failure))
                log.warning("answer_not_sent", message=str(answer.message_id), reason=str(failure), given_up=given_up)
                if not failure.for_good:
                    return sent
            else:
                await queries.mark_answer(session, answer, sent_at=clock.now())
                SENT.inc()
                sent += 1
    return sent


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: from a minute, twice as long each time, to four hours."""
    return min(timedelta(seconds=60 * 2 ** min(attempts - 1, 20)), LONGEST_DELAY)
