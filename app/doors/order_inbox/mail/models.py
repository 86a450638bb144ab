"""What was made of the mails in the mailbox, the answers that are on their way, and the mails in hand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.ground.db.base import Base


class InboxMessage(Base):
    """One mail, whatever became of it. Its `key` makes sure that it is processed once (`records.ReceivedMail.key`).

    `territory_ids`: those of the outlets that its forms are about: who may see it.
    """

    __tablename__ = "inbox_messages"
    __table_args__ = (
        Index("ix_inbox_messages_received_at", "received_at", "id"),
        Index("ix_inbox_messages_territory_ids", "territory_ids", postgresql_using="gin"),
    )

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    message_id: Mapped[str | None]
    sender: Mapped[str | None]
    subject: Mapped[str]
    received_at: Mapped[datetime]
    read_at: Mapped[datetime]
    status: Mapped[str]
    reason: Mapped[str | None]
    territory_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class InboxForm(Base):
    """One attachment, and what became of it: `order_id` is that of the order it made, or that it is a copy of."""

    __tablename__ = "inbox_forms"
    __table_args__ = (
        Index("ix_inbox_forms_digest", "digest", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_inbox_forms_outlet_code", "outlet_code"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_messages.id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    file_name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    form_id: Mapped[UUID | None]
    outlet_code: Mapped[str | None]
    status: Mapped[str]
    order_id: Mapped[UUID | None]
    problems: Mapped[list[Any]] = mapped_column(JSONB)


class InboxAnswer(Base):
    """The one answer to a mail, as it is sent. `due_at` None: sent, or given up (`failure`)."""

    __tablename__ = "inbox_answers"
    __table_args__ = (
        Index("ix_inbox_answers_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_inbox_answers_queued_at", "queued_at", postgresql_using="brin"),
        Index("ix_inbox_answers_recipient", "recipient", "queued_at"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("inbox_messages.id"), primary_key=True)
    recipient: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None]


class InboxMailInHand(Base):
    """A mail that processes have begun to work off: the rows of one that was killed over it stay.

    `key`: what it is in the mailbox, hashed; `processes`: how many have begun with it and not ended.
    """

    __tablename__ = "inbox_mails_in_hand"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    processes: Mapped[int] = mapped_column(SmallInteger)
    begun_at: Mapped[datetime]
