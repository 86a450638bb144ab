"""How many mails and answers need somebody's eye."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.doors.order_inbox.mail.models import InboxAnswer, InboxMessage
from app.doors.order_inbox.mail.records import InboxMessageStatus


@dataclass(frozen=True, slots=True)
class MailCounts:
    """Mails that were `set_aside` unread since a moment; answers that wait to leave, the oldest of them queued at
    `oldest_at`, and that were given up since that moment.
    """

    set_aside: int
    answers_waiting: int
    answers_given_up: int
    oldest_at: datetime | None


async def count_mails(session: AsyncSession, since: datetime) -> MailCounts:
    """The counts, by one statement."""
    set_aside = (
        select(func.count())
        .where(InboxMessage.status == InboxMessageStatus.UNREADABLE.value, InboxMessage.received_at >= since)
        .scalar_subquery()
    )
    waiting = select(func.count()).where(InboxAnswer.due_at.is_not(None)).scalar_subquery()
    given_up = (
        select(func.count())
        .where(InboxAnswer.due_at.is_(None), InboxAnswer.sent_at.is_(None), InboxAnswer.queued_at >= since)
        .scalar_subquery()
    )
    oldest = select(func.min(InboxAnswer.queued_at)).where(InboxAnswer.due_at.is_not(None)).scalar_subquery()
    row = await session.execute(
        select(
            set_aside.label("set_aside"),
            waiting.label("answers_waiting"),
            given_up.label("answers_given_up"),
            oldest.label("oldest_at"),
        )
    )
    return MailCounts(**row.one()._asdict())
