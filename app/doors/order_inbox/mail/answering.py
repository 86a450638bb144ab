"""Lets the queued answers out: each at least once, and under the same Message-ID should it be twice."""

import asyncio
from datetime import timedelta

from prometheus_client import Counter

from app.doors.order_inbox.mail.answer_senders import AnswerSender
from app.doors.order_inbox.mail.queries import AnswerOutbox
from app.ground import outbox
from app.ground.db.session import Database
from app.ground.outbox import RetryPolicy

POLICY = RetryPolicy(
    first_delay=timedelta(minutes=1),
    longest_delay=timedelta(hours=4),
    most_attempts=20,
    longest_delivery=timedelta(minutes=2),
    one_way_out=True,
)
"""Over some two days, as mail servers do."""

SENT = Counter("fieldproof_inbox_answers_sent", "Answers that this process has sent")
UNSENT = Counter("fieldproof_inbox_answer_failures", "Attempts of this process to send an answer that failed")


async def send_due(database: Database, sender: AnswerSender, stopping: asyncio.Event) -> None:
    """Send what is due. A mail that was handed over, and could not be marked, is sent again: SMTP knows no better."""
    turn = await outbox.deliver_due(database, AnswerOutbox(), sender.send, POLICY, stopping)
    SENT.inc(turn.delivered)
    UNSENT.inc(turn.failed)
